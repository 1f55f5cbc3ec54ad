"""Which reports are another title's words: wire copy and syndication. Pure.

Containment, not likeness: newspapers cut what agencies send to a third. What a source puts into many of its articles is
left out before, or two titles of one house would copy each other all day.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import scipy  # its parts come when they are first used: a process that only shows pages uses none

from articles.stories.fingerprint import Keys

CONTAINMENT = 0.6
LEAST_SHINGLES = 12
REPEATED = 3  # articles of one source that have a sentence make it the source's


@dataclass(frozen=True, slots=True, eq=False)
class Text:
    """The public words of a report of one story, as keys of their runs, ascending."""

    article_id: int
    source_id: int
    published_at: datetime
    own: Keys  # what a copy would share
    all: Keys  # where it is looked for


def copies_among(texts: Iterable[Text]) -> dict[int, int]:
    """Article id of each copy -> the earliest report of another title that has its words and is no copy itself."""
    ordered = sorted(texts, key=lambda one: (one.published_at, one.article_id))
    found: dict[int, int] = {}
    for place, earlier in alike(ordered):
        text, original = ordered[place], ordered[earlier]
        if text.article_id not in found and original.article_id not in found:
            found[text.article_id] = original.article_id
    return found


def alike(texts: Sequence[Text]) -> list[tuple[int, int]]:
    """(place, place of an earlier one of another source) of texts of which one contains the other, in that order."""
    if len({text.source_id for text in texts}) < 2 or not _may_share_enough(texts):
        return []
    own, every = _rows([text.own for text in texts], [text.all for text in texts])
    shared = (own @ every.T).toarray()
    sizes = np.array([len(text.own) for text in texts])
    is_part = (sizes[:, None] >= LEAST_SHINGLES) & (shared >= CONTAINMENT * sizes[:, None])
    sources = np.array([text.source_id for text in texts])
    pairs = np.tril((is_part | is_part.T) & (sources[:, None] != sources[None, :]), -1)
    return [(int(place), int(earlier)) for place, earlier in np.argwhere(pairs)]


def _may_share_enough(texts: Sequence[Text]) -> bool:
    """Whether as many runs stand in several as two have to share. Most tell of an event in words of their own."""
    runs = np.sort(np.concatenate([text.all for text in texts]))
    return bool(np.count_nonzero(runs[1:] == runs[:-1]) >= CONTAINMENT * LEAST_SHINGLES)


def _rows(*parts: Sequence[Keys]) -> list[scipy.sparse.csr_array]:
    """A matrix for each part, with a row for each of its texts and a column for each run that any of them has."""
    keys, columns = np.unique(np.concatenate([keys for part in parts for keys in part]), return_inverse=True)
    found, place = [], 0
    for part in parts:
        starts = np.concatenate([[0], np.cumsum([len(some) for some in part])]).astype(np.int64)
        count = int(starts[-1])
        marks = (np.ones(count, np.int32), columns[place : place + count], starts)
        found.append(scipy.sparse.csr_array(marks, (len(part), len(keys))))
        place += count
    return found


def repeated(sentences: Iterable[set[int]]) -> frozenset[int]:
    """Keys of the sentences that stand in REPEATED or more of a source's articles. `sentences`: those of each."""
    counts = Counter(key for some in sentences for key in some)
    return frozenset(key for key, times in counts.items() if times >= REPEATED)
