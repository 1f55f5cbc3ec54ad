"""After a backup was restored: a briefing that may have left since it was made is not sent a second time."""

from __future__ import annotations

from datetime import datetime

from articles.models import Delivery
from articles.newsletter.send import queue_due

ROUND = 1000  # readers


def count_as_sent(until: datetime) -> int:
    """Every briefing that was due by `until`, when the old site stopped; how many had not been sent in the backup."""
    while queue_due(until, ROUND):
        pass
    waiting = Delivery.objects.filter(handed_at=None, sent_at=None, dropped_at=None, edition__due_at__lte=until)
    return waiting.update(handed_at=until)
