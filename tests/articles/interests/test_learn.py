from __future__ import annotations

from datetime import UTC, datetime, timedelta

from articles.interests.learn import MOST_INTERESTS, Opened, Subject, learn

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
SHIPPING = Subject("topic", 7, "Shipping")
LANTERN = Subject("source", 3, "The Lantern")


def opened(*subjects: Subject, days_ago: float) -> Opened:
    return Opened(NOW - timedelta(days=days_ago), subjects)


def names(readings: list[Opened], unwanted=()) -> list[str]:
    return [interest.subject.name for interest in learn(readings, unwanted, NOW)]


def test_what_keeps_coming_back_is_an_interest():
    assert names([opened(SHIPPING, days_ago=day) for day in range(3)]) == ["Shipping"]


def test_one_evening_is_no_interest():
    assert names([opened(SHIPPING, days_ago=hour / 24) for hour in range(8)]) == []


def test_two_articles_are_no_interest():
    assert names([opened(SHIPPING, days_ago=0), opened(SHIPPING, days_ago=1)]) == []


def test_a_small_part_of_much_is_no_interest():
    rest = [opened(LANTERN, days_ago=number / 10) for number in range(60)]
    assert names([*rest, *(opened(SHIPPING, days_ago=day) for day in range(3))]) == ["The Lantern"]


def test_what_was_read_lately_counts_more():
    old = [opened(LANTERN, days_ago=20 + day) for day in range(5)]
    assert names([*old, *(opened(SHIPPING, days_ago=day) for day in range(5))])[0] == "Shipping"


def test_what_was_taken_off_the_list_is_not_learned_again():
    readings = [opened(SHIPPING, LANTERN, days_ago=day) for day in range(3)]
    assert names(readings, {("topic", 7)}) == ["The Lantern"]


def test_the_list_is_short():
    subjects = [Subject("topic", number, f"Topic {number}") for number in range(20)]
    assert len(names([opened(*subjects, days_ago=day) for day in range(3)])) == MOST_INTERESTS


def test_nothing_read_is_nothing_learned():
    assert learn([], (), NOW) == []
