"""Feeds by their health: ingest/health.py judges one feed, the same lines drawn here find many."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from articles.ingest.health import FAILING_AFTER, LATE_AFTER, FeedFacts, Health, health_of, notes_of
from articles.models import Feed, Host, HubState, HubSubscription

# From the worst.
LEVELS = {
    "aside": "Set aside",
    "failing": "Failing",
    "gone": "Gone",
    "late": "Late",
    "waits": "Told to wait",
    "new": "Not fetched yet",
    "ok": "In order",
    "off": "Switched off",
}
IN_TROUBLE = ("aside", "failing", "gone")
FIRST_PAGE_COUNT = 8


@dataclass(frozen=True, slots=True)
class FeedHealth:
    feed: Feed
    health: Health


@dataclass(frozen=True, slots=True)
class Troubled:
    """The worst few, and how many there are of each level."""

    feeds: list[FeedHealth]
    counts: list[tuple[str, str, int]]  # level, its name, how many; only where there is one


def with_host(feeds: QuerySet[Feed]) -> QuerySet[Feed]:
    """With what judge() has to know that stands in other tables."""
    host = Host.objects.filter(name=OuterRef("host"))
    return feeds.annotate(
        paused_until=Subquery(host.values("paused_until")[:1]),
        pause_reason=Subquery(host.values("pause_reason")[:1]),
        is_pushed=Exists(HubSubscription.objects.filter(feed=OuterRef("pk"), state=HubState.ACTIVE)),
    )


def facts_of(feed: Feed) -> FeedFacts:
    """Costs no query where the feed came with its source and with_host()."""
    if not hasattr(feed, "paused_until"):
        feed = with_host(Feed.objects.select_related("source")).get(pk=feed.pk)
    return FeedFacts(
        is_active=feed.is_active and feed.source.is_active,
        next_fetch_at=feed.next_fetch_at,
        last_fetched_at=feed.last_fetched_at,
        last_succeeded_at=feed.last_succeeded_at,
        failure_count=feed.failure_count,
        last_reason=feed.last_reason,
        gone_at=feed.gone_at,
        quarantined_at=feed.quarantined_at,
        lost_count=feed.lost_count,
        paused_until=feed.paused_until,
        pause_reason=feed.pause_reason or "",
        refusal=feed.refusal,
        moved_to=feed.moved_to,
        is_pushed=feed.is_pushed,
    )


def judge(feed: Feed, now: datetime) -> Health:
    return health_of(facts_of(feed), now)


def notes(feed: Feed, now: datetime) -> tuple[str, ...]:
    return notes_of(facts_of(feed), now)


def with_level(feeds: QuerySet[Feed], level: str, now: datetime) -> QuerySet[Feed]:
    """The feeds that judge() gives this level."""
    return feeds.filter(_rules(now)[level])


def _rules(now: datetime) -> dict[str, Q]:
    off = Q(is_active=False) | Q(source__is_active=False)
    aside = Q(quarantined_at__isnull=False)
    gone = Q(gone_at__isnull=False)
    new = Q(last_fetched_at=None)
    failing = Q(failure_count__gte=FAILING_AFTER)
    waits = Q(host__in=Host.objects.filter(paused_until__gt=now).values("name"))
    late = Q(next_fetch_at__lt=now - LATE_AFTER)
    # Each where none before it holds, as in health_of().
    in_turn = {"off": off, "aside": aside, "gone": gone, "new": new, "failing": failing, "waits": waits, "late": late}
    rules, others = {}, Q()
    for level, rule in in_turn.items():
        rules[level] = others & rule
        others &= ~rule
    return {**rules, "ok": others}


def troubled_feeds(now: datetime) -> Troubled:
    """Set aside, failing and gone: those first that cost workers, then the longest in trouble."""
    rules = _rules(now)
    in_trouble = rules["aside"] | rules["failing"] | rules["gone"]
    worst = with_host(Feed.objects.select_related("source")).filter(in_trouble)
    worst = worst.order_by("-lost_count", "-failure_count", "pk")[:FIRST_PAGE_COUNT]
    judged = [FeedHealth(feed, judge(feed, now)) for feed in worst]
    return Troubled(judged, _counts(rules) if judged else [])


def _counts(rules: dict[str, Q]) -> list[tuple[str, str, int]]:
    counts = [(level, LEVELS[level], Feed.objects.filter(rules[level]).count()) for level in IN_TROUBLE]
    return [one for one in counts if one[2]]


def worst_health(feeds: Iterable[Feed], now: datetime) -> Health | None:
    """The one an editor should know of: LEVELS from the worst; None where a source has no feed."""
    by_trouble = list(LEVELS)
    return min((judge(feed, now) for feed in feeds), key=lambda one: by_trouble.index(one.level), default=None)


def health_line(judged: Health, more: Iterable[str] = ()) -> SafeString:
    line = format_html('<span class="state state--{}">{}</span>', judged.level, judged.line)
    return line + format_html_join("", '<span class="original">{}</span>', ((note,) for note in more))
