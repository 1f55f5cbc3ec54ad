"""Which articles go with one: those that tell of the same things, then those given first. Pure.

Two articles on one subject need not share a word: one says "ferry", the other "harbour", and a third says both. So an
article counts as telling also what its neighbours tell, half as loudly.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy  # its parts come when they are first used: a process that only shows pages uses none
from numpy.typing import NDArray

from articles.stories.fingerprint import Print
from articles.stories.vectors import matrix_of, unit

NEIGHBOUR = 0.05  # nearness from which an article lends its words
LENT = 0.5
MOST_OF_ONE_TITLE = 2


@dataclass(frozen=True, slots=True, eq=False)
class Neighbour:
    """A recent article that may be related."""

    article_id: int
    source_id: int
    story_id: int | None
    print: Print


def choose(one: Print, neighbours: Sequence[Neighbour], limit: int) -> list[int]:
    """Article ids, the nearest first: one per story, a title at most twice. The rest in the order given."""
    nearness = nearness_to(0, widened([one, *(neighbour.print for neighbour in neighbours)]))[1:]
    return _nearest(nearness, neighbours, limit)


def choose_for_each(neighbours: Sequence[Neighbour], limit: int) -> dict[int, list[int]]:
    """Article id -> as choose() would say of it among the others, all of them at the cost of one."""
    if not neighbours:
        return {}
    rows = widened([neighbour.print for neighbour in neighbours])
    nearness = np.asarray(scipy.sparse.csr_array(rows @ rows.T).todense())
    return {one.article_id: _nearest(nearness[place], neighbours, limit, one) for place, one in enumerate(neighbours)}


def _nearest(
    nearness: NDArray[np.float64], neighbours: Sequence[Neighbour], limit: int, own: Neighbour | None = None
) -> list[int]:
    """Without `own` and its story."""
    chosen: list[int] = []
    stories: set[int] = set() if own is None or own.story_id is None else {own.story_id}
    titles: Counter[int] = Counter()
    # What barely touches it is as good as what does not: there the order given decides.
    for place in np.argsort(-np.where(nearness < NEIGHBOUR, 0.0, nearness), kind="stable"):
        if len(chosen) == limit:
            break
        neighbour = neighbours[place]
        if neighbour is own or neighbour.story_id in stories or titles[neighbour.source_id] == MOST_OF_ONE_TITLE:
            continue
        chosen.append(neighbour.article_id)
        titles[neighbour.source_id] += 1
        if neighbour.story_id is not None:
            stories.add(neighbour.story_id)
    return chosen


def widened(prints: Sequence[Print]) -> scipy.sparse.csr_array:
    """A row of length 1 for each, in which the words of its neighbours among them count too."""
    rows = unit(matrix_of(prints))
    nearness = scipy.sparse.coo_array(rows @ rows.T)
    kept = (nearness.data >= NEIGHBOUR) & (nearness.row != nearness.col)
    lent = scipy.sparse.csr_array((nearness.data[kept], (nearness.row[kept], nearness.col[kept])), nearness.shape)
    return unit(scipy.sparse.csr_array(rows + LENT * (lent @ rows)))


def nearness_to(place: int, rows: scipy.sparse.csr_array) -> NDArray[np.float64]:
    """From 0 to 1, of one row to every row."""
    return np.asarray((rows @ rows[[place]].T).todense()).ravel()
