"""Fourteen free days, once to each person."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from billing.models import Membership, TrialClaim
from billing.trial import claim, email_key, normal_address, start_trial
from tests.make import make_user

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("typed", "mailbox"),
    [
        ("Nadia.Kerr+news@Gmail.com", "nadiakerr@gmail.com"),
        ("nadiakerr@googlemail.com", "nadiakerr@gmail.com"),
        ("nadia+news@outlook.com", "nadia@outlook.com"),
        ("na.dia@outlook.com", "na.dia@outlook.com"),
        ("nadia+news@mail.example", "nadia+news@mail.example"),
        ("ＮＡＤＩＡ@mail.example", "nadia@mail.example"),
        ("nadia@münchen.example", "nadia@xn--mnchen-3ya.example"),
    ],
)
def test_spellings_of_one_mailbox_are_told_apart_from_other_mailboxes(typed, mailbox):
    """B20: tags and dots count only where the provider ignores them."""
    assert normal_address(typed) == mailbox


def test_the_ledger_alone_tells_nobody_who_was_here(settings):
    start_trial(make_user("nadia@mail.example"), timezone.now())
    key = TrialClaim.objects.get().email_key
    assert "nadia" not in key
    settings.TRIAL_LEDGER_KEY = "another key"
    assert email_key("nadia@mail.example") != key


def test_starting_twice_changes_nothing():
    user, now = make_user(), timezone.now()
    first = start_trial(user, now)
    again = start_trial(user, now + timedelta(days=3))
    assert first.trial_ends_at == again.trial_ends_at == now + timedelta(days=14)
    assert user.access_lines.count() == 1


def test_the_length_is_a_setting(settings):
    settings.TRIAL_DAYS = 7
    membership = start_trial(make_user(), timezone.now())
    assert membership.trial_ends_at - membership.trial_started_at == timedelta(days=7)


def test_a_second_person_gets_free_days_of_their_own():
    first, second = (start_trial(make_user(), timezone.now()) for _ in range(2))
    assert first.trial_ends_at
    assert second.trial_ends_at


def test_a_second_account_of_the_same_person_gets_a_line_that_says_why_not():
    start_trial(make_user("nadia@gmail.com"), timezone.now())
    again = make_user("nadia+2@gmail.com")
    assert start_trial(again, timezone.now()).trial_ends_at is None
    assert again.access_lines.get().cause == "trial_refused"


def test_an_address_stands_in_the_ledger_once():
    now = timezone.now()
    assert claim("nadia@mail.example", now)
    assert not claim("NADIA@mail.example", now)
    assert TrialClaim.objects.count() == 1


def test_a_trial_ends_because_time_passes():
    membership = start_trial(make_user(), timezone.now() - timedelta(days=15))
    assert Membership.objects.get(pk=membership.pk).trial_ends_at < timezone.now()
    assert Membership.objects.get(pk=membership.pk).status == ""
