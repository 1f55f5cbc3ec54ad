"""What a button will do, said before it is pressed: decided without a database."""

from __future__ import annotations

from datetime import timedelta

import pytest

from billing.entitlement import Rules
from billing.facts import InvoiceFacts, SubscriptionFacts
from billing.membership_page import cancel_outlook, cancelled_words, switch_outlook, taking_of
from billing.overview import payment_view
from tests.billing.test_words import DAY, NOW, facts


def terms(known, until) -> dict[str, str]:
    return {choice.plan: choice.terms for choice in taking_of(known, until).choices}


def own(*invoices: InvoiceFacts, **more) -> SubscriptionFacts:
    more = {"price_cents": 1000, "currency": "GBP", "card_last4": "4242", "card_expires": "08/27", **more}
    return SubscriptionFacts(invoices=invoices, **more)


def bill(status: str = "paid", total: int = 1000, **more) -> InvoiceFacts:
    return InvoiceFacts(status, total, "GBP", NOW - DAY, **more)


def view(**more):
    return payment_view(facts(40, **{"plan": "monthly", "subscription": own(), **more}), can_pay=True)


# Taking a plan


def test_with_free_days_left_nothing_is_paid_today_and_the_day_of_the_first_payment_is_named():
    known = facts(0)
    on = "on Sunday 6 December, unless you cancel first."
    assert terms(known, known.trial_ends_at) == {
        "yearly": f"£0 today. £96 {on} Then £96 each year, until you cancel.",
        "monthly": f"£0 today. £10 {on} Then £10 each month, until you cancel.",
    }


def test_without_free_days_it_says_what_is_paid_today():
    assert terms(facts(20), None) == {
        "yearly": "£96 today, then each year on 22 November, until you cancel. You read on at once.",
        "monthly": "£10 today, then each month, until you cancel. You read on at once.",
    }


def test_who_pays_in_the_last_two_free_days_is_told_that_they_need_not():
    assert "Your free days run until Monday 23 November at 14:05." in taking_of(facts(13), None).note
    assert taking_of(facts(20), None).note == ""


def test_the_button_says_free_only_where_the_free_days_begin_with_it():
    waiting = facts(0, trial_ends_at=None, rules=Rules(trial_requires_card=True))
    assert taking_of(waiting, NOW + 14 * DAY).action == "Start fourteen days free"
    assert taking_of(facts(20), None).action == "Become a member"


@pytest.mark.parametrize("status", ["active", "trialing", "past_due", "unpaid", "paused", "incomplete", "half_asleep"])
def test_whatever_may_still_cost_money_leaves_no_second_plan_to_choose(status):
    assert taking_of(facts(40, status=status), None).choices == ()


@pytest.mark.parametrize("status", ["canceled", "incomplete_expired"])
def test_after_the_end_a_plan_can_be_taken_again(status):
    assert len(taking_of(facts(40, status=status), None).choices) == 2


# Cancelling


def test_the_second_click_names_the_last_moment_of_reading():
    outlook = cancel_outlook(facts(40, status="active", paid_until=NOW + 9 * DAY))
    assert "You keep reading until Tuesday 1 December at 14:05, and nothing more is charged." in outlook.text


def test_on_a_free_day_all_free_days_are_kept():
    outlook = cancel_outlook(facts(6, status="trialing", paid_until=NOW + 8 * DAY))
    assert "You keep all your free days, until Monday 30 November at 14:05, and will not be charged." in outlook.text


def test_an_overdue_payment_is_dropped_and_reading_ends_at_once():
    due = own(bill("open", due_cents=1000, is_tried=True))
    outlook = cancel_outlook(facts(40, status="past_due", past_due_since=NOW - DAY, subscription=due))
    assert outlook.text.startswith("The unpaid £10 is dropped, and reading ends at once. Nothing more is charged.")


def test_what_is_open_for_another_reason_stays_open():
    outlook = cancel_outlook(facts(40, status="unpaid", given_until=NOW + 3 * DAY))
    assert "What is open to you otherwise stays open." in outlook.text


def test_a_state_that_we_do_not_know_can_be_cancelled_too():
    assert cancel_outlook(facts(40, status="half_asleep")) is not None


@pytest.mark.parametrize("state", [{}, {"status": "canceled"}, {"status": "active", "cancels_at": NOW + DAY}])
def test_what_is_not_there_or_cancelled_already_is_not_cancelled(state):
    assert cancel_outlook(facts(40, **state)) is None


def test_after_the_click_the_last_day_stands_there_again():
    end = NOW + 9 * DAY
    assert cancelled_words(facts(40, status="active", paid_until=end, cancels_at=end)) == (
        "Cancelled. You read on until Tuesday 1 December, and nothing more is charged."
    )
    assert cancelled_words(facts(40, status="canceled", cancels_at=NOW)) == "Cancelled. Nothing more is charged."


# Another plan


@pytest.mark.parametrize(
    ("status", "plan", "to", "words"),
    [
        ("active", "monthly", "yearly", "The year begins today: £96, less what is left of the month"),
        ("active", "yearly", "monthly", "paid until Tuesday 1 December, and from then on it is £10 a month."),
        ("trialing", "monthly", "yearly", "On Tuesday 1 December the first payment is £96, unless you cancel first."),
    ],
)
def test_another_plan_says_its_price_and_when_it_is_charged(status, plan, to, words):
    assert words in switch_outlook(facts(40, status=status, plan=plan, paid_until=NOW + 9 * DAY), to).text


@pytest.mark.parametrize(
    "state",
    [
        {"status": "past_due"},
        {"status": "active", "cancels_at": NOW + DAY},
        {"status": "active", "plan": "yearly"},
        {"status": "active", "plan": ""},
        {},
    ],
)
def test_where_another_plan_cannot_be_taken_none_is_offered(state):
    assert switch_outlook(facts(40, **{"plan": "monthly", "paid_until": NOW + 9 * DAY, **state}), "yearly") is None


# Plan, card and invoices


def test_a_member_sees_plan_price_next_payment_and_the_other_plan():
    shown = view(status="active", paid_until=NOW + 9 * DAY)
    assert shown.plan == "Monthly, £10"
    assert shown.next_line == "Next payment on Tuesday 1 December, then each month"
    assert shown.other_label == "Change to annual, £96"
    assert shown.card == "Ending 4242, expires 08/27"
    assert (shown.can_cancel, shown.can_keep, shown.is_due) == (True, False, False)


def test_the_first_payment_after_free_days_is_called_so():
    shown = view(status="trialing", paid_until=NOW + 8 * DAY)
    assert shown.next_line == "First payment on Monday 30 November, then each month"


def test_who_has_cancelled_can_keep_and_not_cancel_again():
    end = NOW + 9 * DAY
    shown = view(status="active", paid_until=end, cancels_at=end)
    assert (shown.can_cancel, shown.can_keep) == (False, True)
    assert shown.next_line == "Ends on Tuesday 1 December"
    assert shown.other_label == ""


def test_a_plan_to_come_stands_there_and_can_be_taken_back_but_not_taken_again():
    yearly = own(price_cents=9600, next_plan="monthly")
    state = {"status": "active", "plan": "yearly", "paid_until": NOW + 9 * DAY, "subscription": yearly}
    shown = view(**state)
    assert shown.next_line == "Until Tuesday 1 December. From then on Monthly, £10 a month"
    assert (shown.other_plan, shown.other_label) == ("yearly", "Stay with annual, £96")
    assert switch_outlook(facts(40, **state), "monthly") is None
    outlook = switch_outlook(facts(40, **state), "yearly")
    assert outlook.title == "Stay with £96 a year?"
    assert outlook.text == (
        "The change is taken back. On Tuesday 1 December the next payment is £96, unless you cancel first. Nothing is"
        " charged today."
    )


def test_an_overdue_payment_names_the_next_attempt_and_can_be_paid_and_cancelled():
    due = own(bill("open", due_cents=1000, is_tried=True, next_try_at=NOW + 2 * DAY))
    shown = view(status="past_due", past_due_since=NOW - DAY, subscription=due)
    assert shown.next_line == "Next attempt on Tuesday 24 November"
    assert (shown.is_due, shown.card_is_declined, shown.can_cancel, shown.mends) == (True, True, True, True)
    assert [line.is_open for line in shown.invoices] == [True]


def test_a_card_whose_bank_asks_was_not_declined():
    due = own(bill("open", due_cents=1000, is_tried=True, needs_confirmation=True))
    shown = view(status="past_due", past_due_since=NOW - DAY, subscription=due)
    assert (shown.needs_confirmation, shown.card_is_declined) == (True, False)


def test_after_the_end_no_plan_stands_there_but_the_invoices_do():
    shown = view(status="canceled", cancels_at=NOW - DAY, subscription=own(bill(plan="monthly")))
    assert (shown.plan, shown.next_line, shown.can_cancel) == ("", "", False)
    assert len(shown.invoices) == 1


def test_who_never_paid_has_no_such_part_of_the_page():
    assert view(subscription=None) is None


@pytest.mark.parametrize(
    ("invoice", "what", "amount", "state"),
    [
        (bill(plan="monthly"), "Monthly membership", "£10", ""),
        (bill(total=0, reason="subscription_create"), "Free days", "£0", ""),
        (bill(total=8813, reason="subscription_update"), "Change of plan", "£88.13", ""),
        (bill(total=-250), "Membership", "−£2.50", ""),
        (bill("open", due_cents=1000), "Membership", "£10", "unpaid"),
        (bill("void"), "Membership", "£10", "dropped"),
        (bill(refunded_cents=400), "Membership", "£10", "£4 given back"),
    ],
)
def test_an_invoice_says_what_it_was_for_and_what_became_of_it(invoice, what, amount, state):
    (line,) = view(status="active", subscription=own(invoice)).invoices
    assert (line.date, line.what, line.amount, line.state) == ("21 Nov 2026", what, amount, state)


def test_an_open_invoice_of_an_earlier_membership_has_no_button():
    old = bill("open", due_cents=1000, is_current=False)
    shown = view(status="active", paid_until=NOW + timedelta(days=9), subscription=own(old))
    assert not shown.invoices[0].is_open
