"""What pages of one moment share is made once in a few seconds."""

from __future__ import annotations

from datetime import timedelta
from threading import Event, Thread

import pytest
from django.db import transaction
from django.utils import timezone

from articles.pages import moment


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch, settings):
    monkeypatch.setattr(moment, "_kept", {})
    settings.MOMENT_SECONDS = 60.0


def counted():
    made = []

    def make() -> int:
        made.append(1)
        return len(made)

    return make


def test_pages_of_one_moment_share_what_was_made_for_the_first():
    make = counted()
    assert [moment.kept("news", timezone.now(), make) for _ in range(3)] == [1, 1, 1]


def test_after_a_while_it_is_made_anew():
    make = counted()
    moment.kept("news", timezone.now(), make)
    made_at, value = moment._kept["news"]
    moment._kept["news"] = (made_at - 61, value)
    assert moment.kept("news", timezone.now(), make) == 2


def test_editors_who_look_at_tomorrow_see_tomorrow():
    make = counted()
    moment.kept("news", timezone.now(), make)
    assert moment.kept("news", timezone.now() + timedelta(days=1), make) == 2
    assert moment.kept("news", timezone.now(), make) == 1


@pytest.mark.django_db
def test_inside_a_transaction_nothing_is_kept():
    make = counted()
    with transaction.atomic():
        assert [moment.kept("news", timezone.now(), make) for _ in range(2)] == [1, 2]


def test_while_one_makes_it_anew_the_others_get_the_last():
    now = timezone.now()
    moment.kept("news", now, lambda: "last")
    moment._kept["news"] = (moment._kept["news"][0] - 61, "last")
    is_making, may_end = Event(), Event()

    def slowly() -> str:
        is_making.set()
        may_end.wait(10)
        return "new"

    found: list[str] = []
    other = Thread(target=lambda: found.append(moment.kept("news", now, slowly)))
    other.start()
    is_making.wait(10)
    assert moment.kept("news", now, lambda: "made twice") == "last"
    may_end.set()
    other.join()
    assert found == ["new"]
