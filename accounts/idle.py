"""A session that nobody comes with ends after a month, long before its cookie does.

allauth keeps a line for each session. When it was last seen is written once for each process and day, and what was not
seen for too long is ended each night: no request waits to learn how old its session is.
"""

from __future__ import annotations

import logging
from datetime import date, datetime, timedelta

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import DatabaseError, transaction

from billing.batches import forget

logger = logging.getLogger(__name__)

IDLE = timedelta(days=30)
SEEN_BEFORE = timedelta(hours=12)  # what another process wrote since then is new enough
MOST_REMEMBERED = 20_000

# Session key -> the day on which this process noted it.
_noted: dict[str, date] = {}


def is_noted(session_key: str, now: datetime) -> bool:
    return _noted.get(session_key) == now.date()


def note_seen(session_key: str, now: datetime) -> None:
    """That somebody comes with this session. A database that cannot write keeps the page from nobody."""
    if is_noted(session_key, now):
        return
    remember(session_key, now)
    try:
        with transaction.atomic():
            lines = UserSession.objects.filter(session_key=session_key, last_seen_at__lt=now - SEEN_BEFORE)
            lines.update(last_seen_at=now)
    except DatabaseError:
        logger.exception("session not noted")


def remember(session_key: str, now: datetime) -> None:
    if len(_noted) >= MOST_REMEMBERED:
        _noted.clear()
    _noted[session_key] = now.date()


def end_idle(now: datetime) -> int:
    """Sessions that were not seen for too long; how many."""
    idle = UserSession.objects.filter(last_seen_at__lt=now - IDLE).values("session_key")
    return forget(Session.objects.filter(pk__in=idle).order_by("pk"))
