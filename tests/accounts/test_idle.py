"""A session that nobody comes with for a month ends; one that somebody comes with goes on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from allauth.usersessions.models import UserSession
from django.db import DatabaseError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts import idle
from accounts.tasks import forget_sessions
from tests.accounts.doing import is_signed_in, signed_in
from tests.make import make_reader

pytestmark = pytest.mark.django_db
START = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture
def clock():
    with time_machine.travel(START, tick=False) as clock:
        yield clock


def nights(clock, count: int) -> None:
    for _ in range(count):
        clock.shift(timedelta(days=1))
        forget_sessions()


def test_after_a_month_without_a_visit_a_browser_is_signed_out_a21(clock):
    client = signed_in(make_reader())
    nights(clock, 31)
    assert not is_signed_in(client)
    assert not UserSession.objects.exists()


def test_who_comes_now_and_then_stays_signed_in_a21(clock):
    client = signed_in(make_reader())
    for _ in range(2):
        nights(clock, 20)
        assert is_signed_in(client)


def test_another_browser_of_the_reader_does_not_keep_it_alive_a21(clock):
    reader = make_reader()
    here, forgotten = signed_in(reader), signed_in(reader)
    for _ in range(2):
        nights(clock, 20)
        assert is_signed_in(here)
    assert not is_signed_in(forgotten)


def test_a_visit_is_noted_once_a_day(clock):
    client = signed_in(make_reader())
    clock.shift(timedelta(days=1))
    counts = []
    for _ in range(3):
        with CaptureQueriesContext(connection) as queries:
            client.get("/account/")
        counts.append(sum('UPDATE "usersessions' in query["sql"] for query in queries))
    assert counts == [1, 0, 0]
    assert UserSession.objects.get().last_seen_at == START + timedelta(days=1)


def test_a_database_that_cannot_write_keeps_the_page_from_nobody(clock, monkeypatch):
    client = signed_in(make_reader())
    clock.shift(timedelta(days=1))

    def refuse(**_):
        raise DatabaseError

    monkeypatch.setattr(idle.UserSession.objects, "filter", refuse)
    assert client.get("/").status_code == 200


def test_a_visitor_is_no_session(clock):
    with CaptureQueriesContext(connection) as queries:
        Client().get("/account/login/")
    assert not any("usersessions" in query["sql"] for query in queries)
