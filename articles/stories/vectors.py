"""Terms to vectors: how rare each term is among the live reports, and which reports are near each other. Pure.

A term that one report alone has says nothing about two, so it does not count. Rarity is a flattened logarithm: the
plain one lets a single odd name decide. A short text is a small sample of what its event is told with, so two of them
share less of it than two long ones do: their product is corrected by the number of their terms, and headlines, teasers
and whole articles are judged by one threshold.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import scipy  # its parts come when they are first used: a process that only shows pages uses none
from numpy.typing import NDArray

from articles.stories.fingerprint import Keys, Print, parted

RARITY_POWER = 0.6
RARITY_SMOOTHING = 2.0
NAMED_POWER = 2.0  # of the rarity by which a lone report is recognised
SHORTNESS = 9.0  # a text of so many terms shows half of what its event is told with
FEW_REPORTS = 100  # among so few it says little that no other has a term
FLOOR = 0.1  # pairs that are less near are of two events, and are not kept
ROWS = 1024  # multiplied at once, which bounds the memory
FREQUENT_SHARE = 0.02  # of the reports; terms that more of them have find no pairs, but count for those found
LEAST_FREQUENT = 400  # reports
CANDIDATE = 0.03  # what a pair has to owe to its other terms
LEAST = 1e-9  # nearness that is divided by
PAIRS = 100_000  # multiplied at once
LEAD_POWER = 0.25  # of the nearness by headline and lead in the whole
UNKNOWN = 10  # neighbours that are thought to have none of a report's terms, so that few do not say what its subject is
TOLD = 2 / 3  # of the nearness of two reports of one event, at least, is owed to what few of their neighbours say


@dataclass(frozen=True, slots=True, eq=False)
class Vocabulary:
    """In how many of the reports of a window each term stands, for those in two at least. Keys ascend."""

    report_count: int
    keys: Keys
    counts: NDArray[np.int32]

    def counts_of(self, keys: Keys) -> NDArray[np.int32]:
        """0 for terms that are not known."""
        if not len(self.keys):
            return np.zeros(len(keys), np.int32)
        places = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return np.where(self.keys[places] == keys, self.counts[places], 0).astype(np.int32)


def vocabulary_of(prints: Sequence[Print]) -> Vocabulary:
    keys, counts = np.unique(_joined(prints), return_counts=True)
    return Vocabulary(len(prints), keys[counts > 1], counts[counts > 1].astype(np.int32))


def _rare(counts: NDArray[np.int32], report_count: int) -> NDArray[np.float64]:
    """How rare terms are that so many of the reports have; 0 for one that nearly all have."""
    rare: NDArray[np.float64] = np.log((report_count + 1) / (np.maximum(counts, 1) + RARITY_SMOOTHING))
    return np.maximum(rare, 0.0) ** RARITY_POWER


def matrix_of(prints: Sequence[Print]) -> scipy.sparse.csr_array:
    """A row for each report, whose products with each other are how near they are, by all that they say."""
    return _Terms.of(prints).matrix()


@dataclass(frozen=True, slots=True, eq=False)
class Matrices:
    """A row for each report."""

    rows: scipy.sparse.csr_array  # whose products with each other are how near they are, by all that they say
    leads: scipy.sparse.csr_array  # the same, by what they say in headline and lead
    marks: scipy.sparse.csr_array  # 1 for every term
    names: scipy.sparse.csr_array  # 1 for every term that the headline names


def matrices_of(prints: Sequence[Print]) -> Matrices:
    terms = _Terms.of(prints)
    return Matrices(terms.matrix(), terms.leads().matrix(), *terms.marks_and_names())


def name_others(
    marks: scipy.sparse.csr_array,
    names: scipy.sparse.csr_array,
    one: NDArray[np.int64],
    other: NDArray[np.int64],
) -> NDArray[np.bool_]:
    """Of each pair, whether each of the two names something in its headline, and the other one never says it.

    "Quake strikes Japan" and "Quake strikes Peru" share all but what they are about.
    """
    counts = np.diff(names.indptr)
    apart: NDArray[np.bool_] = (counts[one] > 0) & (counts[other] > 0)
    for naming, saying in ((one, other), (other, one)):
        apart[apart] = products(names, naming[apart], saying[apart], marks) == 0
    return apart


def nearness_to_first(
    prints: Sequence[Print], vocabulary: Vocabulary
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How near each report is to the first of them, at most 1, and how many terms that count it shares with it.

    By all that they say: one report and a few others say too little of what their subject is.
    """
    terms = _Terms.of(prints, vocabulary)
    weights = terms.scaled()
    first, until = np.zeros(terms.width), int(np.searchsorted(terms.rows, 1))
    first[terms.columns[:until]] = weights[:until]
    shared = weights * first[terms.columns]
    nearness = np.where(_name_others_than_first(terms, until), 0.0, np.minimum(terms.sums(shared), 1.0))
    return nearness, terms.sums((shared > 0).astype(np.float64))


def _name_others_than_first(terms: _Terms, until: int) -> NDArray[np.bool_]:
    """As name_others(), of each report and the first, whose terms end at `until`. Asked often: without matrices."""
    said, named = np.zeros(terms.width, np.bool_), np.zeros(terms.width, np.bool_)
    said[terms.columns[:until]] = True
    named[terms.columns[:until][terms.is_named[:until]]] = True
    own, theirs = terms.is_named & said[terms.columns], named[terms.columns]
    apart: NDArray[np.bool_] = (terms.sums(terms.is_named.astype(float)) > 0) & named.any()
    apart &= (terms.sums(own.astype(float)) == 0) & (terms.sums(theirs.astype(float)) == 0)
    return apart


def nearness_between(some: Sequence[Print], others: Sequence[Print], vocabulary: Vocabulary) -> NDArray[np.float64]:
    """How near each of some reports is to each of the others, at most 1; a row for each of some. For few of either.

    No lead makes up for texts that are less near: what is merged as articles come in stands until a pass parts it.
    """
    terms = _Terms.of([*some, *others], vocabulary)
    full, lead = (rows[: len(some)] @ rows[len(some) :].T for rows in (terms.dense(), terms.leads().dense()))
    one, other = np.divmod(np.arange(full.size), len(others))
    apart = name_others(*terms.marks_and_names(), one, other + len(some)).reshape(full.shape)
    return np.where(apart, 0.0, np.minimum(full, together(full, lead)))


def together(full: NDArray[np.float64], lead: NDArray[np.float64]) -> NDArray[np.float64]:
    """One nearness of two: by all that reports say, and by what they say first."""
    nearness: NDArray[np.float64] = np.minimum(full, 1.0) ** (1 - LEAD_POWER) * np.minimum(lead, 1.0) ** LEAD_POWER
    return nearness


def told_apart(telling: NDArray[np.float64], nearness: NDArray[np.float64]) -> NDArray[np.float64]:
    """What nearness is multiplied by: 1 where TOLD of it is left by telling_products(), less where less is."""
    return np.minimum(1.0, telling / (TOLD * np.maximum(nearness, LEAST)))


@dataclass(frozen=True, slots=True, eq=False)
class _Terms:
    """Every term of some reports, one report after the other."""

    rows: NDArray[np.int64]  # of which report
    columns: NDArray[np.int64]  # which term
    weights: NDArray[np.float64]
    is_lead: NDArray[np.bool_]
    is_lone: NDArray[np.bool_]  # no other report has it
    is_named: NDArray[np.bool_]  # the headline names it
    report_count: int  # in which that is known
    height: int

    @classmethod
    def of(cls, prints: Sequence[Print], vocabulary: Vocabulary | None = None) -> _Terms:
        """Without a vocabulary the reports are their own.

        With one, a term that it does not know counts where two of these reports have it.
        """
        keys, columns, here = np.unique(_joined(prints), return_inverse=True, return_counts=True)
        counts, report_count = here.astype(np.int32), len(prints)
        if vocabulary is not None:
            counts = np.maximum(counts, vocabulary.counts_of(keys))
            report_count = max(report_count, vocabulary.report_count)
        rows = np.repeat(np.arange(len(prints)), [len(one) for one in prints])
        weights, is_named = parted(_weights(prints))
        rare = _rare(counts, report_count)[columns]
        return cls(
            rows,
            columns,
            np.abs(weights) * rare,
            weights > 0,
            (counts == 1)[columns],
            is_named,
            report_count,
            len(prints),
        )

    @property
    def width(self) -> int:
        return int(self.columns.max(initial=-1)) + 1

    def leads(self) -> _Terms:
        """What the reports say in headline and lead."""
        some = self.is_lead
        return replace(
            self,
            rows=self.rows[some],
            columns=self.columns[some],
            weights=self.weights[some],
            is_lead=some[some],
            is_lone=self.is_lone[some],
            is_named=self.is_named[some],
        )

    def scaled(self) -> NDArray[np.float64]:
        """Weights of rows of length 1, with the correction for short ones; 0 for terms that do not count."""
        # A term of one report alone does not count, but lengthens it while the reports are too few to know.
        lengthening = np.where(self.is_lone, self.weights / (1 + self.report_count / FEW_REPORTS), self.weights)
        lengths = np.sqrt(self.sums(lengthening * lengthening))
        scale = np.sqrt(1 + SHORTNESS / np.maximum(self.sums(), 1)) / np.where(lengths > 0, lengths, 1.0)
        weights: NDArray[np.float64] = np.where(self.is_lone, 0.0, self.weights) * scale[self.rows]
        return weights

    def sums(self, values: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
        """Of one value for each term, by report; of 1 without values."""
        found: NDArray[np.float64] = np.bincount(self.rows, values, self.height).astype(np.float64)
        return found

    def dense(self) -> NDArray[np.float64]:
        rows = np.zeros((self.height, self.width))
        rows[self.rows, self.columns] = self.scaled()
        return rows

    def matrix(self) -> scipy.sparse.csr_array:
        return self._matrix_of(self.scaled())

    def marks_and_names(self) -> tuple[scipy.sparse.csr_array, scipy.sparse.csr_array]:
        """1 for every term, and 1 for every term that the headline names."""
        return self._matrix_of(np.ones(len(self.columns))), self._matrix_of(self.is_named.astype(np.float64))

    def _matrix_of(self, values: NDArray[np.float64]) -> scipy.sparse.csr_array:
        """One value for each term."""
        # Columns are copied: to drop zeros moves them in place.
        starts = np.concatenate([[0], np.cumsum(self.sums())]).astype(np.int64)
        rows = scipy.sparse.csr_array((values, self.columns.copy(), starts), (self.height, self.width))
        rows.eliminate_zeros()
        return rows


def _weights(prints: Sequence[Print]) -> NDArray[np.float32]:
    return np.concatenate([one.weights for one in prints]) if prints else np.zeros(0, np.float32)


def named_rows(prints: Sequence[Print]) -> scipy.sparse.csr_array:
    """Rows of length 1 in which names and numbers stand out: what a report is recognised by among stories."""
    keys, columns, counts = np.unique(_joined(prints), return_inverse=True, return_counts=True)
    rare = np.log((len(prints) + 1) / (counts + 0.5)) ** NAMED_POWER
    weights = np.abs(parted(_weights(prints))[0]) * rare[columns]
    starts = np.concatenate([[0], np.cumsum([len(one) for one in prints])]).astype(np.int64)
    rows = unit(scipy.sparse.csr_array((weights, columns.astype(np.int64), starts), (len(prints), len(keys))))
    is_telling = (counts > 1) & (counts <= max(LEAST_FREQUENT, FREQUENT_SHARE * len(prints)))
    return scipy.sparse.csr_array(rows[:, is_telling])


def nearest_sums(
    rows: scipy.sparse.csr_array, lone: Sequence[int], members: Sequence[Sequence[int]], least: float
) -> Iterator[tuple[int, int, float]]:
    """(place in lone, place in members, cosine of at least `least`) of rows and of the sums of several rows."""
    flat = [place for some in members for place in some]
    starts = np.concatenate([[0], np.cumsum([len(some) for some in members])])
    groups = scipy.sparse.csr_array(
        (np.ones(len(flat)), np.array(flat, np.int64), starts), (len(members), rows.shape[0])
    )
    sums = scipy.sparse.csc_array(unit(scipy.sparse.csr_array(groups @ rows)).T)
    for start in range(0, len(lone), ROWS):
        block = scipy.sparse.coo_array(rows[np.array(lone[start : start + ROWS])] @ sums)
        kept = block.data >= least
        yield from zip(
            (block.row[kept] + start).tolist(), block.col[kept].tolist(), block.data[kept].tolist(), strict=True
        )


def unit(rows: scipy.sparse.csr_array) -> scipy.sparse.csr_array:
    lengths = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1)).ravel())
    return scipy.sparse.csr_array(scipy.sparse.diags_array(1 / np.where(lengths > 0, lengths, 1.0)) @ rows)


def near_pairs(
    rows: scipy.sparse.csr_array,
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]]:
    """(one, other, nearness of at least FLOOR) of the pairs of rows that are near, one < other, in blocks."""
    count = rows.shape[0]
    reports = np.bincount(rows.indices, minlength=rows.shape[1])
    is_frequent = reports > max(LEAST_FREQUENT, FREQUENT_SHARE * count)
    telling, frequent = rows[:, ~is_frequent], rows[:, is_frequent]
    columns = scipy.sparse.csc_array(telling.T)
    for start in range(0, count, ROWS):
        # Of each pair once: with what stands before it, a report was multiplied there.
        block = scipy.sparse.coo_array(telling[start : start + ROWS] @ columns[:, start:])
        kept = (block.col > block.row) & (block.data >= CANDIDATE)
        one, other, nearness = block.row[kept] + start, block.col[kept] + start, block.data[kept]
        nearness = nearness + products(frequent, one, other)
        kept = nearness >= FLOOR
        yield one[kept].astype(np.int64), other[kept].astype(np.int64), nearness[kept]


def telling_products(
    rows: scipy.sparse.csr_array,
    one: NDArray[np.int64],
    other: NDArray[np.int64],
    nearness: NDArray[np.float64],
    factors: NDArray[np.float64],
) -> NDArray[np.float64]:
    """What of each pair's product is left where a term counts the less, the more of a report's neighbours have it.

    What many of them say is their subject; what few say tells an event. The pairs are those of neighbours, as near as
    `nearness`, which is the product multiplied by `factors`. Who would be none without a term says nothing of it.
    """
    if not len(one):
        return np.zeros(0)
    counts = scipy.sparse.csr_array(rows.shape)
    for some in _some_pairs(len(one)):
        parts = scipy.sparse.csr_array(rows[one[some]].multiply(rows[other[some]]))
        pairs = np.repeat(np.arange(some.start, some.start + parts.shape[0]), np.diff(parts.indptr))
        is_told = nearness[pairs] - parts.data * factors[pairs] >= FLOOR
        places, columns = pairs[is_told], parts.indices[is_told]
        both = np.concatenate([one[places], other[places]]), np.concatenate([columns, columns])
        counts = counts + scipy.sparse.coo_array((np.ones(len(both[0])), both), rows.shape).tocsr()
    is_neighbour = nearness >= FLOOR
    neighbours = sum(np.bincount(some[is_neighbour], minlength=rows.shape[0]) for some in (one, other))
    shares = scipy.sparse.csr_array(scipy.sparse.diags_array(1 / (neighbours + UNKNOWN)) @ counts)
    shares.data = 1 - np.sqrt(1 - shares.data)
    return products(scipy.sparse.csr_array(rows - rows.multiply(shares)), one, other)


def both_ways(
    count: int, one: NDArray[np.int64], other: NDArray[np.int64], values: NDArray[np.float64]
) -> scipy.sparse.csr_array:
    """A table of so many rows and columns, in which the value of each pair stands twice."""
    half = scipy.sparse.csr_array((values, (one, other)), (count, count))
    return scipy.sparse.csr_array(half + half.T)


def farthest_parts(near: NDArray[np.float64]) -> tuple[NDArray[np.bool_], float]:
    """Which of four reports or more make up one of the two parts that are farthest from each other, and how far.

    That is the most that a report is near to the other part, as a share of how near it is to its own. A part is of two
    reports at least, and one that average link makes of the reports on its way to all of them; the other is the rest.
    `near` has 0 for a report and itself.
    """
    count, totals = len(near), near.sum(1)
    tree = scipy.cluster.hierarchy.linkage(scipy.spatial.distance.squareform(1 - near, checks=False), "average")
    has, sums, places = np.eye(count, dtype=np.bool_), near.copy(), list(range(count))
    found, least = has[0], np.inf
    for one, other in tree[:-1, :2].astype(np.int64):
        place, gone = places[one], places[other]
        has[place] |= has[gone]
        sums[place] += sums[gone]
        places.append(place)
        part, near_to_it, size = has[place], sums[place], int(has[place].sum())
        if size < count - 1:
            near_to_rest = totals - near_to_it
            own = np.where(part, near_to_it / (size - 1), near_to_rest / (count - size - 1))
            across = np.where(part, near_to_rest / (count - size), near_to_it / size)
            share = float((across / np.maximum(own, LEAST)).max())
            if share < least:
                found, least = part.copy(), share
    return found, least


def products(
    rows: scipy.sparse.csr_array,
    one: NDArray[np.int64],
    other: NDArray[np.int64],
    others: scipy.sparse.csr_array | None = None,
) -> NDArray[np.float64]:
    """Of each pair of rows; the second one of `others`, where they are given."""
    if not rows.shape[1] or not len(one):
        return np.zeros(len(one))
    others = rows if others is None else others
    parts = [
        np.asarray(rows[one[some]].multiply(others[other[some]]).sum(axis=1)).ravel() for some in _some_pairs(len(one))
    ]
    return np.concatenate(parts)


def _some_pairs(count: int) -> Iterator[slice]:
    return (slice(start, start + PAIRS) for start in range(0, count, PAIRS))


def shared_counts(
    rows: scipy.sparse.csr_array, one: NDArray[np.int64], other: NDArray[np.int64]
) -> NDArray[np.float64]:
    """How many terms that count each pair has in common."""
    marks = scipy.sparse.csr_array((np.ones_like(rows.data), rows.indices, rows.indptr), rows.shape)
    return products(marks, one, other)


def telling_keys(one: Print, vocabulary: Vocabulary, most: int, most_reports: int) -> list[int]:
    """Keys of the terms that say most about a report, for looking up others that have them."""
    counts = vocabulary.counts_of(one.keys)
    value = np.where(
        counts <= most_reports, np.abs(parted(one.weights)[0]) * _rare(counts, vocabulary.report_count), 0.0
    )
    best = np.argsort(-value, kind="stable")[:most]
    return [int(key) for key in one.keys[best[value[best] > 0]]]


def _joined(prints: Iterable[Print]) -> Keys:
    keys = [one.keys for one in prints]
    return np.concatenate(keys) if keys else np.zeros(0, np.int64)
