"""What is kept for a time only goes when its time is over, few rows at a time."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.tasks import forget_sessions
from articles.models import Reading
from articles.retention import READINGS_KEPT
from articles.tasks import forget_readings
from billing.batches import forget
from newssite.schedule import BEAT
from tests.make import make_article, make_reader

NOW = timezone.now()
A_DAY = timedelta(days=1)


def read(user, age: timedelta) -> Reading:
    return Reading.objects.create(user=user, article=make_article(), read_at=NOW - age)


@pytest.mark.django_db
def test_readings_are_kept_for_two_years_of_accounts_and_then_forgotten():
    user = make_reader()
    kept = [read(user, age) for age in (timedelta(), timedelta(days=2 * 365), READINGS_KEPT - A_DAY)]
    read(user, READINGS_KEPT + A_DAY)
    forget_readings()
    forget_readings()
    assert set(Reading.objects.all()) == set(kept)


@pytest.mark.django_db
def test_what_is_forgotten_goes_in_batches_and_never_more_than_a_run_may():
    user = make_reader()
    for days in range(7):
        read(user, timedelta(days=days))
    with CaptureQueriesContext(connection) as queries:
        assert forget(Reading.objects.order_by("read_at"), batch=2, most=5) == 5
    assert sum(query["sql"].startswith("DELETE") for query in queries) == 3
    assert [reading.read_at for reading in Reading.objects.order_by("read_at")] == [NOW - A_DAY, NOW]


@pytest.mark.django_db
def test_sessions_that_have_ended_are_forgotten_and_nobody_is_signed_out(settings):
    user = make_reader()
    here, gone = Client(), Client()
    for client in (here, gone):
        client.force_login(user)
        UserSession.objects.create(user=user, session_key=client.session.session_key, ip="127.0.0.1", user_agent="A")
    ended = Session.objects.get(session_key=gone.session.session_key)
    Session.objects.filter(pk=ended.pk).update(expire_date=NOW - A_DAY)
    UserSession.objects.update(created_at=NOW - 2 * A_DAY)
    forget_sessions()
    assert Session.objects.get().session_key == here.session.session_key
    assert UserSession.objects.get().session_key == here.session.session_key
    assert here.get("/account/").status_code == 200


@pytest.mark.parametrize("name", ["forget readings", "forget sessions", "forget rankings", "keep feeds' history"])
def test_what_forgets_is_called_by_beat(name):
    module, _, task = BEAT[name]["task"].rpartition(".")
    assert callable(getattr(import_module(module), task))
