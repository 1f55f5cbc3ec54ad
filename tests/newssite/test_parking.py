"""Tasks that a worker cannot do are kept for one that can."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from celery import current_app

from articles.tasks import group_articles, rank_stories
from newssite import parking
from newssite.celery import app


@pytest.fixture
def parked() -> Iterator[list[tuple[str, dict]]]:
    """Call it: the names and keyword arguments of what is parked now. Empty before and after."""
    app.set_current()

    def taken(queue) -> list[tuple[str, dict]]:
        with current_app.connection_for_write() as connection:
            found = list(queue(connection))
            for message in found:
                message.ack()
            return [(message.headers["task"], message.decode()[1]) for message in found]

    taken(parking.waiting)
    yield lambda: taken(parking.waiting)
    taken(parking.waiting)


class Sent:
    """As a worker is handed it."""

    def __init__(self, headers: dict, named: dict) -> None:
        self.headers, self.named = headers, named

    def decode(self) -> tuple[list, dict, dict]:
        return [], self.named, {}


def test_a_task_of_a_later_version_is_parked_and_tried_by_the_next_worker_o11(parked):
    parking.park_unknown(message=Sent({}, {"pk": 7}), name="articles.tasks.of_tomorrow")
    # A worker that does not know it either leaves it where it is.
    assert parking.bring_back() == 0
    assert parked() == [("articles.tasks.of_tomorrow", {"pk": 7})]


def test_what_beat_sends_again_by_itself_is_not_kept_o11(parked):
    parking.park_unknown(message=Sent({"expires": "2030-01-01"}, {}), name="articles.tasks.of_tomorrow")
    assert parked() == []


def test_a_task_of_another_shape_is_parked_and_a_failure_of_ours_is_not_o11(parked):
    named = {"article_ids": [1], "since_tomorrow": True}
    parking.park_misshapen(sender=group_articles, exception=TypeError(), args=[], kwargs=named)
    parking.park_misshapen(sender=rank_stories, exception=TypeError("a bug"), args=[], kwargs={})
    assert parked() == [("articles.tasks.group_articles", named)]


def test_a_worker_that_knows_it_brings_it_back_to_its_own_queue_once_o11(parked, monkeypatch):
    parking.park("articles.tasks.group_articles", [], {"article_ids": [3, 4]})
    sent = []
    monkeypatch.setattr(app, "send_task", lambda name, args, kwargs: sent.append((name, kwargs)))
    assert parking.bring_back() == 1
    assert sent == [("articles.tasks.group_articles", {"article_ids": [3, 4]})]
    assert parking.bring_back() == 0


def test_a_worker_looks_when_it_starts_and_then_each_minute_o11(parked):
    parking.park("articles.tasks.rank_stories", [], {})
    asked = []

    class Consumer:
        class timer:
            @staticmethod
            def call_repeatedly(seconds: float, call) -> None:
                asked.append((seconds, call))

    parking.keep_looking(sender=Consumer)
    assert parked() == []
    assert asked == [(60, parking.look)]
