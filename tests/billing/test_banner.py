"""When a line stands above the page, and what it says."""

from __future__ import annotations

from datetime import timedelta

import pytest

from billing.banner import banner_words
from billing.entitlement import Rules
from billing.facts import InvoiceFacts, SubscriptionFacts
from tests.billing.test_words import DAY, NOW, facts


@pytest.mark.parametrize(
    ("days", "title"),
    [
        (10.9, None),
        (11, "Three days left."),
        (12, "Two days left."),
        (13, "Your last free day."),
        (13.99, "Your last free day."),
    ],
)
def test_the_trial_is_announced_in_its_last_three_days(days, title):
    words = banner_words(facts(days))
    assert (words.title if words else None) == title


@pytest.mark.parametrize(("hours", "left"), [(0, "24 hours"), (22.5, "2 hours"), (23.5, "1 hour")])
def test_hours_left_to_confirm_are_rounded_up(hours, left):
    words = banner_words(facts(hours / 24, is_verified=False))
    assert f": {left} left." in words.text


def test_only_money_is_an_alert():
    overdue = banner_words(facts(40, status="past_due", past_due_since=NOW - DAY))
    assert overdue.is_alert
    assert "Saturday 28 November" in overdue.text
    assert not banner_words(facts(1.5, is_verified=False)).is_alert


def test_an_overdue_payment_leads_to_the_card():
    """Every other page than the account's knows the membership only, and asks for no more."""
    words = banner_words(facts(40, status="past_due", past_due_since=NOW - DAY))
    assert (words.action, words.route, words.anchor) == ("Use another card", "account", "#pay")


def test_where_more_is_known_it_says_what_is_due_and_when_it_is_tried_again():
    bill = InvoiceFacts("open", 1000, "GBP", NOW - DAY, due_cents=1000, is_tried=True, next_try_at=NOW + 2 * DAY)
    own = SubscriptionFacts(card_last4="4242", invoices=(bill,))
    words = banner_words(facts(40, status="past_due", past_due_since=NOW - DAY, subscription=own))
    assert words.text == (
        "It is about £10 on the card ending 4242. Nothing changes until Saturday 28 November."
        " We try again on Tuesday 24 November."
    )


def test_a_bank_that_asks_is_no_card_that_fails():
    bill = InvoiceFacts("open", 1000, "GBP", NOW - DAY, due_cents=1000, is_tried=True, needs_confirmation=True)
    own = SubscriptionFacts(invoices=(bill,))
    words = banner_words(facts(40, status="past_due", past_due_since=NOW - DAY, subscription=own))
    assert words.title == "Your bank asks you to confirm the payment."
    assert words.action == "Confirm it"


def test_a_given_membership_is_announced_in_its_last_days():
    for days, is_shown in ((4, False), (3, True)):
        assert (banner_words(facts(40, given_until=NOW + days * DAY)) is not None) is is_shown


def test_free_days_that_wait_for_a_card_are_announced():
    words = banner_words(facts(0, trial_ends_at=None, rules=Rules(trial_requires_card=True)))
    assert words.title == "Your free days have not begun."
    assert words.route == "plans"


def test_an_overdue_payment_past_its_grace_says_that_reading_stopped():
    assert "Reading has stopped." in banner_words(facts(40, status="past_due", past_due_since=NOW - 8 * DAY)).text


def test_a_cancelled_membership_is_announced_in_its_last_week():
    for days, is_shown in ((8, False), (7, True)):
        end = NOW + timedelta(days=days)
        words = banner_words(facts(40, status="active", paid_until=end, cancels_at=end))
        assert (words is not None) is is_shown
