"""One reader, one voice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from articles.stories.rank import Audience
from articles.stories.voices import audiences

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
ANN, BEN, STORY = 1, 2, 10


def ago(**delta: float) -> datetime:
    return NOON - timedelta(**delta)


def test_those_who_opened_it_are_counted_among_those_who_saw_it():
    seen = {(ANN, STORY): ago(minutes=30), (BEN, STORY): ago(minutes=30)}
    assert audiences(seen, {(ANN, STORY): ago(minutes=5)}, NOON) == {STORY: Audience(shown=2, opened=1)}
    assert audiences({}, {(ANN, STORY): ago(minutes=5)}, NOON) == {STORY: Audience(shown=1, opened=1)}


def test_each_hour_that_passes_halves_a_voice():
    seen = {(ANN, STORY): ago(minutes=30), (BEN, STORY): ago(minutes=90)}
    assert audiences(seen, {}, NOON) == {STORY: Audience(shown=1.5)}


def test_after_three_hours_nobody_is_counted():
    assert audiences({(ANN, STORY): ago(hours=4)}, {(BEN, STORY): ago(hours=5)}, NOON) == {}


def test_who_opened_it_this_morning_does_not_pass_it_by_at_noon():
    seen, opened = {(ANN, STORY): ago(minutes=5)}, {(ANN, STORY): ago(hours=6)}
    assert audiences(seen, opened, NOON) == {}
