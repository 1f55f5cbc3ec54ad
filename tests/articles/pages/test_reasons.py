from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from articles.pages.plan import Candidate, Coverage
from articles.pages.reasons import Told, share_in_words, why_in_top_stories, why_ranked
from articles.stories.rank import NOBODY, Audience

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def ranked(audience: Audience = NOBODY, hours: int = 2) -> Candidate:
    return Candidate(1, 1, 1, "world", coverage=Coverage(7, NOON - timedelta(hours=hours), NOON, audience))


def test_coverage_is_told_with_its_beginning():
    assert (
        why_ranked(ranked(), Told("The Lantern", 6), NOON) == "Reported by this and 6 other titles, first 2 hours ago"
    )
    assert (
        why_ranked(ranked(hours=0), Told("The Lantern", 6), NOON)
        == "Reported by this and 6 other titles, first less than an hour ago"
    )
    assert why_ranked(ranked(), Told("The Lantern"), NOON) == "From The Lantern, 2 hours ago"


def test_a_copy_is_not_among_the_titles_that_report():
    assert why_ranked(ranked(), Told("The Lantern", 1), NOON) == "Reported by this and 1 other title, first 2 hours ago"
    why = why_ranked(ranked(), Told("The Lantern", 6, is_copy=True), NOON)
    assert why == "Reported by 6 other titles, first 2 hours ago"


def test_what_many_opened_is_told_too():
    why = why_ranked(ranked(Audience(shown=50, opened=10)), Told("The Lantern", 6), NOON)
    assert why == "Reported by this and 6 other titles, first 2 hours ago; opened by one in five readers who saw it"


def test_of_few_readers_nobody_is_told():
    assert why_ranked(ranked(Audience(shown=3, opened=3)), Told("The Lantern", 1), NOON).endswith("2 hours ago")
    assert why_in_top_stories(ranked(Audience(shown=3, opened=3)), Told("The Lantern", 1), NOON) == (
        "Opened by readers in the past three hours"
    )


def test_top_stories_say_what_share_opened_them_and_the_others_who_reports_them():
    assert (
        why_in_top_stories(ranked(Audience(100, 50)), Told("x", 6), NOON) == "Opened by five in ten readers who saw it"
    )
    assert why_in_top_stories(ranked(), Told("x", 6), NOON) == "Reported by this and 6 other titles, first 2 hours ago"


def test_what_has_no_rank_yet_says_that_it_is_new():
    assert why_ranked(Candidate(1, None, 1, "world"), Told("The Lantern"), NOON) == "Just in from The Lantern"
    assert why_ranked(Candidate(1, 5, 1, "world"), Told("The Lantern"), NOON) == "Among the newest, from The Lantern"


@pytest.mark.parametrize(
    ("share", "words"),
    [(0.99, "nearly all"), (0.7, "seven in ten"), (0.41, "four in ten"), (0.34, "one in three"), (0.05, "one in 20")],
)
def test_a_share_in_words(share, words):
    assert share_in_words(share) == words


def test_a_name_from_right_to_left_keeps_its_place_before_the_figures():
    """U+2068 and U+2069 hold it together; without them a browser draws "From 2 ,(name) hours ago"."""
    assert why_ranked(ranked(), Told("المرفأ"), NOON) == "From \u2068المرفأ\u2069, 2 hours ago"
    assert why_ranked(ranked(), Told("Le Détroit"), NOON) == "From Le Détroit, 2 hours ago"
