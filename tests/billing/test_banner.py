"""When a line stands above the page, and what it says."""

from __future__ import annotations

from datetime import timedelta

import pytest

from billing.banner import banner_words
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


def test_an_overdue_payment_past_its_grace_says_that_reading_stopped():
    assert "Reading has stopped." in banner_words(facts(40, status="past_due", past_due_since=NOW - 8 * DAY)).text


def test_a_cancelled_membership_is_announced_in_its_last_week():
    for days, is_shown in ((8, False), (7, True)):
        end = NOW + timedelta(days=days)
        words = banner_words(facts(40, status="active", paid_until=end, cancels_at=end))
        assert (words is not None) is is_shown
