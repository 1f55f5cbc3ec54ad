"""Whether news still comes in. What stops it (no worker, a full disk, no network) shows here whatever it was.

Operators are told once when an outage begins and once when it is over, however many workers look; where that cannot
be noted, once an hour.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError
from django.db.models import Min
from django.urls import reverse

from articles.alarms import end_alarm, raise_alarm, raised_since, tell
from articles.models import Article, Feed
from billing.post import Words

logger = logging.getLogger(__name__)

ALARM = "freshness"


@dataclass(frozen=True, slots=True)
class Freshness:
    """`since` is when the newest article came in, or the first feed was added; None where no feed is fetched."""

    since: datetime | None
    newest_at: datetime | None
    is_stale: bool


def freshness(now: datetime) -> Freshness:
    """Two queries at the most, both cheap in any archive."""
    newest_at = newest_article_at()
    began_at = Feed.objects.filter(is_active=True, source__is_active=True).aggregate(at=Min("created_at"))["at"]
    if began_at is None:
        return Freshness(None, newest_at, is_stale=False)
    since = newest_at or began_at
    return Freshness(since, newest_at, is_stale=is_old(since, now))


def newest_article_at() -> datetime | None:
    """By the newest key: first_seen_at follows it."""
    return Article.objects.order_by("-pk").values_list("first_seen_at", flat=True).first()


def is_old(since: datetime, now: datetime) -> bool:
    return now - since > timedelta(minutes=settings.FRESHNESS_ALERT_MINUTES)


def check_freshness(now: datetime) -> None:
    """Log and mail what has changed since the last look. Safe to run at any time, twice and at once."""
    found = freshness(now)
    if found.since is None:
        return
    try:
        raised_at = raised_since(ALARM)
        if found.is_stale and raised_at is None:
            begin(found.since, now)
        elif not found.is_stale and raised_at is not None:
            end(raised_at, now)
    except DatabaseError:
        logger.exception("the alarm cannot be noted")
        if found.is_stale:
            begin_unnoted(found.since, now)


def begin(since: datetime, now: datetime) -> None:
    if raise_alarm(ALARM, silence_letter(since, now), now):
        logger.error("no news comes in: the newest article is %s old", lasting(now - since))


def begin_unnoted(since: datetime, now: datetime) -> None:
    """What keeps news out may keep us from noting that somebody was told, as a full disk does: once an hour then."""
    try:
        is_first = cache.add(f"{ALARM}-alarm", "raised", timeout=3600)
    except Exception:  # whatever the cache's own library raises: rather too often than never
        is_first = True
    if is_first:
        tell(silence_letter(since, now))


def end(raised_at: datetime, now: datetime) -> None:
    if end_alarm(ALARM, raised_at, over_letter(raised_at, now), now):
        logger.warning("news comes in again after %s", lasting(now - raised_at))


# In words ----------------------------------------------------------------------------------------


def silence_letter(since: datetime, now: datetime) -> Words:
    return Words(
        subject=f"{settings.SITE_NAME}: no new article for {lasting(now - since)}",
        says=(
            f"The newest article came in at {since:%H:%M} UTC on {since:%-d %B}. "
            f"The limit is {lasting(timedelta(minutes=settings.FRESHNESS_ALERT_MINUTES))}.",
            "Look in this turn: is a worker alive, is beat alive, does the message broker answer, is the disk full, "
            "does the network reach publishers.",
        ),
        button="See the feeds in trouble",
        url=settings.SITE_URL + reverse("admin:index"),
        adds=("You are told once more when news comes in again.",),
    )


def over_letter(raised_at: datetime, now: datetime) -> Words:
    return Words(
        subject=f"{settings.SITE_NAME}: news comes in again",
        says=(f"New articles come in again, {lasting(now - raised_at)} after you were told that none did.",),
        button="Open the desk",
        url=settings.SITE_URL + reverse("admin:index"),
    )


def lasting(span: timedelta) -> str:
    minutes = max(1, int(span.total_seconds() // 60))
    if minutes < 120:
        return f"{minutes} minute{'' if minutes == 1 else 's'}"
    hours = minutes // 60
    return f"{hours} hours" if hours < 48 else f"{hours // 24} days"
