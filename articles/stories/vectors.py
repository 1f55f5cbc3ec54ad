"""Terms to vectors: how rare each term is among the live reports, and which reports are near each other. Pure.

A term that one report alone has says nothing about two, so it does not count. Rarity is a flattened logarithm: the
plain one lets a single odd name decide. A short text is a small sample of what its event is told with, so two of them
share less of it than two long ones do: their product is corrected by the number of their terms, and headlines, teasers
and whole articles are judged by one threshold.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import scipy  # its parts come when they are first used: a process that only shows pages uses none
from numpy.typing import NDArray

from articles.stories.fingerprint import Keys, Print

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


def matrix_of(prints: Sequence[Print], vocabulary: Vocabulary | None = None) -> scipy.sparse.csr_array:
    """A row for each report, whose products with each other are how near they are.

    Without a vocabulary the reports are their own. With one, a term that it does not know counts where two of these
    reports have it.
    """
    weights, columns, starts = _weighed(prints, vocabulary)
    rows = scipy.sparse.csr_array((weights, columns, starts), (len(prints), int(columns.max(initial=-1)) + 1))
    rows.eliminate_zeros()
    return rows


def nearness_to_first(
    prints: Sequence[Print], vocabulary: Vocabulary
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How near each report is to the first of them, at most 1, and how many terms that count it shares with it."""
    weights, columns, starts = _weighed(prints, vocabulary)
    first = np.zeros(int(columns.max(initial=-1)) + 1)
    first[columns[: starts[1]]] = weights[: starts[1]]
    products = weights * first[columns]
    rows = np.repeat(np.arange(len(prints)), np.diff(starts))
    nearness = np.bincount(rows, products, len(prints))
    shared = np.bincount(rows, products > 0, len(prints))
    return np.minimum(nearness, 1.0), shared.astype(np.float64)


def nearness_between(some: Sequence[Print], others: Sequence[Print], vocabulary: Vocabulary) -> NDArray[np.float64]:
    """How near each of some reports is to each of the others, at most 1; a row for each of some. For few of either."""
    weights, columns, starts = _weighed([*some, *others], vocabulary)
    rows = np.zeros((len(starts) - 1, int(columns.max(initial=-1)) + 1))
    rows[np.repeat(np.arange(len(rows)), np.diff(starts)), columns] = weights
    return np.minimum(rows[: len(some)] @ rows[len(some) :].T, 1.0)


def _weighed(
    prints: Sequence[Print], vocabulary: Vocabulary | None
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """Weight and column of every term of every report, and where each report's begin; 0 for terms that do not count."""
    keys, columns, here = np.unique(_joined(prints), return_inverse=True, return_counts=True)
    counts, report_count = here.astype(np.int32), len(prints)
    if vocabulary is not None:
        counts = np.maximum(counts, vocabulary.counts_of(keys))
        report_count = max(report_count, vocabulary.report_count)
    rare = _rare(counts, report_count)
    weights = (np.concatenate([one.weights for one in prints]) if prints else np.zeros(0)) * rare[columns]
    lengths_of = np.array([len(one) for one in prints], np.int64)
    starts = np.concatenate([[0], np.cumsum(lengths_of)]).astype(np.int64)
    rows = np.repeat(np.arange(len(prints)), lengths_of)
    # A term of one report alone does not count, but lengthens it while the reports are too few to know.
    is_lone = (counts == 1)[columns]
    weights[is_lone] /= 1 + report_count / FEW_REPORTS
    lengths = np.sqrt(np.bincount(rows, weights * weights, len(prints)))
    weights[is_lone] = 0.0
    scale = np.sqrt(1 + SHORTNESS / np.maximum(lengths_of, 1)) / np.where(lengths > 0, lengths, 1.0)
    return weights * scale[rows], columns.astype(np.int64), starts


def named_rows(prints: Sequence[Print]) -> scipy.sparse.csr_array:
    """Rows of length 1 in which names and numbers stand out: what a report is recognised by among stories."""
    keys, columns, counts = np.unique(_joined(prints), return_inverse=True, return_counts=True)
    rare = np.log((len(prints) + 1) / (counts + 0.5)) ** NAMED_POWER
    weights = (np.concatenate([one.weights for one in prints]) if prints else np.zeros(0)) * rare[columns]
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
    """(one, other, nearness from FLOOR to 1) of the pairs of rows that are near, one < other, in blocks."""
    count = rows.shape[0]
    reports = np.bincount(rows.indices, minlength=rows.shape[1])
    is_frequent = reports > max(LEAST_FREQUENT, FREQUENT_SHARE * count)
    telling, frequent = rows[:, ~is_frequent], rows[:, is_frequent]
    columns = scipy.sparse.csc_array(telling.T)
    for start in range(0, count, ROWS):
        block = scipy.sparse.coo_array(telling[start : start + ROWS] @ columns)
        kept = (block.col > block.row + start) & (block.data >= CANDIDATE)
        one, other, nearness = block.row[kept] + start, block.col[kept], block.data[kept]
        nearness = nearness + products(frequent, one, other)
        kept = nearness >= FLOOR
        yield one[kept].astype(np.int64), other[kept].astype(np.int64), np.minimum(nearness[kept], 1.0)


def products(rows: scipy.sparse.csr_array, one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.float64]:
    """Of each pair of rows."""
    if not rows.shape[1] or not len(one):
        return np.zeros(len(one))
    parts = [
        np.asarray(rows[one[at : at + 100_000]].multiply(rows[other[at : at + 100_000]]).sum(axis=1)).ravel()
        for at in range(0, len(one), 100_000)
    ]
    return np.concatenate(parts)


def shared_counts(
    rows: scipy.sparse.csr_array, one: NDArray[np.int64], other: NDArray[np.int64]
) -> NDArray[np.float64]:
    """How many terms that count each pair has in common."""
    marks = scipy.sparse.csr_array((np.ones_like(rows.data), rows.indices, rows.indptr), rows.shape)
    return products(marks, one, other)


def telling_keys(one: Print, vocabulary: Vocabulary, most: int, most_reports: int) -> list[int]:
    """Keys of the terms that say most about a report, for looking up others that have them."""
    counts = vocabulary.counts_of(one.keys)
    value = np.where(counts <= most_reports, one.weights * _rare(counts, vocabulary.report_count), 0.0)
    best = np.argsort(-value, kind="stable")[:most]
    return [int(key) for key in one.keys[best[value[best] > 0]]]


def _joined(prints: Iterable[Print]) -> Keys:
    keys = [one.keys for one in prints]
    return np.concatenate(keys) if keys else np.zeros(0, np.int64)
