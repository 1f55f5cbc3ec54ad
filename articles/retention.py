"""What readers did is kept for a time only, as the privacy page says.

Readings are what publishers are paid by, so they stay until two years of accounts are closed; after that nothing is
reckoned from them: pages look back a month at the most (interests/learn.py, pages/source.py).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from articles.models import Reading
from billing.batches import forget

READINGS_KEPT = timedelta(days=2 * 366)


def forget_readings(now: datetime) -> int:
    """How many went."""
    return forget(Reading.objects.filter(read_at__lt=now - READINGS_KEPT).order_by("read_at"))
