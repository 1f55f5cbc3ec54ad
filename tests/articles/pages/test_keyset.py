from datetime import UTC, datetime, timedelta

import pytest

from articles.pages.keyset import cursor_of, parse_cursor


@pytest.mark.parametrize(
    "at",
    [
        datetime(2025, 11, 22, 7, 41, 3, 123457, tzinfo=UTC),
        datetime(1970, 1, 1, tzinfo=UTC),
        datetime(2099, 12, 31, 23, 59, 59, 999999, tzinfo=UTC) + timedelta(0),
    ],
)
def test_a_place_in_a_list_comes_back_to_the_microsecond(at):
    assert parse_cursor(cursor_of(at, 42)) == (at, 42)


@pytest.mark.parametrize(
    "raw",
    ["", "-", "1", "1-", "-1", "a-b", "1-2-3", "1.5-2", "٣-٤", "\x00", "9" * 18 + "-1", "1-" + "9" * 19, "9" * 10_000],
)
def test_anything_else_is_no_place(raw):
    """A29: odd values are ignored, never an error."""
    assert parse_cursor(raw) is None
