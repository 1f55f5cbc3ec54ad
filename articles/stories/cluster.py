"""Which reports are of one event. Pure and versioned.

Two ways to one answer. `group` takes all reports of a window and merges the two nearest stories until none are near:
nearness is the mean over all pairs of their reports (average link), so a busy subject does not chain from day to day
as it does where the nearest pair decides. Two of their reports have to be linked, too, by several terms they share:
headlines are short, and one word that many have ("test", "video", "review") makes them near where there is no event.
What a report says first counts once more: its background it has in common with reports of other events. And where two
share little but what many of their neighbours say, they share a subject, and are so much less near. Where each names
something in its headline that the other one never says, they are of two events, however alike they are told.
`Standing.place` puts one new report into the story whose reports are nearest to it on average, looking at stories alone
that share its telling terms. A report may be what was missing between two stories of one event that began apart: those
that it is linked to are merged as `group` would merge them. The next `group` mends what that missed.

Last, `group` lets what stands alone join the story that it names, where it is fairly near: a reaction or an aside
shares few words with the other reports, but the rare ones. It joins nothing else, so nothing can chain by way of it.
Of many reports one at least tells what an aside turns on: where it is near to none of them, it shares their subject.
And a large story lets go of what is less near to the others than its reports are among themselves: what stood at its
edge while it was small has their subject, and tells of another event. Where each report of a story is clearly nearer
to its own part of it than to the other part, two events of one subject were merged, and it falls into the two.

A merge that is missed costs less than one that claims corroboration where there is none.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heapify, heappop, heappush
from itertools import chain

import numpy as np
import scipy
from numpy.typing import NDArray

from articles.stories.fingerprint import Print
from articles.stories.vectors import (
    FLOOR,
    Vocabulary,
    both_ways,
    farthest_parts,
    matrices_of,
    name_others,
    named_rows,
    near_pairs,
    nearest_sums,
    nearness_between,
    nearness_to_first,
    products,
    shared_counts,
    telling_keys,
    telling_products,
    together,
    told_apart,
)

VERSION = 11
WINDOW = timedelta(days=4)  # between a report and the nearest in time of its story: it slides with the story
THRESHOLD = 0.24  # of the mean nearness
ASIDE = 0.18  # of the mean nearness by all that is said, for a lone report that names a story
NAMED = 0.11  # cosine between a lone report and the sum of a story, rare words counting most
MANY = 4  # reports of a story, of which a lone one must be as near to one as those of one event are
LARGE = 7  # reports of a story: it lets go of those which
LEAST = 0.21  # are less near to the others in the mean
OF_TWO = 5  # reports of a story that may be of two events: it falls into two parts
APART = 0.84  # where none is nearer to the other part in the mean, of what it is near to its own
COPIED = 0.6  # nearness from which reports are copies of one text, which says nothing more of their event
OWN_TITLE = 0.5  # a title rarely reports an event twice, but its own name and manner make all its reports alike
HALF_NEAR_DAYS = 4.0  # between two reports halve their nearness: what goes on for days becomes other events
OPINION = 0.7  # a comment shares the subject of many events
LINKED = 3  # terms that two near reports of a story share
RECOGNISED = 2  # terms that a lone report shares with one of the story that it names
MEMBERS_ASKED = 12  # of a story when a report is placed: the newest
TELLING_TERMS = 16  # by which a report is looked up
MOST_LOOKED_UP = 40  # reports that share most of them
MOST_TOLD = 300  # reports: a term that more of the window's have does not tell
STORIES_ASKED = 4


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """An article as grouping sees it."""

    article_id: int
    source_id: int
    language: str  # the main one: "en"
    published_at: datetime
    is_opinion: bool
    print: Print
    story_id: int | None = None  # where it stands
    fixed_in: int | None = None  # the story that it may not leave: an editor placed it, or it is older than the window


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


def group_of(*reports: Report) -> Group:
    """These reports as one story, which stands where the first of them is fixed."""
    times = [report.published_at for report in reports]
    return Group(reports[0].fixed_in, reports[0].language, min(times), max(times), list(reports))


def group(reports: Iterable[Report]) -> list[Group]:
    """Every report in exactly one group, in order of time. What is fixed stays, and never two fixed apart in one."""
    by_language: defaultdict[str, list[Report]] = defaultdict(list)
    for report in sorted(reports, key=lambda one: (one.published_at, one.article_id)):
        by_language[report.language].append(report)
    return [one for some in by_language.values() for one in _Merging(some).groups()]


class _Merging:
    """The reports of one language while their stories are merged. Stories are known by the place of one report."""

    def __init__(self, reports: Sequence[Report]) -> None:
        self.reports = reports
        self.matrices = matrices_of([report.print for report in reports])
        self.rows, self.leads = self.matrices.rows, self.matrices.leads
        self.members = {place: [place] for place in range(len(reports))}
        self.fixed_in = [report.fixed_in for report in reports]
        self.spans = [(report.published_at, report.published_at) for report in reports]
        self.sums: list[dict[int, float]] = [{} for _ in reports]  # of the nearness of all pairs of two stories
        self.near: list[set[int]] = [set() for _ in reports]  # the reports as near as those of one event are
        self.linked: list[set[int]] = [set() for _ in reports]  # of those, the ones with LINKED terms in common
        self.turns = [0] * len(reports)  # how often a story has changed: what was queued before is void
        self.queue: list[tuple[float, int, int, int, int]] = []
        self.pairs = self._pairs()
        self._measure()
        self._unite_fixed()

    def groups(self) -> list[Group]:
        heapify(self.queue)
        while self.queue:
            _, one, other, turn, other_turn = heappop(self.queue)
            if turn == self.turns[one] and other_turn == self.turns[other]:
                self._merge(one, other)
                self._queue_all(one)
        self._attach()
        groups = [group_of(*(self.reports[place] for place in sorted(some))) for some in self._parted()]
        for some in groups:
            some.story_id = next((report.fixed_in for report in some.reports if report.fixed_in is not None), None)
        return groups

    def _attach(self) -> None:
        stories = [place for place, some in self.members.items() if len(some) > 1]
        lone = [place for place, some in self.members.items() if len(some) == 1 and self.fixed_in[place] is None]
        if not stories or not lone:
            return
        manner, best = _Manner.of(self.reports), dict[int, tuple[float, int]]()
        members = [self.members[story] for story in stories]
        rows = named_rows([report.print for report in self.reports])
        for at, story_at, cosine in nearest_sums(rows, lone, members, NAMED):
            place, story = lone[at], stories[story_at]
            factors = manner.factors(np.full(len(members[story_at]), place), np.array(members[story_at]))
            nearness = cosine * float(factors.mean())
            is_near = nearness >= NAMED and place in self.sums[story]
            is_near = is_near and self._mean_of_all_said(place, members[story_at], factors) >= ASIDE
            is_near = is_near and self._recognises(place, members[story_at])
            if is_near and self._may_merge(story, place):
                best[place] = max(best.get(place, (0.0, 0)), (nearness, -story))
        for place, (_, story) in best.items():
            self._merge(-story, place)

    def _mean_of_all_said(self, place: int, members: Sequence[int], factors: NDArray[np.float64]) -> float:
        """Whatever it begins with: an aside has a lead of its own."""
        one, other = np.full(len(members), place), np.array(members)
        full = products(self.rows, one, other)
        counts = (full >= FLOOR) & ~self._name_others(one, other)
        return float((np.where(counts, np.minimum(full, 1.0), 0.0) * factors).mean())

    def _name_others(self, one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.bool_]:
        return name_others(self.matrices.marks, self.matrices.names, one, other)

    def _recognises(self, place: int, members: Sequence[int]) -> bool:
        """Nearness is not asked of a small story: none of a few may tell what the lone report turns on."""
        if len(members) >= MANY and self.near[place].isdisjoint(members):
            return False
        return bool((shared_counts(self.rows, np.full(len(members), place), np.array(members)) >= RECOGNISED).any())

    def _parted(self) -> Iterator[list[int]]:
        """The stories, and what the large ones let go of: together where all of it is near and linked."""
        near = self._near_within([some for some in self.members.values() if len(some) >= OF_TWO])
        for some in self.members.values():
            leaving = self._leaving(some, near[some][:, some].toarray()) if len(some) >= LARGE else []
            yield from self._in_parts([place for place in some if place not in leaving], near)
            parted: list[list[int]] = []
            for place in leaving:
                beside = next((one for one in parted if self.linked[place].issuperset(one)), None)
                if beside is None:
                    parted.append([place])
                else:
                    beside.append(place)
            yield from parted

    def _in_parts(self, some: list[int], near: scipy.sparse.csr_array) -> Iterator[list[int]]:
        """The events of a story, as far as it is large enough; what editors have placed in it stays in one of them.

        Time counts once more: of one subject the days are what tells two events apart.
        """
        if len(some) >= OF_TWO:
            every = np.arange(len(some))
            in_time = _Manner.of([self.reports[place] for place in some]).in_time(every[:, np.newaxis], every)
            is_first, share = farthest_parts(np.minimum(near[some][:, some].toarray(), COPIED) * in_time)
            parts = [
                [place for place, is_here in zip(some, side, strict=True) if is_here] for side in (is_first, ~is_first)
            ]
            if share <= APART and not all(self._are_fixed(part).any() for part in parts):
                for part in parts:
                    yield from self._in_parts(part, near)
                return
        yield some

    def _are_fixed(self, some: Iterable[int]) -> NDArray[np.bool_]:
        return np.array([self.reports[place].fixed_in is not None for place in some])

    def _near_within(self, stories: Iterable[Sequence[int]]) -> scipy.sparse.csr_array:
        """How near each report is to each other, for reports of these stories."""
        is_asked = np.zeros(len(self.reports), np.bool_)
        is_asked[list(chain(*stories))] = True
        one, other, weighed = self.pairs
        asked = is_asked[one] & is_asked[other]
        return both_ways(len(self.reports), one[asked], other[asked], weighed[asked])

    def _leaving(self, some: Sequence[int], near: NDArray[np.float64]) -> list[int]:
        """The farthest first, each measured by those that stay; an editor's stay."""
        totals = near.sum(1)
        totals[self._are_fixed(some)] = np.inf
        leaving: list[int] = []
        while (count := len(some) - len(leaving)) >= LARGE:
            farthest = int(totals.argmin())
            if totals[farthest] >= LEAST * (count - 1):
                break
            leaving.append(some[farthest])
            totals -= near[farthest]
            totals[farthest] = np.inf
        return leaving

    def _measure(self) -> None:
        one, other, weighed = self.pairs
        is_near = weighed >= THRESHOLD
        is_linked = is_near.copy()
        is_linked[is_near] = shared_counts(self.rows, one[is_near], other[is_near]) >= LINKED
        note_pairs(self.near, one[is_near], other[is_near])
        note_pairs(self.linked, one[is_linked], other[is_linked])
        pairs = zip(one.tolist(), other.tolist(), weighed.tolist(), is_linked.tolist(), strict=True)
        for place, other_place, near, are_linked in pairs:
            self.sums[place][other_place] = self.sums[other_place][place] = near
            if are_linked and self._may_merge(place, other_place):
                self.queue.append((-near, place, other_place, 0, 0))

    def _pairs(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        """The pairs of reports that are near, one < other, and how near."""
        one, other, full = (np.concatenate(parts) for parts in zip(*near_pairs(self.rows), strict=True))
        factors = _Manner.of(self.reports).factors(one, other)
        telling = telling_products(self.rows, one, other, np.minimum(full, 1.0) * factors, factors)
        lead = products(self.leads, one, other)
        weighed = together(full, lead) * told_apart(telling, full) * factors
        return one, other, np.where(self._name_others(one, other), 0.0, weighed)

    def _unite_fixed(self) -> None:
        firsts: dict[int, int] = {}
        for place, story_id in enumerate(self.fixed_in):
            if story_id is not None and firsts.setdefault(story_id, place) != place:
                self._merge(firsts[story_id], place)
        for place in firsts.values():
            if self.turns[place]:
                self._queue_all(place)

    def _merge(self, one: int, other: int) -> None:
        self.members[one] += self.members.pop(other)
        if self.fixed_in[one] is None:
            self.fixed_in[one] = self.fixed_in[other]
        self.spans[one] = (
            min(self.spans[one][0], self.spans[other][0]),
            max(self.spans[one][1], self.spans[other][1]),
        )
        sums, gone = self.sums[one], self.sums[other]
        self.sums[other] = {}
        sums.pop(other, None)
        for place, total in gone.items():
            if place != one:
                sums[place] = self.sums[place][one] = sums.get(place, 0.0) + total
            self.sums[place].pop(other, None)
        self.turns[one] += 1
        self.turns[other] += 1

    def _queue_all(self, one: int) -> None:
        size = len(self.members[one])
        for other, total in self.sums[one].items():
            mean = total / (size * len(self.members[other]))
            if mean >= THRESHOLD and self._may_merge(one, other) and self._are_linked(one, other):
                heappush(self.queue, (-mean, one, other, self.turns[one], self.turns[other]))

    def _are_linked(self, one: int, other: int) -> bool:
        few, many = sorted((self.members[one], self.members[other]), key=len)
        return any(not self.linked[place].isdisjoint(many) for place in few)

    def _may_merge(self, one: int, other: int) -> bool:
        if self.fixed_in[one] is not None and self.fixed_in[other] is not None:
            return False
        (first, last), (other_first, other_last) = self.spans[one], self.spans[other]
        return first - WINDOW <= other_last and other_first <= last + WINDOW


def note_pairs(noted: Sequence[set[int]], one: NDArray[np.int64], other: NDArray[np.int64]) -> None:
    for place, other_place in zip(one.tolist(), other.tolist(), strict=True):
        noted[place].add(other_place)
        noted[other_place].add(place)


@dataclass(frozen=True, slots=True, eq=False)
class _Manner:
    """What makes reports alike without being of one event, and when they were written. An entry for each report."""

    sources: NDArray[np.int64]
    opinions: NDArray[np.bool_]
    days: NDArray[np.float64]

    @classmethod
    def of(cls, reports: Sequence[Report]) -> _Manner:
        return cls(
            np.array([report.source_id for report in reports]),
            np.array([report.is_opinion for report in reports], bool),
            np.array([report.published_at.timestamp() / 86_400 for report in reports]),
        )

    def factors(self, one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.float64]:
        """What the nearness of each pair is multiplied by, at most 1."""
        own = np.where(self.sources[one] == self.sources[other], OWN_TITLE, 1.0)
        opinion = np.where(self.opinions[one] | self.opinions[other], OPINION, 1.0)
        factor: NDArray[np.float64] = own * opinion * self.in_time(one, other)
        return factor

    def in_time(self, one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.float64]:
        """What of it is owed to the days between the two of a pair."""
        factor: NDArray[np.float64] = 0.5 ** (np.abs(self.days[one] - self.days[other]) / HALF_NEAR_DAYS)
        return factor


class Standing:
    """Stories as they stand, while new reports are placed in them one by one."""

    def __init__(
        self,
        groups: Iterable[Group],
        vocabularies: Mapping[str, Vocabulary],
        told: Mapping[int, Iterable[int]] | None = None,
    ) -> None:
        """`told`: key of a telling term -> ids of the articles that have it and stand in one of the groups."""
        self.vocabularies = vocabularies
        self.groups = list(groups)
        self.told: defaultdict[int, list[int]] = defaultdict(list)
        self.stands_in = {report.article_id: one for one in self.groups for report in one.reports}
        for key, ids in (told or {}).items():
            self.told[key] += [pk for pk in ids if pk in self.stands_in]

    def place(self, report: Report) -> Group:
        """The story that it joins, or one of its own; other stories may join it by way of this report."""
        keys = telling(report.print, report.language, self.vocabularies)
        beside = self._beside(report, keys)
        # Of equals the one that began first.
        nearest = max((one for one in beside if one.takes_it), key=lambda one: one.nearness, default=None)
        found = nearest.group if nearest else group_of(report)
        if nearest:
            found.add(report)
        else:
            self.groups.append(found)
        self.stands_in[report.article_id] = found
        for key in keys:
            self.told[key].append(report.article_id)
        if nearest:
            found = self._merged(found, [one.group for one in beside if one.is_linked and one.group is not found])
        return found

    def _beside(self, report: Report, keys: Iterable[int]) -> list[_Beside]:
        """The stories that share most of these terms, the one that began first before the others."""
        alike = most_shared(self.told.get(key, ()) for key in keys)
        named = {id(self.stands_in[pk]): self.stands_in[pk] for pk in alike if pk != report.article_id}
        stories = [one for one in named.values() if one.is_open_to(report)][:STORIES_ASKED]
        if not stories:
            return []
        stories.sort(key=lambda one: one.first_at)
        members = [one.reports[-MEMBERS_ASKED:] for one in stories]
        nearness, shared = _nearness(report, list(chain(*members)), self.vocabularies[report.language])
        found, at = [], 0
        for one, some in zip(stories, members, strict=True):
            near, until = nearness[at : at + len(some)], at + len(some)
            counts = shared[at:until][near >= THRESHOLD]
            found.append(_Beside(one, float(near.mean()), int(counts.max(initial=0))))
            at = until
        return found

    def _merged(self, story: Group, others: Iterable[Group]) -> Group:
        """The story with those of the others that are near to it on average; the larger takes in the smaller."""
        for other in others:
            large, small = (other, story) if len(other.reports) > len(story.reports) else (story, other)
            if self._may_merge(large, small) and self._mean_nearness(large, small) >= THRESHOLD:
                for report in small.reports:
                    large.add(report)
                    self.stands_in[report.article_id] = large
                small.reports.clear()
                self.groups = [one for one in self.groups if one is not small]
                story = large
        return story

    @staticmethod
    def _may_merge(large: Group, small: Group) -> bool:
        """Of a story that all of is not known, or that editors have placed, nothing is taken away."""
        are_free = all(report.fixed_in is None for one in (large, small) for report in one.reports)
        return are_free and len(small.reports) < MEMBERS_ASKED

    def _mean_nearness(self, large: Group, small: Group) -> float:
        some, few = large.reports[-MEMBERS_ASKED:], small.reports
        prints = [one.print for one in some], [one.print for one in few]
        nearness = nearness_between(*prints, self.vocabularies[few[0].language]).ravel()
        one, other = np.divmod(np.arange(len(nearness)), len(few))
        return float((nearness * _Manner.of([*some, *few]).factors(one, other + len(some))).mean())


@dataclass(frozen=True, slots=True)
class _Beside:
    """A story as seen from a report that may join it."""

    group: Group
    nearness: float  # on average
    shared_count: int  # the most terms that the report shares with one that it is near to

    @property
    def takes_it(self) -> bool:
        # Of a larger story few are asked, and the report may be linked to another.
        needed = LINKED if len(self.group.reports) == 1 else RECOGNISED
        return self.nearness > THRESHOLD and self.shared_count >= needed

    @property
    def is_linked(self) -> bool:
        return self.shared_count >= LINKED


def most_shared(holders: Iterable[Iterable[int]]) -> list[int]:
    """Ids of the articles that share most of some terms, given by term; of equals the newer first."""
    shared = Counter(pk for some in holders for pk in some)
    return sorted(shared, key=lambda pk: (-shared[pk], -pk))[:MOST_LOOKED_UP]


def telling(one: Print, language: str, vocabularies: Mapping[str, Vocabulary]) -> list[int]:
    """Keys of the terms that a report is looked up by; none where nothing is known of its language."""
    vocabulary = vocabularies.get(language)
    return telling_keys(one, vocabulary, TELLING_TERMS, MOST_TOLD) if vocabulary else []


def _nearness(
    report: Report, others: Sequence[Report], vocabulary: Vocabulary
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How near a report is to each of the others, and how many terms that count they share."""
    nearness, shared = nearness_to_first([report.print, *(other.print for other in others)], vocabulary)
    first, rest = np.zeros(len(others), np.int64), np.arange(1, len(others) + 1)
    return nearness[1:] * _Manner.of([report, *others]).factors(first, rest), shared[1:]


def inherited(groups: Sequence[Group], stood_in: Mapping[int, int]) -> list[int | None]:
    """For each of the new groups the story whose address it takes over, None for a new one.

    `stood_in` is article id -> story before. A story goes to the group that it is fixed in, otherwise to the one that
    has most of its articles, once.
    """
    heirs = [one.story_id for one in groups]
    taken = {story_id for story_id in heirs if story_id is not None}
    claims = Counter(
        (place, stood_in[report.article_id])
        for place, one in enumerate(groups)
        for report in one.reports
        if report.article_id in stood_in
    )
    for (place, story_id), _ in claims.most_common():
        if heirs[place] is None and story_id not in taken:
            heirs[place] = story_id
            taken.add(story_id)
    return heirs
