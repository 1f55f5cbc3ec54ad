"""How a story unfolded, in the reader's own hours and days."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from articles.pages.coverage import Sighting
from articles.pages.timeline import MOST_STRETCHES, span, timeline_of

NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)  # a Friday


def seen(pk: int, hours_ago: float, *, source: int = 0, is_copy: bool = False) -> Sighting:
    source = source or pk
    return Sighting(pk, source, f"Title {source}", "en", NOW - timedelta(hours=hours_ago), f"Report {pk}", is_copy)


def test_the_first_report_is_marked_and_titles_are_named_when_they_come_in():
    timeline = timeline_of([seen(3, 1), seen(2, 3.25), seen(1, 3.5)], NOW, UTC)
    first, last = timeline.stretches
    assert (first.label, first.first_name, first.first_time, first.names) == (
        "08:00–09:00",
        "Title 1",
        "08:30",
        ("Title 2",),
    )
    assert (last.label, last.first_name, last.names, last.new_count) == ("11:00–12:00", "", ("Title 3",), 1)
    assert timeline.note == "3 titles in 2 hours"


def test_further_reports_and_copies_are_no_new_titles():
    timeline = timeline_of(
        [seen(1, 5), seen(2, 5), seen(3, 2, source=1), seen(4, 2, is_copy=True), seen(5, 2, source=1)], NOW, UTC
    )
    assert timeline.stretches[1].new_count == 0
    assert timeline.stretches[1].rest == "2 further reports and 1 copy"
    assert timeline.stretches[0].rest == ""


def test_many_titles_in_one_stretch_are_counted_beyond_four():
    stretch = timeline_of([seen(pk, 2) for pk in range(1, 9)], NOW, UTC).stretches[0]
    assert (len(stretch.names), stretch.more_count, stretch.new_count) == (4, 3, 8)


@pytest.mark.parametrize("reports", [[], [seen(1, 2)], [seen(1, 2), seen(2, 1, source=1)]])
def test_one_title_makes_no_course_of_events(reports):
    assert timeline_of(reports, NOW, UTC) is None


def test_the_day_is_said_where_it_changes_in_the_zone_of_the_reader():
    reports = [seen(1, 13), seen(2, 11), seen(3, 10)]
    assert [one.label for one in timeline_of(reports, NOW, UTC).stretches] == [
        "Thursday 23:00–24:00",
        "Today 01:00–02:00",
        "02:00–03:00",
    ]
    tokyo = [one.label for one in timeline_of(reports, NOW, ZoneInfo("Asia/Tokyo")).stretches]
    assert tokyo == ["08:00–09:00", "10:00–11:00", "11:00–12:00"]


@pytest.mark.parametrize(
    ("hours", "first_label"),
    [(10, "02:00–03:00"), (30, "Thursday 06:00–09:00"), (24 * 10, "17 November"), (24 * 40, "Week of 12 October")],
)
def test_long_stories_are_told_in_longer_stretches(hours, first_label):
    reports = [seen(pk, hours * pk / 100) for pk in range(1, 101)]
    stretches = timeline_of(reports, NOW, UTC).stretches
    assert stretches[0].label.startswith(first_label)
    assert len(stretches) <= MOST_STRETCHES
    assert sum(one.new_count for one in stretches) == 100


def test_every_report_is_one_line_of_the_picture_and_all_lie_in_its_field():
    timeline = timeline_of([seen(1, 9), seen(2, 5), seen(3, 1, source=1), seen(4, 0)], NOW, UTC)
    assert timeline.first_path == "M4 32V0"
    assert timeline.new_path.count("M") == 2
    assert timeline.new_path.endswith("M996 32V4")
    assert timeline.other_path == "M886 32V20"


def test_reports_of_one_instant_divide_by_nothing():
    assert timeline_of([seen(1, 1), seen(2, 1)], NOW, UTC).note == "2 titles within an hour"


@pytest.mark.parametrize(
    ("hours", "words"), [(0.2, "within an hour"), (2, "in 2 hours"), (48, "in 48 hours"), (120, "in 5 days")]
)
def test_a_span_in_words(hours, words):
    assert span(timedelta(hours=hours)) == words


def test_the_night_in_which_clocks_go_back_loses_nothing():
    berlin, now = ZoneInfo("Europe/Berlin"), datetime(2026, 10, 25, 12, tzinfo=UTC)
    reports = [
        Sighting(pk, pk, f"Title {pk}", "en", datetime(2026, 10, 25, 0, 30, tzinfo=UTC) + timedelta(hours=pk), "x")
        for pk in range(3)
    ]
    stretches = timeline_of(reports, now, berlin).stretches
    assert [one.label for one in stretches] == ["02:00–03:00", "03:00–04:00"]
    assert sum(one.new_count for one in stretches) == 3
