"""What a front page of the past was made of, small enough to keep one for every quarter of an hour. Pure.

inputs_of() -> packed() -> a row of FrontSnapshot -> unpacked() -> replay() -> the same front, place by place
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from articles.pages.plan import ROWS, Candidate, Coverage, Day, Field, Front, arrange
from articles.sections import SECTIONS
from articles.stories import rank
from articles.stories.rank import Audience, Strength

SECTION_NAMES = tuple(SECTIONS)
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate with all that its score is made of."""

    candidate: Candidate
    strength: Strength


@dataclass(frozen=True, slots=True)
class Inputs:
    ranked: tuple[Ranked, ...]  # in any order: their scores decide
    newest: tuple[Candidate, ...]
    picked: tuple[tuple[Candidate, int], ...]  # each with the number of its pick
    day: Day


def inputs_of(field: Field, pick_ids: Iterable[int], strengths: Mapping[int, Strength]) -> Inputs:
    """`strengths` by event; a candidate without one was taken down a moment ago."""
    return Inputs(
        ranked=tuple(Ranked(one, strengths[one.event]) for one in field.leading if one.event in strengths),
        newest=tuple(field.newest),
        picked=tuple(zip(field.picked, pick_ids, strict=True)),
        day=dict(field.day),
    )


def by_rank(ranked: Iterable[Ranked]) -> list[Candidate]:
    """As the database orders stories: by score, of equals the one with the latest report, then the newest story."""
    ordered = sorted(ranked, key=lambda one: (one.strength.score, one.strength.last_at, one.candidate.event))
    return [one.candidate for one in reversed(ordered)]


def replay(inputs: Inputs) -> Front:
    return arrange(
        Field(
            leading=by_rank(inputs.ranked),
            newest=inputs.newest,
            picked=[candidate for candidate, _ in inputs.picked],
            day=inputs.day,
        ),
        ROWS,
    )


# What was made by earlier rules is shown by them: whoever raises rank.VERSION keeps the functions that went before.
REPLAYS: Mapping[int, Callable[[Inputs], Front]] = {rank.VERSION: replay}


def packed(inputs: Inputs) -> bytes:
    """Column by column: numbers that are alike stand together, and a page takes some four kilobytes."""
    tables: dict[str, list[Any]] = {
        "ranked": [[*_row(one.candidate), one.strength.titles, one.strength.is_picked] for one in inputs.ranked],
        "newest": [_row(one) for one in inputs.newest],
        "picked": [[*_row(candidate), pick_id] for candidate, pick_id in inputs.picked],
        "day": sorted(inputs.day.items()),
    }
    columns = {name: list(zip(*rows, strict=True)) for name, rows in tables.items()}
    return zlib.compress(json.dumps(columns, separators=(",", ":")).encode(), 9)


def unpacked(data: bytes) -> Inputs:
    columns: dict[str, list[Any]] = json.loads(zlib.decompress(data))
    tables = {name: list(zip(*rows, strict=True)) for name, rows in columns.items()}
    ranked = [(_candidate(row), titles, is_picked) for *row, titles, is_picked in tables["ranked"]]
    return Inputs(
        ranked=tuple(
            Ranked(one, Strength(titles, one.coverage.last_at, is_picked, one.audience))
            for one, titles, is_picked in ranked
            if one.coverage
        ),
        newest=tuple(_candidate(row) for row in tables["newest"]),
        picked=tuple((_candidate(row), pick_id) for *row, pick_id in tables["picked"]),
        day=dict(tables["day"]),
    )


def _row(one: Candidate) -> list[Any]:
    place = [one.article_id, one.story_id, one.source_id, SECTION_NAMES.index(one.section), int(one.has_picture)]
    told = one.coverage
    if told is None:
        return [*place, None, None, None, None, None]
    times = [(at - rank.EPOCH) // MICROSECOND for at in (told.first_at, told.last_at)]
    return [*place, told.title_count, *times, told.audience.shown, told.audience.opened]


def _candidate(row: Sequence[Any]) -> Candidate:
    article_id, story_id, source_id, section, has_picture, title_count, first, last, shown, opened = row
    coverage = None
    if title_count is not None:
        times = (rank.EPOCH + first * MICROSECOND, rank.EPOCH + last * MICROSECOND)
        coverage = Coverage(title_count, *times, Audience(shown, opened))
    return Candidate(article_id, story_id, source_id, SECTION_NAMES[section], bool(has_picture), coverage)
