"""The line above every page and the day beside the account: only what a reader should know now."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.context import reader, reader_of
from tests.make import make_reader

pytestmark = pytest.mark.django_db


def page_of(user, path: str = "/about/fetcher/") -> str:
    client = Client()
    client.force_login(user)
    return client.get(path).text


def banner_of(user) -> str:
    return page_of(user).partition('<div class="banner')[2].partition("</div>")[0]


def since(days: float, **facts):
    return make_reader(timezone.now() - timedelta(days=days), **facts)


def test_a_visitor_has_neither_and_costs_no_look_at_the_session(visitor):
    request = RequestFactory().get("/")
    assert reader(request)["reader"] is None
    assert reader_of(request) is None
    page = visitor.get("/about/fetcher/")
    assert 'class="banner' not in page.text
    assert "trial-day" not in page.text
    assert not page.cookies


def test_a_cookie_that_belongs_to_nobody_is_a_visitor():
    request = RequestFactory().get("/")
    request.COOKIES["session"] = "x" * 32
    request.user = AnonymousUser()
    assert reader_of(request) is None


def test_the_day_of_the_trial_stands_beside_the_account():
    assert "Day 5 of 14" in page_of(since(4.2))
    assert "Day 1 of 14" in page_of(since(0))
    assert "Day 14 of 14" in page_of(since(13.99))


def test_members_and_those_whose_trial_is_over_see_no_day(member, lapsed_reader, staff):
    for user in (member, lapsed_reader, staff):
        assert "trial-day" not in page_of(user)


def test_the_trial_is_announced_in_its_last_three_days_only():
    assert banner_of(since(10.9)) == ""
    assert "Three days left." in banner_of(since(11.1))
    assert "Your last free day." in banner_of(since(13.5))
    assert "Nothing is charged." in banner_of(since(13.5))


def test_an_unverified_reader_sees_the_hours_left():
    reader = since(0.9)
    reader.emailaddress_set.update(verified=False)
    assert "3 hours left" in banner_of(reader)


def test_after_that_what_to_do():
    reader = since(1.1)
    reader.emailaddress_set.update(verified=False)
    assert "Confirm your address to read on." in banner_of(reader)


def test_a_failed_payment_is_an_alert():
    now = timezone.now()
    overdue = since(40, status="past_due", paid_until=now, past_due_since=now - timedelta(days=2))
    assert "banner--alert" in page_of(overdue)
    assert "Nothing changes until" in banner_of(overdue)


def test_a_cancelled_membership_is_announced_in_its_last_week():
    now = timezone.now()
    for days, is_shown in ((10, False), (6, True)):
        end = now + timedelta(days=days)
        reader = since(40, status="active", paid_until=end, cancels_at=end)
        assert ("Your membership ends on" in banner_of(reader)) is is_shown


def test_nothing_to_do_is_no_line(member, staff, lapsed_reader):
    for user in (member, staff, lapsed_reader, since(4)):
        assert banner_of(user) == ""


def test_what_every_page_needs_of_a_reader_comes_in_one_query(trial_reader):
    client = Client()
    client.force_login(trial_reader)
    client.get("/about/fetcher/")
    with CaptureQueriesContext(connection) as queries:
        client.get("/about/fetcher/")
    about_reader = [
        query["sql"] for query in queries if "accounts_user" in query["sql"] or "membership" in query["sql"]
    ]
    assert len(about_reader) == 1


def test_a_reader_without_a_membership_row_breaks_no_page(staff):
    assert "Your account" in page_of(staff)
