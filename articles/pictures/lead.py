"""Which of an article's candidates stands above it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

NARROWEST = 200  # pixels; narrower is somebody's logo

LEAD, THUMBNAIL, FIRST_IN_TEXT = 0, 1, 2  # places


@dataclass(frozen=True, slots=True)
class Candidate:
    picture_id: int
    place: int
    width: int | None = None  # pixels, where we have it
    is_pending: bool = False  # not tried yet


@dataclass(frozen=True, slots=True)
class Choice:
    """picture_id is None where none can stand above the article now."""

    picture_id: int | None = None
    wants_thumbnail: bool = False  # nothing better is coming: it should be fetched too


def choose(candidates: Sequence[Candidate], *, has_thumbnail: bool) -> Choice:
    """The lead picture while it may still come, else the thumbnail, else the first of the text.

    has_thumbnail says that the article names one with an address of its own.
    """
    by_place = sorted(candidates, key=lambda one: one.place)
    leads = [one for one in by_place if one.place == LEAD]
    if not leads:
        return Choice()
    for one in leads:
        if one.is_pending:
            return Choice()
        if is_wide(one):
            return Choice(one.picture_id)
    if has_thumbnail and not any(one.place == THUMBNAIL for one in by_place):
        return Choice(wants_thumbnail=True)
    # A lead that failed once is tried again later; meanwhile the next best may stand there.
    return Choice(next((one.picture_id for one in by_place if is_wide(one)), None))


def is_wide(one: Candidate) -> bool:
    return one.width is not None and one.width >= NARROWEST
