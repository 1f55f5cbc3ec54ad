"""What the reports of a story make of it: its lead, section, counts and score. Pure and versioned.

The score, in the words of "How we choose": every title with a report of its own counts once, by its weight; a pick
of the editors lifts a story, and so does the share of readers who opened it among those who saw it. It halves with
every eight hours since the last report.

VERSION covers everything that decides a place: what is here, articles/pages/plan.py, and the rows of the front page.
Whoever changes one of them raises it, and past front pages (articles/pages/past.py) keep the rules they were made by.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import log2

VERSION = 3
HALF_LIFE = timedelta(hours=8)
EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
PICK_BONUS = 0.5
INTEREST_BONUS = 2.5  # for a story that all who see it open; one in twenty is usual
# Readers who did not open it, added to those who saw it: a share of few is no share.
DOUBT = 20
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


@dataclass(frozen=True, slots=True)
class Audience:
    """Readers who were shown a story or opened it, and those of them who opened it; each counts by how long ago."""

    shown: float = 0.0
    opened: float = 0.0

    @property
    def interest(self) -> float:
        """The share that opened it, 0 to below 1."""
        return self.opened / (self.shown + DOUBT)


NOBODY = Audience()


@dataclass(frozen=True, slots=True)
class Strength:
    """What the score of a story is made of."""

    titles: float  # the sum of the weights of its titles, above 0
    last_at: datetime
    is_picked: bool = False
    audience: Audience = NOBODY

    @property
    def score(self) -> float:
        return score(self.titles, self.last_at, is_picked=self.is_picked, interest=self.audience.interest)


def facts_of(members: Sequence[Member], *, is_picked: bool = False, audience: Audience = NOBODY) -> Facts:
    """At least one member."""
    independent = independent_of(members)
    lead = lead_of(independent)
    return Facts(
        lead_id=lead.article_id,
        section=section_of(members, lead),
        title_count=len({member.source_id for member in independent}),
        article_count=len(members),
        first_at=min(member.published_at for member in members),
        last_at=max(member.published_at for member in members),
        score=strength_of(members, is_picked=is_picked, audience=audience).score,
    )


def independent_of(members: Sequence[Member]) -> list[Member]:
    """Without copies, where there is anything else."""
    return [member for member in members if not member.is_copy] or list(members)


def strength_of(members: Sequence[Member], *, is_picked: bool = False, audience: Audience = NOBODY) -> Strength:
    """At least one member. Summed by the titles' numbers: the order of the members must not move the last bit."""
    weights = {member.source_id: member.source_weight for member in independent_of(members)}
    titles = sum(weights[source_id] for source_id in sorted(weights))
    return Strength(titles, max(member.published_at for member in members), is_picked, audience)


def score(titles: float, last_at: datetime, *, is_picked: bool = False, interest: float = 0.0) -> float:
    """A logarithm to base 2, in which the hours since EPOCH stand for those until now: stories sink against newer ones
    without being written again. `titles` is above 0, `interest` an Audience's."""
    strength = log2(1 + titles) * (1 + PICK_BONUS * is_picked + INTEREST_BONUS * interest)
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
