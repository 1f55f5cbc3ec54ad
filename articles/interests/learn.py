"""What a reader often reads, from what the reader opened. Pure; nothing of it is kept.

A sign is a subject that keeps coming back: on several days, in several articles, and far more than one in a while.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

WITHIN = timedelta(days=30)
HALF_LIFE_DAYS = 10  # what was read then counts half
LEAST_ARTICLES = 3
LEAST_DAYS = 2
LEAST_SHARE = 0.1  # of what was read
MOST_INTERESTS = 8
KINDS = ("topic", "section", "source")  # the narrower the more it says


@dataclass(frozen=True, slots=True)
class Subject:
    """A topic, a section or a source: `name` is for people, `key` for the database."""

    kind: str
    key: int | str
    name: str


@dataclass(frozen=True, slots=True)
class Opened:
    """One article that the reader opened, by the reader's clock, and what it belongs to."""

    read_at: datetime
    subjects: tuple[Subject, ...]


@dataclass(frozen=True, slots=True)
class Interest:
    subject: Subject
    share: float  # 0 to 1, of what was read lately
    article_count: int


def learn(opened: Iterable[Opened], unwanted: Collection[tuple[str, int | str]], now: datetime) -> list[Interest]:
    """At most MOST_INTERESTS, the strongest first. `unwanted` are (kind, key) that the reader took off the list."""
    weights: defaultdict[Subject, float] = defaultdict(float)
    counts: defaultdict[Subject, int] = defaultdict(int)
    days: defaultdict[Subject, set[object]] = defaultdict(set)
    total = 0.0
    for one in opened:
        weight = 0.5 ** ((now - one.read_at) / timedelta(days=HALF_LIFE_DAYS))
        total += weight
        for subject in one.subjects:
            weights[subject] += weight
            counts[subject] += 1
            days[subject].add(one.read_at.date())
    found = [
        Interest(subject, weight / total, counts[subject])
        for subject, weight in weights.items()
        if counts[subject] >= LEAST_ARTICLES
        and len(days[subject]) >= LEAST_DAYS
        and weight / total >= LEAST_SHARE
        and (subject.kind, subject.key) not in unwanted
    ]
    found.sort(key=lambda one: (-one.share, KINDS.index(one.subject.kind), one.subject.name))
    return found[:MOST_INTERESTS]
