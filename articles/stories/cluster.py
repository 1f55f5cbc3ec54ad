"""Which reports are of one event, and which of them are copies. Pure and versioned.

One pass in order of time: every new report joins the open story that it is nearest to, or opens its own. Near is the
cosine of TF-IDF vectors, where the story stands for the sum of its reports and not for its nearest one, and half of
these have to be near as well: otherwise a busy subject chains day by day into one story. A merge that is missed costs
less than one that claims corroboration where there is none, so the threshold is where no false merge was left.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import sqrt

from articles.stories.fingerprint import Shingles, Terms, inverse_frequency

VERSION = 2
WINDOW = timedelta(hours=72)  # between a report and the nearest in time of its story
THRESHOLD = 0.115
MEMBER_SHARE = 0.5  # of the reports of a story must be as near as MEMBER_THRESHOLD
MEMBER_THRESHOLD = 0.6 * THRESHOLD
MEMBERS_ASKED = 30  # the newest
LEAST_SHARED = 2  # terms; one alone is chance
OWN_TITLE = 0.5  # a title rarely reports an event twice, but its own name and manner make all its reports alike
OPINION = 0.6  # a comment shares the subject of many events
COPY_CONTAINMENT = 0.8
COPY_SHINGLES = 12

Vector = dict[str, float]


@dataclass(frozen=True, slots=True)
class Report:
    """An article as grouping sees it."""

    article_id: int
    source_id: int
    language: str  # the main one: "en"
    published_at: datetime
    is_opinion: bool
    terms: Terms
    story_id: int | None = None  # where it stands already


@dataclass(slots=True)
class Group:
    """A story while grouping runs; story_id is None for a new one. Reports stand as they joined."""

    story_id: int | None
    language: str
    first_at: datetime
    last_at: datetime
    reports: list[Report] = field(default_factory=list)

    def add(self, report: Report) -> None:
        self.reports.append(report)
        self.first_at = min(self.first_at, report.published_at)
        self.last_at = max(self.last_at, report.published_at)

    def is_open_to(self, report: Report) -> bool:
        """Whether it has a report near enough in time."""
        return self.first_at - WINDOW <= report.published_at <= self.last_at + WINDOW

    @property
    def is_opinion(self) -> bool:
        return all(report.is_opinion for report in self.reports)


def group(reports: Iterable[Report]) -> list[Group]:
    """Every report in exactly one group. Those that stand in a story stay there and carry the others."""
    by_language: defaultdict[str, list[Report]] = defaultdict(list)
    for report in sorted(reports, key=lambda one: (one.published_at, one.article_id)):
        by_language[report.language].append(report)
    return [one for some in by_language.values() for one in _Grouping(some).groups]


def group_of(report: Report) -> Group:
    """A story of its own."""
    return Group(report.story_id, report.language, report.published_at, report.published_at, [report])


class _Grouping:
    """The stories of one language while reports join them."""

    def __init__(self, reports: Sequence[Report]) -> None:
        self.rarity = inverse_frequency(report.terms for report in reports)
        self.groups: list[Group] = []
        # The sum of each story's vectors, term by term: term -> place in groups -> weight. Going through it by the
        # terms of a report gives its product with every story at once, which is what a large window needs.
        self.weights: defaultdict[str, dict[int, float]] = defaultdict(dict)
        self.squares: list[float] = []  # the squared length of each story's sum
        places: dict[int, int] = {}
        for report in reports:
            if report.story_id is not None:
                self._add(report, places.setdefault(report.story_id, len(self.groups)))
        for report in reports:
            if report.story_id is None:
                nearest = self._nearest(report)
                self._add(report, len(self.groups) if nearest is None else nearest)

    def _add(self, report: Report, place: int) -> None:
        if place == len(self.groups):
            self.groups.append(group_of(report))
            self.squares.append(0.0)
        else:
            self.groups[place].add(report)
        for term, weight in self._vector(report).items():
            before = self.weights[term].get(place, 0.0)
            self.weights[term][place] = before + weight
            self.squares[place] += weight * weight + 2 * before * weight

    def _nearest(self, report: Report) -> int | None:
        """Place of the story that it belongs to; None for none. Of equals the earlier."""
        vector = self._vector(report)
        products: defaultdict[int, float] = defaultdict(float)
        for term, weight in vector.items():
            for place, other in self.weights[term].items():
                products[place] += weight * other
        cosines = [(product / sqrt(self.squares[place]), place) for place, product in products.items()]
        near = [(self._nearness(report, place, cosine), -place) for cosine, place in cosines if cosine >= THRESHOLD]
        for nearness, place in sorted(near, reverse=True):
            if nearness >= THRESHOLD and self._may_join(report, vector, -place):
                return -place
        return None

    def _nearness(self, report: Report, place: int, cosine: float) -> float:
        """Less for what makes reports alike without being of one event."""
        story = self.groups[place]
        if all(one.source_id == report.source_id for one in story.reports):
            cosine *= OWN_TITLE
        return cosine * OPINION if report.is_opinion or story.is_opinion else cosine

    def _may_join(self, report: Report, vector: Vector, place: int) -> bool:
        story = self.groups[place]
        if not story.is_open_to(report) or sum(1 for term in vector if place in self.weights[term]) < LEAST_SHARED:
            return False
        members = story.reports[-MEMBERS_ASKED:]
        near = sum(1 for one in members if _product(vector, self._vector(one)) >= MEMBER_THRESHOLD)
        return near >= MEMBER_SHARE * len(members)

    def _vector(self, report: Report) -> Vector:
        """Of length 1, or empty."""
        weights = {term: weight * self.rarity[term] for term, weight in report.terms.items()}
        length = sqrt(sum(weight * weight for weight in weights.values())) or 1.0
        return {term: weight / length for term, weight in weights.items()}


def _product(one: Vector, other: Vector) -> float:
    return sum(weight * other[term] for term, weight in one.items() if term in other)


@dataclass(frozen=True, slots=True)
class Text:
    """The public words of a report of one story. `own` is what a copy would share, `all` where it is looked for."""

    article_id: int
    source_id: int
    published_at: datetime
    own: Shingles
    all: Shingles


def copies_among(texts: Iterable[Text]) -> set[int]:
    """Ids of the articles whose words an earlier report of another title has.

    Containment, not likeness: newspapers cut what agencies send. Either may be the shorter one.
    """
    ordered = sorted(texts, key=lambda text: (text.published_at, text.article_id))
    return {
        text.article_id
        for place, text in enumerate(ordered)
        if any(_is_copy(text, earlier) for earlier in ordered[:place] if earlier.source_id != text.source_id)
    }


def _is_copy(text: Text, earlier: Text) -> bool:
    return _contains(earlier.all, text.own) or _contains(text.all, earlier.own)


def _contains(whole: Shingles, part: Shingles) -> bool:
    return len(part) >= COPY_SHINGLES and len(part & whole) >= COPY_CONTAINMENT * len(part)


def inherited(groups: Sequence[Group], stood_in: Mapping[int, int]) -> list[int | None]:
    """For each of the new groups the story whose address it takes over, None for a new one.

    `stood_in` is article id -> story before. A story goes to the group that has most of its articles, once.
    """
    claims = Counter(
        (place, stood_in[report.article_id])
        for place, one in enumerate(groups)
        for report in one.reports
        if report.article_id in stood_in
    )
    taken: set[int] = set()
    heirs: list[int | None] = [None] * len(groups)
    for (place, story_id), _ in claims.most_common():
        if heirs[place] is None and story_id not in taken:
            heirs[place] = story_id
            taken.add(story_id)
    return heirs
