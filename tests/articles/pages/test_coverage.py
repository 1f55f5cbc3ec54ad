"""Which reports stand under which, and how many titles that makes."""

from datetime import UTC, datetime, timedelta

import pytest

from articles.pages.coverage import Sighting, coverage_phrase, fold

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)


def seen(pk: int, hour: int = 0, *, source: int = 0, language: str = "en", is_copy: bool = False) -> Sighting:
    source = source or pk
    return Sighting(pk, source, f"Title {source}", language, NOON + timedelta(hours=hour), f"Report {pk}", is_copy)


def folded(sightings, originals, lead=0) -> dict[int, list[int]]:
    return {pk: [one.article_id for one in copies] for pk, copies in fold(sightings, originals, lead).items()}


def test_copies_stand_under_the_report_whose_words_they_have_the_earliest_first():
    reports = [seen(4, 4, is_copy=True), seen(3, 3), seen(2, 2, is_copy=True), seen(1)]
    assert folded(reports, {4: 1, 2: 1}) == {3: [], 1: [2, 4]}


def test_a_copy_of_a_copy_stands_under_the_first_of_them():
    assert folded([seen(3, 3, is_copy=True), seen(2, 2, is_copy=True), seen(1)], {3: 2, 2: 1}) == {1: [2, 3]}


def test_where_the_original_is_gone_the_first_copy_stands_for_all():
    reports = [seen(4, 4, is_copy=True), seen(3, 3, is_copy=True), seen(2, 2)]
    assert folded(reports, {4: 1, 3: 1}) == {3: [4], 2: []}


def test_the_lead_stands_for_itself_whatever_it_copies():
    assert folded([seen(2, 2, is_copy=True), seen(1)], {2: 1}, lead=2) == {2: [], 1: []}


@pytest.mark.parametrize("originals", [{1: 2, 2: 1}, {1: 1}, {1: 2, 2: 3, 3: 1}])
def test_copies_of_each_other_lose_no_report(originals):
    reports = [seen(3, 3), seen(2, 2), seen(1)]
    shown = folded(reports, originals)
    assert sorted([*shown, *(pk for copies in shown.values() for pk in copies)]) == [1, 2, 3]


@pytest.mark.parametrize(
    ("reports", "phrase"),
    [
        ([seen(1)], "1 title in 1 language"),
        ([seen(1), seen(2, source=1), seen(3, language="ar")], "2 titles in 2 languages"),
        ([seen(1), seen(2, is_copy=True)], "1 title in 1 language, 1 more with a copy"),
        ([seen(1), seen(2), seen(3, source=2, is_copy=True)], "2 titles in 1 language"),
        ([seen(1, is_copy=True), seen(2, is_copy=True)], "2 titles in 1 language"),
    ],
)
def test_the_count_is_of_independent_reports_and_says_who_carries_copies(reports, phrase):
    assert coverage_phrase(reports) == phrase
