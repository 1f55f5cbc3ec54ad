"""Which stories are for one reader, in which order, and why. Pure.

reason_for()  the strongest thing a report answers: what the reader follows, then what the reader often reads
choose()      of each event the newest report that answers something; of a day the best first
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import log2

from articles.pages.plan import Candidate, each_event_once, spread

SHOWN = 20
SLICE = timedelta(hours=24)
LEAST_LOOKED_AT = 20  # events; a quiet day is filled up from the one before
HALF_LIFE = timedelta(hours=12)
READ_MALUS = 0.5  # for what the reader has opened already


@dataclass(frozen=True, slots=True)
class Reason:
    why: str
    weight: float  # how much it says that the reader wants this


@dataclass(frozen=True, slots=True)
class Taste:
    """Numbers or slugs -> names: what the reader follows, and below it what the reader often reads."""

    story_ids: Collection[int] = ()
    topics: Mapping[int, str] = field(default_factory=dict)
    sources: Mapping[int, str] = field(default_factory=dict)
    sections: Mapping[str, str] = field(default_factory=dict)
    often_topics: Mapping[int, str] = field(default_factory=dict)
    often_sources: Mapping[int, str] = field(default_factory=dict)
    often_sections: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A report that answers something."""

    candidate: Candidate
    published_at: datetime
    title_count: int  # of its story
    reason: Reason
    is_read: bool = False


@dataclass(frozen=True, slots=True)
class Chosen:
    reports: tuple[Waiting, ...]
    older_than: datetime | None  # nothing older has been looked at; None: that was all


def reason_for(candidate: Candidate, topic_ids: Collection[int], taste: Taste) -> Reason | None:
    """None for a report that answers nothing."""
    if candidate.story_id is not None and candidate.story_id in taste.story_ids:
        return Reason("New in a story you follow", 4.0)
    if name := _first(topic_ids, taste.topics):
        return Reason(f"Because you follow {name}", 3.0)
    if name := taste.sources.get(candidate.source_id, ""):
        return Reason(f"Because you follow {name}", 2.5)
    if name := taste.sections.get(candidate.section, ""):
        return Reason(f"Because you follow {name}", 1.5)
    if name := _first(topic_ids, taste.often_topics):
        return Reason(f"You often read about {name}", 1.5)
    if name := taste.often_sources.get(candidate.source_id, ""):
        return Reason(f"You often read {name}", 1.2)
    if name := taste.often_sections.get(candidate.section, ""):
        return Reason(f"You often read {name}", 1.0)
    return None


def _first(topic_ids: Collection[int], names: Mapping[int, str]) -> str:
    return next((name for topic_id, name in names.items() if topic_id in topic_ids), "")


def choose(waiting: Sequence[Waiting], before: datetime) -> Chosen:
    """`waiting` newest first, from now on back. The best of the SLICE that ends at `before`.

    An event stands only where its newest report is, so that none comes twice on the pages that follow.
    """
    by_id = {one.candidate.article_id: one for one in waiting}
    events = [by_id[candidate.article_id] for candidate in each_event_once(one.candidate for one in waiting)]
    events = [one for one in events if one.published_at < before]
    if not events:
        return Chosen((), None)
    newest_at = events[0].published_at
    count = sum(one.published_at >= newest_at - SLICE for one in events)
    taken, rest = _cut(events, max(count, LEAST_LOOKED_AT))
    ranked = sorted(taken, key=lambda one: -score(one, newest_at))
    placed = spread((one.candidate for one in ranked), SHOWN)
    return Chosen(tuple(by_id[candidate.article_id] for candidate in placed), taken[-1].published_at if rest else None)


def _cut(events: Sequence[Waiting], count: int) -> tuple[Sequence[Waiting], Sequence[Waiting]]:
    """Never between two of one instant: an address names no more than that."""
    while count < len(events) and events[count].published_at == events[count - 1].published_at:
        count += 1
    return events[:count], events[count:]


def score(one: Waiting, now: datetime) -> float:
    freshness: float = 0.5 ** (max(now - one.published_at, timedelta()) / HALF_LIFE)
    return one.reason.weight * (1 + log2(max(1, one.title_count))) * freshness * (READ_MALUS if one.is_read else 1)
