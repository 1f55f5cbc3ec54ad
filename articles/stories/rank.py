"""What the reports of a story make of it: its lead, section, counts and score. Pure and versioned.

The score, in the words of "How we choose": every title with a report of its own counts once, by its weight; a pick
of the editors lifts a story, and so do members who open it, for three hours. It halves with every eight hours since
the last report.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import log1p, log2

VERSION = 2
HALF_LIFE = timedelta(hours=8)
EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
PICK_BONUS = 0.5
READER_WEIGHT = 0.25
READ_WITHIN_HOURS = 3  # each hour that has passed halves what a reader counts for
PICTURE_BONUS = 1.5
THIN_MALUS = 0.5
THIN_WORDS = 120  # a text that we hold whole and that is shorter is a flash


@dataclass(frozen=True, slots=True)
class Member:
    """A visible report as its story counts it."""

    article_id: int
    source_id: int
    section: str
    published_at: datetime
    source_weight: float = 1.0
    is_copy: bool = False
    has_picture: bool = False
    word_count: int = 0  # 0 where we do not hold the text

    @property
    def is_opinion(self) -> bool:
        return self.section == "opinion"


@dataclass(frozen=True, slots=True)
class Facts:
    """What a story's row says."""

    lead_id: int
    section: str
    title_count: int
    article_count: int
    first_at: datetime
    last_at: datetime
    score: float


def facts_of(members: Sequence[Member], *, is_picked: bool = False, readers: float = 0.0) -> Facts:
    """At least one member. `readers` counts those of the last hours, each by how long ago."""
    independent = [member for member in members if not member.is_copy] or list(members)
    weights = {member.source_id: member.source_weight for member in independent}
    lead = lead_of(independent)
    last_at = max(member.published_at for member in members)
    return Facts(
        lead_id=lead.article_id,
        section=section_of(members, lead),
        title_count=len(weights),
        article_count=len(members),
        first_at=min(member.published_at for member in members),
        last_at=last_at,
        score=score(sum(weights.values()), last_at, is_picked=is_picked, readers=readers),
    )


def score(titles: float, last_at: datetime, *, is_picked: bool = False, readers: float = 0.0) -> float:
    """A logarithm to base 2, in which the hours since EPOCH stand for those until now: stories sink against newer ones
    without being written again. `titles` is the sum of the weights of titles, above 0."""
    strength = log2(1 + titles) * (1 + PICK_BONUS * is_picked + READER_WEIGHT * log1p(readers))
    return log2(max(strength, 0.001)) + (last_at - EPOCH) / HALF_LIFE


def lead_of(members: Sequence[Member]) -> Member:
    """News before opinion, then the weight of the title, more with a picture, less for a flash; of equals the first."""
    return min(members, key=lambda member: (member.is_opinion, -_merit(member), member.published_at, member.article_id))


def _merit(member: Member) -> float:
    is_thin = 0 < member.word_count < THIN_WORDS
    return member.source_weight * (PICTURE_BONUS if member.has_picture else 1) * (THIN_MALUS if is_thin else 1)


def section_of(members: Sequence[Member], lead: Member) -> str:
    """Where most of its reports stand, of equals the lead's; "top" only where there is no other."""
    counts = Counter(member.section for member in members)
    return max(counts, key=lambda section: (section != "top", counts[section], section == lead.section, section))
