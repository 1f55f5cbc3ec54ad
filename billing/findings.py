"""What staff should look at: an error in the log, and a row in the admin that counts."""

from __future__ import annotations

import logging
from datetime import datetime

from django.db.models import F

from billing.models import Finding

logger = logging.getLogger(__name__)


def report(kind: str, about: str, text: str, now: datetime) -> None:
    """Once per kind and subject: again counts it."""
    logger.error("finding kind=%s about=%s", kind, about)
    found, is_new = Finding.objects.get_or_create(
        kind=kind, about=about, defaults={"text": text, "first_at": now, "last_at": now}
    )
    if not is_new:
        Finding.objects.filter(pk=found.pk).update(count=F("count") + 1, last_at=now, text=text)
