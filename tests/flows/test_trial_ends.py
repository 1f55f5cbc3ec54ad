"""Fourteen days, from the first to the day after the last: nothing has to run, and nothing is charged."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from billing.models import AccessLine, Membership
from tests.conftest import SECRET_SENTENCE
from tests.make import make_reader

pytestmark = pytest.mark.django_db


def begin(reader: User, days: float) -> None:
    """The trial began so many days ago."""
    began = timezone.now() - timedelta(days=days)
    User.objects.filter(pk=reader.pk).update(date_joined=began)
    Membership.objects.filter(user=reader).update(trial_started_at=began, trial_ends_at=began + timedelta(days=14))


def words_of(page) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.text))


def test_the_trial_counts_down_announces_its_end_and_ends_by_itself(walled_article):
    reader, client, path = make_reader(), Client(), walled_article.get_absolute_url()
    client.force_login(reader)

    for days, day in ((0, 1), (4.2, 5), (10.5, 11)):
        begin(reader, days)
        page = client.get(path)
        assert SECRET_SENTENCE in page.text
        assert f"Day {day} of 14" in page.text
        assert 'class="banner' not in page.text

    begin(reader, 11.5)
    assert "Three days left." in client.get(path).text
    begin(reader, 13.9)
    page = client.get(path)
    assert "Your last free day." in page.text
    assert "Nothing is charged." in page.text
    assert SECRET_SENTENCE in page.text

    begin(reader, 14)
    page = client.get(path)
    assert SECRET_SENTENCE not in page.text
    assert "Day 14 of 14" not in page.text
    assert "£10 a month or £96 a year" in page.text

    account = words_of(client.get("/account/"))
    assert "Your free days are over." in account
    assert "Nothing was charged." in account
    assert "You cannot read licensed articles now, because your free days ended on" in account
    assert AccessLine.objects.filter(user=reader).count() == 1


def test_after_the_trial_the_account_stays_and_no_second_one_begins():
    reader = make_reader(timezone.now() - timedelta(days=15))
    client = Client()
    client.force_login(reader)
    assert client.get("/saved/").status_code == 200
    plans = words_of(client.get("/membership/"))
    assert "Start fourteen days free" not in plans
    assert "Your free days are over." in plans
