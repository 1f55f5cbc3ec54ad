"""What Prometheus is told beside the times of pages: read from database, broker and disk when it asks.

Each group is read by itself and kept for a while, so that neither a part that is away nor an eager reader costs more
than its own lines. A label is a word of ours (a queue, an outcome, a state): never a feed, a title or a reader.
"""

from __future__ import annotations

import logging
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

from django.conf import settings
from django.db import connection
from django.db.models import Count, Min, QuerySet, Sum
from django.utils import timezone
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from articles.freshness import newest_article_at
from articles.ingest.health import FeedFacts, health_of
from articles.leakwatch import last_pass
from articles.models import Alarm, Delivery, Feed, Push
from billing.models import Finding, Letter, Membership, Status, StripeEvent
from newssite import waiting
from newssite.status import OK, readiness

logger = logging.getLogger(__name__)

PARKED_DAYS = 3

Group = Callable[[datetime], Iterable[Metric]]


@dataclass(slots=True)
class Kept:
    """The lines of a group, and until when they need not be read again (seconds of a monotonic clock)."""

    read: Group
    seconds: float
    until: float = 0.0
    lines: list[Metric] = field(default_factory=list)


class Figures(Collector):
    """Safe for threads: one reads while the others wait."""

    def __init__(self, groups: Mapping[str, tuple[Group, float]] | None = None) -> None:
        self.groups = {name: Kept(*group) for name, group in (GROUPS if groups is None else groups).items()}
        self.lock = Lock()

    def describe(self) -> list[Metric]:
        return []  # else the library reads everything once as it registers

    def collect(self) -> Iterator[Metric]:
        read = GaugeMetricFamily("newssite_figures_read", "1 where a group of figures could be read.", labels=["group"])
        with self.lock:
            for name, group in self.groups.items():
                read.add_metric([name], float(self.refresh(name, group)))
                yield from group.lines
            if not connection.in_atomic_block:
                connection.close()
        yield read

    def refresh(self, name: str, group: Kept) -> bool:
        """False where the group could not be read: then it has no lines, which alarms see as well."""
        if time.monotonic() < group.until:
            return True
        try:
            group.lines = list(group.read(timezone.now()))
        except Exception as error:  # one part that is away takes none of the others with it
            logger.warning("figures not read group=%s error=%s", name, type(error).__name__)
            group.lines = []
            return False
        group.until = time.monotonic() + group.seconds
        return True


def gauge(name: str, about: str, value: float | None) -> GaugeMetricFamily:
    """Without a value there is no line."""
    family = GaugeMetricFamily(f"newssite_{name}", about)
    if value is not None:
        family.add_metric([], value)
    return family


def gauges(name: str, about: str, label: str, values: Mapping[str, float | None]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"newssite_{name}", about, labels=[label])
    for word, value in values.items():
        if value is not None:
            family.add_metric([word], value)
    return family


def counters(name: str, about: str, label: str, values: Mapping[str, float]) -> CounterMetricFamily:
    family = CounterMetricFamily(f"newssite_{name}", about, labels=[label])
    for word, value in values.items():
        family.add_metric([word], value)
    return family


def age(at: datetime | None, now: datetime) -> float:
    """Seconds, 0 where nothing waits."""
    return max(0.0, (now - at).total_seconds()) if at else 0.0


# Groups ------------------------------------------------------------------------------------------


def parts(now: datetime) -> Iterator[Metric]:
    found = {part: float(state == OK) for part, state in readiness().items()}
    yield gauges("up", "1 where a part of the site answers.", "part", found)


def news(now: datetime) -> Iterator[Metric]:
    at = newest_article_at()
    yield gauge("newest_article_timestamp_seconds", "When the newest article was stored.", at and at.timestamp())
    yield gauge("freshness_limit_seconds", "FRESHNESS_ALERT_MINUTES.", settings.FRESHNESS_ALERT_MINUTES * 60)


def feeds(now: datetime) -> Iterator[Metric]:
    columns = ("next_fetch_at", "last_fetched_at", "last_succeeded_at", "failure_count", "last_reason", "gone_at")
    rows = Feed.objects.values_list("is_active", "source__is_active", "quarantined_at", *columns)
    facts = [FeedFacts(own and whole, *rest, quarantined_at=aside) for own, whole, aside, *rest in rows]
    health = Counter(health_of(one, now).level for one in facts)
    words = ("ok", "waits", "late", "failing", "gone", "aside", "new", "off")
    yield gauges("feeds", "Feeds by health.", "health", {word: health[word] for word in words})
    due = [one.next_fetch_at for one in facts if one.is_active and one.next_fetch_at and not one.quarantined_at]
    yield gauge("feed_overdue_seconds", "How late the most overdue feed is.", age(min(due, default=None), now))
    sums = {"fetched": "fetch_count", "not_modified": "not_modified_count", "failed": "failed_fetch_count"}
    total = Feed.objects.aggregate(**{word: Sum(column) for word, column in sums.items()}, new=Sum("new_article_count"))
    outcomes = {word: total[word] or 0 for word in ("not_modified", "failed")}
    outcomes["answered"] = max(0, (total["fetched"] or 0) - sum(outcomes.values()))
    yield counters("feed_fetches", "Visits to publishers by how they ended.", "outcome", outcomes)
    yield CounterMetricFamily("newssite_articles_found", "Articles that feeds brought.", value=total["new"] or 0)


def queues(now: datetime) -> Iterator[Metric]:
    lines = list(waiting.lines())
    ages = {line.queue: max(0.0, now.timestamp() - (line.oldest_at or now.timestamp())) for line in lines}
    yield gauges("queue_tasks", "Tasks that wait.", "queue", {line.queue: line.count for line in lines})
    yield gauges("queue_oldest_seconds", "How long the oldest task has waited.", "queue", ages)
    yield gauge("queue_taken", "Tasks in workers' hands.", waiting.taken_count())


def hooks(now: datetime) -> Iterator[Metric]:
    events = StripeEvent.objects.filter(processed_at=None)
    # Rows stay for months; the alarm is about what somebody may still have to look at.
    parked = StripeEvent.objects.filter(
        outcome=StripeEvent.Outcome.PARKED, processed_at__gte=now - timedelta(days=PARKED_DAYS)
    ).count()
    yield from told_waiting("stripe_events", "Stripe's events that wait.", events, "received_at", now)
    about = f"Stripe's events laid aside after too many tries in the last {PARKED_DAYS} days."
    yield gauge("stripe_events_parked", about, parked)
    yield from told_waiting("pushes", "Hubs' pushes that wait.", Push.objects.all(), "received_at", now)


def findings(now: datetime) -> Iterator[Metric]:
    rows = Finding.objects.filter(last_at__gte=now - timedelta(days=1)).order_by()
    found = dict(rows.values_list("kind").annotate(count=Count("pk")))
    yield gauges("findings", "What staff should look at, seen in the last day.", "kind", found)


def letters(now: datetime) -> Iterator[Metric]:
    own = Letter.objects.filter(taken_at=None, sent_at=None, dropped_at=None, wanted_at__lte=now)
    briefings = Delivery.objects.filter(handed_at=None, sent_at=None, dropped_at=None, try_at__lte=now)
    yield from told_waiting("letters", "Letters about accounts that are due.", own, "wanted_at", now)
    yield from told_waiting("briefings", "Briefings by mail that are due.", briefings, "try_at", now)


def told_waiting(name: str, about: str, rows: QuerySet, column: str, now: datetime) -> Iterator[Metric]:
    found = rows.order_by().aggregate(count=Count("pk"), since=Min(column))
    yield gauge(f"{name}_waiting", about, found["count"])
    yield gauge(f"{name}_oldest_seconds", f"{about[:-1]}: the oldest.", age(found["since"], now))


def members(now: datetime) -> Iterator[Metric]:
    rows = Membership.objects.order_by().values_list("status").annotate(count=Count("pk"))
    known = {status.value: status.value or "none" for status in Status}
    counts: Counter[str] = Counter()
    for status, count in rows:
        counts[known.get(status, "other")] += count
    yield gauges("memberships", "Readers by the state of their membership.", "status", counts)
    trials = Membership.objects.filter(status="", trial_ends_at__gt=now).count()
    yield gauge("trials", "Readers in their free days, not subscribed.", trials)


def alarms(now: datetime) -> Iterator[Metric]:
    raised = {alarm.name: float(alarm.raised_at is not None) for alarm in Alarm.objects.all()}
    yield gauges("alarm_raised", "1 while operators are told of it.", "alarm", raised)
    passed = last_pass()
    at = passed.finished_at.timestamp() if passed and passed.finished_at else None
    yield gauge("wall_seen_whole_timestamp_seconds", "When nothing walled showed from outside, last.", at)


def disk(now: datetime) -> Iterator[Metric]:
    usage = shutil.disk_usage(settings.VAR_DIR)
    yield gauge("disk_bytes", "Size of the disk under VAR_DIR.", usage.total)
    yield gauge("disk_free_bytes", "What is free there.", usage.free)


# Name -> what reads it, and how many seconds it is kept.
GROUPS: dict[str, tuple[Group, float]] = {
    "parts": (parts, 5),
    "news": (news, 5),
    "feeds": (feeds, 30),
    "queues": (queues, 5),
    "hooks": (hooks, 5),
    "findings": (findings, 60),
    "letters": (letters, 15),
    "members": (members, 300),
    "alarms": (alarms, 15),
    "disk": (disk, 15),
}
