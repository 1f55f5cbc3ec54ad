from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from articles.admin.states import coming_changes, moment, pick_state, place_in_turn

NOW = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        (-0.5, "08:30"),
        (21, "tomorrow 06:00"),
        (-10, "yesterday 23:00"),
        (72, "Saturday 7 March 09:00"),
        (24 * 365, "Thursday 4 March 2027 09:00"),
    ],
)
def test_a_moment_is_named_as_an_editor_would(hours, words):
    assert moment(NOW + hours * HOUR, NOW, UTC) == words


def test_a_moment_is_told_in_the_editors_own_zone():
    assert moment(NOW + 15 * HOUR, NOW, ZoneInfo("Pacific/Auckland")) == "tomorrow 13:00"


@pytest.mark.parametrize(
    ("starts", "ends", "gone", "kind", "words"),
    [
        (-1, None, "", "live", "live since 08:00"),
        (-1, 2, "", "live", "live since 08:00, until 11:00"),
        (0, None, "", "live", "live since 09:00"),
        (21, None, "", "scheduled", "starts tomorrow 06:00"),
        (-2, -1, "", "ended", "ended 08:00"),
        (-2, 0, "", "ended", "ended 09:00"),
        (-1, None, "article withdrawn", "gone", "article withdrawn"),
        (-2, -1, "article withdrawn", "ended", "ended 08:00"),
    ],
)
def test_a_pick_says_what_it_is_doing(starts, ends, gone, kind, words):
    state = pick_state(NOW + starts * HOUR, None if ends is None else NOW + ends * HOUR, gone, NOW, UTC)
    assert (state.kind, state.words) == (kind, words)


def test_the_strip_changes_at_every_start_and_end_to_come():
    windows = [(NOW - HOUR, NOW + 3 * HOUR), (NOW + HOUR, None), (NOW + 2 * HOUR, NOW + 3 * HOUR)]
    assert coming_changes(windows, NOW, limit=2) == [NOW + HOUR, NOW + 2 * HOUR]
    assert coming_changes(windows, NOW, limit=9)[-1] == NOW + 3 * HOUR


@pytest.mark.parametrize(
    ("turn", "order"),
    [
        ([4, 1, 2, 3], [4, 1, 2, 3]),
        ([2, 1], [2, 1, 3, 4]),
        ([4, 2], [1, 4, 3, 2]),  # seen through a filter: 1 and 3 were hidden and stay
        ([9, 4, 3], [1, 2, 4, 3]),
        ([3, 3, 1], [3, 2, 1, 4]),
        ([], [1, 2, 3, 4]),
    ],
)
def test_moved_picks_share_the_places_they_had(turn, order):
    assert place_in_turn([1, 2, 3, 4], turn) == order
