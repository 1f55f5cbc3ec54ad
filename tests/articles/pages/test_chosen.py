from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from articles.pages.chosen import SHOWN, Reason, Taste, Waiting, choose, reason_for
from articles.pages.plan import Candidate

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
FOLLOWED = Reason("Because you follow World", 1.5)


def waiting(pk: int, *, hours_ago: float = 1, story: int | None = None, source: int | None = None, **fields) -> Waiting:
    candidate = Candidate(pk, story, source or pk, "world")
    at = NOW - timedelta(hours=hours_ago)
    return Waiting(candidate, at, **{"title_count": 1, "reason": FOLLOWED, **fields})


def newest_first(reports: list[Waiting]) -> list[Waiting]:
    return sorted(reports, key=lambda one: one.published_at, reverse=True)


def ids(reports: list[Waiting], before: datetime = NOW) -> list[int]:
    return [one.candidate.article_id for one in choose(newest_first(reports), before).reports]


def test_an_event_stands_once_by_its_newest_report():
    assert ids([waiting(1, story=9, hours_ago=3), waiting(2, story=9, hours_ago=1), waiting(3, story=8)]) == [2, 3]


def test_a_title_stands_at_most_twice_in_ten():
    reports = [waiting(pk, source=5) for pk in range(1, 9)] + [waiting(pk) for pk in range(20, 30)]
    shown = choose(newest_first(reports), NOW).reports
    sources = [one.candidate.source_id for one in shown]
    assert all(sources[start : start + 10].count(5) <= 2 for start in range(len(sources)))


def test_the_widely_covered_and_the_fresh_come_first():
    assert ids([waiting(1), waiting(2, title_count=9), waiting(3, hours_ago=20)]) == [2, 1, 3]


def test_what_was_opened_goes_back():
    assert ids([waiting(1, is_read=True), waiting(2)]) == [2, 1]


def test_what_is_followed_goes_before_what_is_often_read():
    assert ids([waiting(1, reason=Reason("You often read World", 1.0)), waiting(2)]) == [2, 1]


def test_pages_hold_each_event_once_and_end():
    reports = newest_first([waiting(pk, hours_ago=pk * 1.3, story=pk % 40) for pk in range(1, 100)])
    seen, before, pages = [], NOW, 0
    while before:
        page = choose(reports, before)
        seen += [one.candidate.story_id for one in page.reports]
        before, pages = page.older_than, pages + 1
    assert len(seen) == len(set(seen)) == 40
    assert pages > 1


def test_a_page_never_ends_between_two_of_one_instant():
    reports = [waiting(pk, hours_ago=1) for pk in range(1, 30)]
    page = choose(reports, NOW)
    assert page.older_than is None
    assert len(page.reports) == SHOWN


def test_nothing_waiting_is_an_end():
    assert choose([], NOW) == choose([waiting(1)], NOW - timedelta(days=9))


TASTE = Taste(
    story_ids={9},
    topics={1: "Shipping"},
    sources={3: "The Lantern"},
    sections={"world": "World"},
    often_topics={2: "Rail"},
    often_sources={4: "The Ledger"},
    often_sections={"climate": "Climate"},
)


@pytest.mark.parametrize(
    ("facts", "topics", "why"),
    [
        ((1, 9, 3, "world"), {1}, "New in a story you follow"),
        ((1, 8, 3, "world"), {1}, "Because you follow Shipping"),
        ((1, None, 3, "world"), {2}, "Because you follow The Lantern"),
        ((1, None, 7, "world"), {2}, "Because you follow World"),
        ((1, None, 4, "climate"), {2}, "You often read about Rail"),
        ((1, None, 4, "climate"), {}, "You often read The Ledger"),
        ((1, None, 7, "climate"), {}, "You often read Climate"),
    ],
)
def test_the_strongest_reason_is_told(facts, topics, why):
    assert reason_for(Candidate(*facts), topics, TASTE).why == why


def test_what_answers_nothing_has_no_reason():
    assert reason_for(Candidate(1, None, 7, "sport"), {5}, TASTE) is None
