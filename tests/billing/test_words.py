"""The words for each row of the table, decided without a database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import pytest

from billing.banner import banner_words
from billing.entitlement import Access, Rules, Standing
from billing.facts import Facts, SubscriptionFacts, make_offer
from billing.membership_page import cancel_outlook, cancelled_words, switch_outlook
from billing.models import Status
from billing.words import membership_words

NOW = datetime(2026, 11, 22, 14, 5, tzinfo=UTC)
OFFER = make_offer(1000, 9600, "GBP", 14)
DAY = timedelta(days=1)
OWN = ("plan", "zone", "now", "offer", "rules", "subscription")


def facts(days: float = 4, *, is_verified: bool = True, is_staff: bool = False, **more) -> Facts:
    began = NOW - days * DAY
    own = {name: more.pop(name) for name in OWN if name in more}
    standing = Standing(began, is_verified, is_staff, trial_ends_at=more.pop("trial_ends_at", began + 14 * DAY), **more)
    return Facts(standing=standing, trial_started_at=began, **{"offer": OFFER, "now": NOW, "zone": UTC, **own})


def test_a_trial_says_its_day_its_end_and_the_price_after():
    words = membership_words(facts(4.2))
    assert words.title == "Day 5 of 14, free."
    assert "Nothing is charged on Wednesday 2 December" in words.text
    assert "£10 a month or £96 a year" in words.text
    assert words.route == "plans"


@pytest.mark.parametrize(
    ("days", "title"), [(0, "Day 1"), (0.99, "Day 1"), (1, "Day 2"), (13, "Day 14"), (13.99, "Day 14")]
)
def test_days_are_counted_from_the_moment_of_sign_up(days, title):
    assert membership_words(facts(days)).title == f"{title} of 14, free."


def test_the_last_second_of_the_trial_and_the_first_after_it():
    """B22"""
    assert membership_words(facts(14, now=NOW - timedelta(seconds=1))).title == "Day 14 of 14, free."
    assert membership_words(facts(14)).title == "Your free days are over."


def test_a_trial_keeps_its_own_length_when_the_operator_changes_it():
    assert membership_words(facts(4.2, offer=make_offer(1000, 9600, "GBP", 30))).title == "Day 5 of 14, free."


def test_dates_are_the_readers_own():
    kiritimati = facts(4, zone=ZoneInfo("Pacific/Kiritimati"))
    assert "Thursday 3 December at 04:05" in membership_words(kiritimati).text


def test_the_end_of_a_day_that_is_23_hours_long_is_said_right():
    """B22: clocks go forward in London in the night to 29 March 2026."""
    began = datetime(2026, 3, 20, 12, 0, tzinfo=UTC)
    standing = Standing(began, True, trial_ends_at=began + 14 * DAY)
    london = Facts(standing=standing, offer=OFFER, now=began + DAY, zone=ZoneInfo("Europe/London"))
    assert "Friday 3 April at 13:00" in membership_words(london).text


def test_who_chose_a_plan_early_keeps_the_free_days():
    words = membership_words(facts(6, status="trialing", plan="yearly", paid_until=NOW + 8 * DAY))
    assert words.title == "Member. Your free days go on."
    assert "From then on it is £96 a year, unless you cancel first." in words.text


def test_a_payment_that_is_late_to_be_heard_of_is_no_reproach():
    words = membership_words(facts(40, status="active", plan="monthly", paid_until=NOW - timedelta(hours=2)))
    assert words.text == "We wait for word of the payment of Sunday 22 November."


def test_a_payment_that_is_never_heard_of_is_no_end_and_can_be_asked_about():
    """Webhooks and the nightly comparison were lost: the membership runs at Stripe, for all that we know."""
    known = facts(40, status="active", plan="monthly", paid_until=NOW - 2 * DAY)
    words = membership_words(known)
    assert words.title == "Reading waits for word of your payment."
    assert "You have paid until Friday 20 November" in words.text
    assert (words.action, words.route) == ("Ask Stripe now", "welcome")
    assert known.has_plan


def test_whose_cancelled_membership_is_over_can_take_a_plan_before_stripe_says_so():
    end = NOW - timedelta(hours=1)
    known = facts(40, status="active", plan="monthly", paid_until=end, cancels_at=end)
    assert membership_words(known).title == "Your membership has ended."
    assert membership_words(known).route == "plans"
    assert not known.has_plan


def test_a_first_payment_that_waits_is_confirmed_or_dropped_and_only_then_is_a_plan_offered():
    waits = membership_words(facts(40, status="incomplete"))
    assert waits.route == ""
    assert "Confirm it now and everything opens; or cancel" in waits.text
    assert membership_words(facts(40, status="incomplete_expired")).route == "plans"


def test_a_given_membership_says_its_last_moment_and_that_it_costs_nothing():
    words = membership_words(facts(40, given_until=NOW + 3 * DAY))
    assert words.title == "Member, as our guest."
    assert "until Wednesday 25 November at 14:05. It ends by itself, and nothing is charged." in words.text


def test_a_given_membership_beside_an_unpaid_one_points_to_it():
    words = membership_words(facts(40, given_until=NOW + 3 * DAY, status="unpaid"))
    assert "Your own membership is another matter" in words.text


def test_free_days_that_begin_with_a_card_name_the_price_after_them():
    words = membership_words(facts(0, trial_ends_at=None, rules=Rules(trial_requires_card=True)))
    assert words.title == "Your free days have not begun."
    assert "fourteen days free, then £10 a month or £96 a year" in words.text
    assert (words.action, words.route) == ("Begin the free days", "plans")


def test_the_price_that_was_agreed_is_said_and_not_the_one_on_offer():
    own = SubscriptionFacts(price_cents=800, currency="GBP")
    known = facts(40, status="active", plan="monthly", paid_until=NOW + 9 * DAY, subscription=own)
    assert membership_words(known).text == "£8 a month. The next payment is on Tuesday 1 December."


def test_a_plan_that_is_to_come_is_said_with_its_day_and_price():
    own = SubscriptionFacts(price_cents=9600, currency="GBP", next_plan="monthly")
    known = facts(40, status="active", plan="yearly", paid_until=NOW + 9 * DAY, subscription=own)
    assert membership_words(known).text == "£96 a year. From Tuesday 1 December on it is £10 a month."


def test_only_a_membership_that_still_runs_at_stripe_can_be_kept():
    end = NOW + 3 * DAY
    assert "still keep" in membership_words(facts(40, status="active", paid_until=end, cancels_at=end)).text
    assert "still keep" not in membership_words(facts(40, status="canceled", paid_until=end, cancels_at=end)).text


STATES = [
    Standing(
        NOW - days * DAY,
        is_verified,
        is_staff,
        trial,
        given_until=given,
        status=status,
        paid_until=paid,
        cancels_at=cancels,
        past_due_since=overdue,
    )
    for days, is_verified, is_staff, trial, given, status, paid, cancels, overdue in product(
        (0.1, 2, 40),
        (True, False),
        (True, False),
        (None, NOW - DAY, NOW + DAY),
        (None, NOW + DAY),
        (*Status.values, "half_asleep"),
        (None, NOW - 2 * DAY, NOW + 2 * DAY),
        (None, NOW - DAY, NOW + DAY),
        (None, NOW - 20 * DAY, NOW - DAY),
    )
]


@pytest.mark.parametrize("needs_card", [False, True])
def test_no_state_that_rows_can_be_in_is_without_words(needs_card):
    """B26: whatever combination comes, there is a sentence, and what it promises is what is granted."""
    rules = Rules(trial_requires_card=needs_card)
    for standing in STATES:
        known = Facts(standing=standing, offer=OFFER, now=NOW, zone=UTC, plan="monthly", rules=rules)
        words = membership_words(known)
        assert words.title
        assert words.answer.startswith("You can read" if known.access.is_granted else "You cannot read")
        pages = (banner_words(known), cancel_outlook(known), switch_outlook(known, "yearly"), cancelled_words(known))
        assert "None" not in f"{words} {[page for page in pages if page]}"
        assert not (words.route and words.writes_to_us)
        assert not (known.is_living and known.access is Access.CARD_NEEDED)


def test_a_reader_who_cannot_read_is_always_told_what_to_do():
    for standing in STATES:
        known = Facts(standing=standing, offer=OFFER, now=NOW, zone=UTC)
        if not known.access.is_granted:
            words = membership_words(known)
            assert words.route or words.writes_to_us or words.can_resend
