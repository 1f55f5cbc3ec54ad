"""Who reports an event, whose words are somebody else's, and how many that makes. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from articles.pages import words


@dataclass(frozen=True, slots=True)
class Sighting:
    """A visible report of a story, as much of it as counts, times and links need."""

    article_id: int
    source_id: int
    source_name: str
    language: str  # the main one: "en"
    published_at: datetime
    headline: str
    is_copy: bool = False
    is_walled: bool = False


def coverage_phrase(sightings: Sequence[Sighting]) -> str:
    """ "7 titles in 2 languages, 3 more with a copy": whoever prints somebody else's words has no report of his own."""
    own = [one for one in sightings if not one.is_copy] or sightings
    titles = {one.source_id for one in own}
    phrase = words.coverage_phrase(len(titles), len({one.language for one in own}))
    carriers = {one.source_id for one in sightings} - titles
    return f"{phrase}, {len(carriers)} more with a copy" if carriers else phrase


def fold(
    sightings: Iterable[Sighting], original_of: Mapping[int, int], lead_id: int
) -> dict[int, tuple[Sighting, ...]]:
    """Article id of each report -> the copies that stand under it, the earliest first; reports in the order given.

    `original_of` is article id -> the article whose words it has. A copy whose original is not there, because it was
    taken down, stands for itself and for the other copies of it; the lead always stands for itself.
    """
    by_id = {one.article_id: one for one in sightings}
    stand_in: dict[int, int] = {}  # for an original that is not there: its first copy
    for one in sorted(by_id.values(), key=_age):
        stand_in.setdefault(original_of.get(one.article_id, one.article_id), one.article_id)
    folded: dict[int, list[Sighting]] = {}
    for pk in by_id:
        root = _root(pk, by_id, original_of, stand_in, lead_id)
        folded.setdefault(root, []).extend([] if root == pk else [by_id[pk]])
    return {pk: tuple(sorted(folded[pk], key=_age)) for pk in by_id if pk in folded}


def _age(one: Sighting) -> tuple[datetime, int]:
    return one.published_at, one.article_id


def _root(
    pk: int, by_id: Mapping[int, Sighting], original_of: Mapping[int, int], stand_in: Mapping[int, int], lead_id: int
) -> int:
    """The report that one stands under; itself where it is no copy, or where copies name each other."""
    passed: set[int] = set()
    while pk != lead_id and pk in original_of and pk not in passed:
        passed.add(pk)
        original = original_of[pk]
        pk = original if original in by_id else stand_in[original]
    return pk
