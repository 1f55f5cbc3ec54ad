"""Feeds by their health: ingest/health.py judges one feed, the same lines drawn here find many."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils.html import format_html
from django.utils.safestring import SafeString

from articles.ingest.health import FAILING_AFTER, LATE_AFTER, FeedFacts, Health, health_of
from articles.models import Feed

LEVELS = {
    "failing": "Failing",
    "gone": "Gone",
    "late": "Late",
    "new": "Not fetched yet",
    "ok": "In order",
    "off": "Switched off",
}
FIRST_PAGE_COUNT = 8


@dataclass(frozen=True, slots=True)
class FeedHealth:
    feed: Feed
    health: Health


def judge(feed: Feed, now: datetime) -> Health:
    """Costs no query where the feed came with its source."""
    return health_of(
        FeedFacts(
            is_active=feed.is_active and feed.source.is_active,
            next_fetch_at=feed.next_fetch_at,
            last_fetched_at=feed.last_fetched_at,
            last_succeeded_at=feed.last_succeeded_at,
            failure_count=feed.failure_count,
            last_reason=feed.last_reason,
            gone_at=feed.gone_at,
        ),
        now,
    )


def with_level(feeds: QuerySet[Feed], level: str, now: datetime) -> QuerySet[Feed]:
    """The feeds that judge() gives this level."""
    off = Q(is_active=False) | Q(source__is_active=False)
    gone = Q(gone_at__isnull=False)
    new = Q(last_fetched_at=None)
    failing = Q(failure_count__gte=FAILING_AFTER)
    late = Q(next_fetch_at__lt=now - LATE_AFTER)
    rules = {
        "off": off,
        "gone": ~off & gone,
        "new": ~off & ~gone & new,
        "failing": ~off & ~gone & ~new & failing,
        "late": ~off & ~gone & ~new & ~failing & late,
        "ok": ~off & ~gone & ~new & ~failing & ~late,
    }
    return feeds.filter(rules[level])


def troubled_feeds(now: datetime) -> list[FeedHealth]:
    """Failing and gone, the longest in trouble first, as many as the first page shows."""
    feeds = Feed.objects.select_related("source")
    in_trouble = with_level(feeds, "failing", now) | with_level(feeds, "gone", now)
    worst = in_trouble.order_by("-failure_count", "pk")[:FIRST_PAGE_COUNT]
    return [FeedHealth(feed, judge(feed, now)) for feed in worst]


def worst_health(feeds: Iterable[Feed], now: datetime) -> Health | None:
    """The one an editor should know of: LEVELS from the worst; None where a source has no feed."""
    by_trouble = list(LEVELS)
    return min((judge(feed, now) for feed in feeds), key=lambda one: by_trouble.index(one.level), default=None)


def health_line(judged: Health) -> SafeString:
    return format_html('<span class="state state--{}">{}</span>', judged.level, judged.line)
