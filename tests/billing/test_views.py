"""The page of plans: public, without a cookie, and without a promise that cannot be kept today."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.make import make_reader, make_source

pytestmark = pytest.mark.django_db


def plans_of(user) -> str:
    client = Client()
    client.force_login(user)
    return client.get("/membership/").text


def test_a_visitor_sees_both_prices_and_starts_free(visitor):
    page = visitor.get("/membership/").text
    assert "<b>£96</b> a year" in page
    assert "<b>£10</b> a month" in page
    assert '<a class="btn btn--wide" href="/account/signup/">Start fourteen days free</a>' in page
    assert "Nothing to pay today, nothing charged later unless you choose a plan." in page


def test_a_visitor_s_page_is_public_and_carries_nothing_of_theirs(visitor):
    """A09"""
    answer = visitor.get("/membership/")
    assert answer["Cache-Control"].startswith("public")
    assert not answer.cookies
    assert "csrfmiddlewaretoken" not in answer.text.replace('action="/preferences/"', "")


def test_day_by_day_it_ends_by_itself(visitor):
    page = visitor.get("/membership/").text
    ends_at = timezone.now() + timedelta(days=14)
    assert f"After day 14, {ends_at.day} {ends_at:%B}" in page
    assert "It ends by itself." in page


def test_the_number_of_titles_in_full_is_the_true_number(visitor):
    for permission in ("full", "open", "teaser", "headline"):
        make_source(permission=permission, licence="CC-BY-4.0" if permission == "open" else "")
    make_source(permission="full", is_active=False)
    page = visitor.get("/membership/").text
    assert "2 titles, in full" in page
    assert "4 titles, one price" in page


def test_where_no_title_gives_whole_texts_the_page_says_so(visitor):
    make_source(permission="teaser")
    page = visitor.get("/membership/").text
    assert "1 title in one place" in page
    assert ", in full" not in page
    assert "No title has agreed to whole texts so far" in page


def test_a_page_promises_only_what_exists(visitor, trial_reader, lapsed_reader):
    for page in (visitor.get("/membership/").text, plans_of(trial_reader), plans_of(lapsed_reader)):
        main = page.partition("<main")[2].lower()
        for promise in (
            "gift",
            "newsletter",
            "app store",
            "google play",
            "read aloud",
            "at home",
            "two clicks",
        ):
            assert promise not in main


def test_a_reader_is_told_that_nobody_can_pay_yet(trial_reader, lapsed_reader):
    for reader in (trial_reader, lapsed_reader):
        main = plans_of(reader).partition("<main")[2].partition("</main>")[0]
        assert "Become a member" in main
        assert "Payment is not switched on yet" in main
        assert "Start fourteen days free" not in main
        assert "<form" not in main
        assert "<button" not in main


def test_a_trial_reader_sees_how_long_it_still_is_free():
    assert "Day 5 of 14, free." in plans_of(make_reader(timezone.now() - timedelta(days=4.2)))


def test_a_member_sees_the_plan_and_no_offer(member):
    page = plans_of(member)
    assert "£10 a month. The next payment is on" in page
    assert "Become a member" not in page


def test_the_page_costs_one_query_for_a_visitor(visitor):
    for _ in range(5):
        make_source()
    with CaptureQueriesContext(connection) as queries:
        visitor.get("/membership/")
    assert len(queries) == 1


@pytest.mark.parametrize("query", ["?plan=free", "?next=//evil.example", "?" + "x" * 5000, "?a=%00"])
def test_odd_queries_change_nothing(visitor, query):
    assert visitor.get(f"/membership/{query}").status_code == 200
