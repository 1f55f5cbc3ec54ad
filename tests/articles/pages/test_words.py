from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from articles.pages import words

LONDON = ZoneInfo("Europe/London")
NOW = datetime(2025, 11, 22, 16, 0, tzinfo=UTC)  # a Saturday


@pytest.mark.parametrize(
    ("minutes", "said"),
    [(0, "now"), (41, "41 min"), (120, "2 h"), (23 * 60 + 59, "23 h"), (24 * 60, "1 d"), (48 * 60, "20 Nov")],
)
def test_an_age_is_short_and_over_two_days_a_date(minutes, said):
    assert words.age(NOW - timedelta(minutes=minutes), NOW, LONDON) == said


def test_a_report_dated_ahead_of_our_clock_is_new_and_not_minus_an_hour_old():
    """F55"""
    assert words.age(NOW + timedelta(hours=1), NOW, LONDON) == "now"


@pytest.mark.parametrize(
    ("then", "heading"),
    [
        (datetime(2025, 11, 22, 15, tzinfo=UTC), "This afternoon"),
        (datetime(2025, 11, 22, 9, tzinfo=UTC), "This morning"),
        (datetime(2025, 11, 22, 5, 59, tzinfo=UTC), "Overnight"),
        (datetime(2025, 11, 21, 23, 59, tzinfo=UTC), "Friday"),
        (datetime(2025, 11, 16, 12, tzinfo=UTC), "Sunday"),
        (datetime(2025, 11, 15, 12, tzinfo=UTC), "Saturday 15 November"),
        (datetime(2024, 11, 15, 12, tzinfo=UTC), "Friday 15 November 2024"),
    ],
)
def test_a_river_is_divided_by_the_reader_s_day(then, heading):
    assert words.part_of_day(then, NOW, LONDON) == heading


def test_the_same_hour_is_another_part_of_the_day_elsewhere():
    then = datetime(2025, 11, 22, 5, tzinfo=UTC)
    assert words.part_of_day(then, NOW, LONDON) == "Overnight"
    assert words.part_of_day(then, NOW, ZoneInfo("Asia/Kolkata")) == "This morning"


def test_the_reader_s_day_begins_at_the_reader_s_midnight():
    assert words.midnight(NOW, ZoneInfo("Asia/Tokyo")) == datetime(2025, 11, 22, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("count", "titles", "sources"),
    [
        (1, "1 premium title", "1 trusted global source"),
        (99, "99 premium titles", "99 trusted global sources"),
        (100, "100s of premium titles", "100+ trusted global sources"),
        (198, "100s of premium titles", "100+ trusted global sources"),
    ],
)
def test_a_claim_about_the_number_of_titles_is_true(count, titles, sources):
    assert words.titles_phrase(count) == titles
    assert words.sources_phrase(count) == sources


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["Ines Carrow"], "Chosen by Ines Carrow"),
        (["Ines Carrow", "Ines Carrow"], "Chosen by Ines Carrow"),
        ([""], "Chosen by our editors"),
        ([], "Chosen by our editors"),
        (["", "Ines Carrow", "Tom Reed"], "Chosen by Ines Carrow, Tom Reed and our editors"),
    ],
)
def test_picks_name_the_editors_who_gave_a_name(names, said):
    assert words.chosen_by(names) == said


@pytest.mark.parametrize(
    ("titles", "languages", "said"), [(31, 9, "31 titles in 9 languages"), (1, 1, "1 title in 1 language")]
)
def test_coverage_counts_titles_and_languages(titles, languages, said):
    assert words.coverage_phrase(titles, languages) == said


@pytest.mark.parametrize(("count", "said"), [(1, "one"), (14, "fourteen"), (21, "21"), (1500, "1,500")])
def test_small_numbers_are_words(count, said):
    assert words.number(count) == said


@pytest.mark.parametrize(
    ("cents", "currency", "said"), [(1000, "GBP", "£10"), (999, "EUR", "€9.99"), (9600, "CHF", "CHF 96")]
)
def test_money_is_said_with_its_currency(cents, currency, said):
    assert words.money(cents, currency) == said


def test_every_title_has_its_line_and_the_busiest_the_tallest():
    assert words.bars_path([0, 1, 4]) == "M5 48V47M15 48V23M25 48V0"


def test_the_ticks_stop_at_forty():
    assert words.ticks_width(1) == 2
    assert words.ticks_width(40) == words.ticks_width(118) == 158
