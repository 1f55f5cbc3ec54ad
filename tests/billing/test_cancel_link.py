"""The link that cancels without signing in: nobody can make one, and none lasts for ever."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core import signing

from billing.cancel_link import SALT, cancel_url, read_cancel_token
from tests.make import make_user

pytestmark = pytest.mark.django_db

BEGIN = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


def token_for(user, subscription: str = "sub_1") -> str:
    return cancel_url(user, subscription).removesuffix("/").rpartition("/")[2]


def test_the_link_leads_to_our_site_and_names_reader_and_subscription():
    user = make_user()
    assert cancel_url(user, "sub_1").startswith("http://testserver/membership/cancel/")
    assert read_cancel_token(token_for(user)) == (user.pk, "sub_1")


def test_the_link_holds_no_address():
    assert "nadia" not in cancel_url(make_user("nadia@mail.example"), "sub_1")


def test_a_changed_link_says_nothing():
    token = token_for(make_user())
    other = token_for(make_user())
    assert read_cancel_token(token[:-1] + ("A" if token[-1] != "A" else "B")) is None
    assert read_cancel_token(other.split(":")[0] + ":" + token.split(":", 1)[1]) is None
    assert read_cancel_token("") is None


def test_a_signature_for_something_else_is_no_link():
    assert read_cancel_token(signing.dumps([1, "sub_1"], salt="password-reset")) is None
    assert read_cancel_token(signing.dumps([1, "sub_1"], salt=SALT)) == (1, "sub_1")


def test_the_link_outlasts_a_year_but_not_two():
    user = make_user()
    with time_machine.travel(BEGIN, tick=False):
        token = token_for(user)
    with time_machine.travel(BEGIN + timedelta(days=399), tick=False):
        assert read_cancel_token(token) == (user.pk, "sub_1")
    with time_machine.travel(BEGIN + timedelta(days=401), tick=False):
        assert read_cancel_token(token) is None


def test_links_survive_a_change_of_the_secret_key(settings):
    token = token_for(user := make_user())
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another key, long enough to satisfy every check of Django"
    assert read_cancel_token(token) == (user.pk, "sub_1")
