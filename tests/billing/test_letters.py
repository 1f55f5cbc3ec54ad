"""What each letter says: how much, when, and what to do; in the reader's own time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from billing.facts import make_offer
from billing.letters import LETTERS, LetterFacts, compose
from billing.post import Sender, Words, render

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
SENDER = Sender("Broadsheet", "https://news.example", "hello@news.example")
CANCEL_URL = "https://news.example/membership/cancel/token/"
ACCOUNT = "https://news.example/account/"
PLANS = "https://news.example/membership/"
FACTS = LetterFacts(
    now=NOW,
    zone=ZoneInfo("UTC"),
    offer=make_offer(1000, 9600, "GBP", 14),
    plan="yearly",
    amount_cents=9600,
    currency="GBP",
    card_last4="4242",
    trial_ends_at=NOW + timedelta(days=7),
    charge_at=NOW + timedelta(days=7),
    ends_at=NOW + timedelta(days=7),
    past_due_since=NOW - timedelta(days=1),
    grace_until=NOW + timedelta(days=6),
    next_try_at=NOW + timedelta(days=2),
    cancel_url=CANCEL_URL,
)
WEEK_ON = "Sunday 29 November"


def letter(kind: str, **facts) -> Words:
    return compose(kind, replace(FACTS, **facts), SENDER)


def text(words: Words) -> str:
    return " ".join((words.subject, *words.says, *words.adds))


@pytest.mark.parametrize(
    ("kind", "subject", "says", "button", "link"),
    [
        (
            "trial_started",
            "Your free days at Broadsheet have begun",
            [f"{WEEK_ON} at 09:30", "No card", "nothing is charged", "£10 a month or £96 a year", "nothing to cancel"],
            "https://news.example/",
            "",
        ),
        (
            "trial_ends_in_7_days",
            f"Your free days end on {WEEK_ON}",
            [f"{WEEK_ON} at 09:30", "No card", "nothing is charged", "£10 a month or £96 a year"],
            PLANS,
            "",
        ),
        (
            "trial_ends_in_1_day",
            f"Your free days end on {WEEK_ON}",
            [f"{WEEK_ON} at 09:30", "No card", "nothing is charged", "£10 a month or £96 a year"],
            PLANS,
            "",
        ),
        (
            "card_trial_ends_in_7_days",
            f"Your free days end on {WEEK_ON}: £96 is charged",
            [f"£96 is charged on {WEEK_ON} by Broadsheet to the card ending in 4242", "nothing to do", "£96 a year"],
            CANCEL_URL,
            ACCOUNT,
        ),
        ("trial_over", "Your free days are over", ["Nothing was charged", "£10 a month or £96 a year"], PLANS, ""),
        (
            "welcome",
            "Your membership at Broadsheet has begun",
            ["the yearly one, £96 a year", f"next payment is on {WEEK_ON}", "ending in 4242", "without signing in"],
            ACCOUNT,
            CANCEL_URL,
        ),
        (
            "payment_failed",
            "Your payment did not go through",
            [
                "£96 could not be charged on Saturday 21 November to the card ending in 4242",
                "everything until Saturday 28 November at 09:30",
                "try again on Tuesday 24 November",
            ],
            f"{ACCOUNT}#pay",
            CANCEL_URL,
        ),
        (
            "card_confirmation",
            "Your bank asks you to confirm a payment",
            ["£96", "ending in 4242", "with your bank", "until Saturday 28 November"],
            f"{ACCOUNT}#pay",
            CANCEL_URL,
        ),
        (
            "cancelled",
            f"Cancelled. You read on until {WEEK_ON}",
            [f"last moment is {WEEK_ON} at 09:30", "Nothing more is charged"],
            f"{ACCOUNT}#membership",
            "",
        ),
        (
            "kept",
            "Your membership at Broadsheet goes on",
            ["taken back", f"next payment is on {WEEK_ON}: £96"],
            ACCOUNT,
            CANCEL_URL,
        ),
        (
            "yearly_renewal",
            f"Your yearly membership renews on {WEEK_ON}: £96",
            [f"£96 is charged on {WEEK_ON} by Broadsheet to the card ending in 4242", "another year", "nothing to do"],
            CANCEL_URL,
            ACCOUNT,
        ),
        (
            "duplicate_refunded",
            "You had two memberships: the second one is ended",
            ["£96, all that was paid for it, is on its way back", "first one goes on"],
            ACCOUNT,
            "",
        ),
        (
            "second_trial",
            "Your membership was not started",
            ["this card or this address", "£10 a month or £96 a year", "at once"],
            PLANS,
            "",
        ),
        ("refunded", "£96 is on its way back to you", ["given back £96", "Nothing more is charged"], ACCOUNT, ""),
        (
            "disputed",
            "Your membership has ended",
            ["Your bank disputed the payment", "Nothing more is charged", f"write to us at {SENDER.contact}"],
            ACCOUNT,
            "",
        ),
        ("ended", "Your membership has ended", [f"on {WEEK_ON}", "Nothing more is charged", "£96 a year"], PLANS, ""),
    ],
)
def test_a_letter_says_how_much_when_and_what_to_do(kind, subject, says, button, link):
    words = letter(kind)
    assert words.subject == subject
    for part in says:
        assert part in text(words)
    assert (words.url, words.link_url) == (button, link)


def test_every_kind_is_among_those_looked_at_here():
    marks = test_a_letter_says_how_much_when_and_what_to_do.pytestmark
    assert {row[0] for row in marks[0].args[1]} == set(LETTERS)


@pytest.mark.parametrize("kind", LETTERS)
def test_a_letter_is_the_same_in_text_and_in_html_and_loads_nothing(kind):
    words = letter(kind)
    plain, html = render(words, SENDER)
    for part in (words.url, words.link_url, words.button):
        assert part in plain
        assert part in html
    assert "<img" not in html
    assert "url(" not in html
    assert "src=" not in html
    assert len(html.encode()) < 100 * 1024
    assert "{" not in plain
    assert "\n" not in words.subject
    assert "!" not in text(words)


@pytest.mark.parametrize("kind", LETTERS)
def test_a_letter_has_words_for_what_is_not_known(kind):
    bare = LetterFacts(NOW, FACTS.zone, FACTS.offer, currency="GBP", trial_ends_at=NOW + timedelta(days=2))
    words = compose(kind, bare, SENDER)
    assert "None" not in text(words)
    assert "ending in" not in text(words)
    assert words.url.startswith("https://news.example/")


@pytest.mark.parametrize("kind", ["card_trial_ends_in_7_days", "yearly_renewal", "welcome", "kept", "payment_failed"])
def test_without_a_link_of_its_own_cancelling_leads_to_the_account(kind):
    words = letter(kind, cancel_url="")
    assert ACCOUNT in (words.url, words.link_url)


def test_dates_are_the_readers_own():
    end = datetime(2026, 12, 6, 20, 0, tzinfo=UTC)
    there = letter("trial_started", trial_ends_at=end, zone=ZoneInfo("Pacific/Auckland"))
    here = letter("trial_started", trial_ends_at=end, zone=ZoneInfo("America/New_York"))
    assert "Monday 7 December at 09:00" in text(there)
    assert "Sunday 6 December at 15:00" in text(here)


def test_a_date_in_another_year_says_so():
    words = letter("yearly_renewal", charge_at=datetime(2027, 1, 3, 9, tzinfo=UTC))
    assert "Sunday 3 January 2027: £96" in words.subject


def test_money_is_in_the_currency_of_the_payment():
    assert "€9.99" in letter("payment_failed", amount_cents=999, currency="EUR").says[0]


def test_reminders_are_promised_only_where_there_is_time_for_them():
    assert "a week before" in text(letter("trial_started", trial_ends_at=NOW + timedelta(days=14)))
    assert "a week before" not in text(letter("trial_started", trial_ends_at=NOW + timedelta(days=7)))


def test_free_days_are_said_to_be_kept_only_while_a_plan_keeps_them():
    assert f"first payment is then on {WEEK_ON}" in text(letter("trial_ends_in_7_days"))
    assert "first payment" not in text(letter("trial_ends_in_1_day", trial_ends_at=NOW + timedelta(days=1)))


def test_who_subscribes_within_the_free_days_is_told_the_first_charge():
    words = letter("welcome", is_in_free_days=True)
    assert words.subject == f"Your membership at Broadsheet: £96 on {WEEK_ON}"
    assert f"On {WEEK_ON} £96 is charged by Broadsheet to the card ending in 4242, unless you cancel" in words.says[1]
    assert "and nothing is charged" in words.adds[0]


def test_who_cancels_within_the_free_days_has_paid_nothing():
    assert "Nothing is charged." in text(letter("cancelled", is_in_free_days=True))


def test_a_late_word_of_a_cancellation_does_not_promise_days_that_are_over():
    words = letter("cancelled", ends_at=NOW - timedelta(hours=1))
    assert words.subject == "Your membership has ended"


def test_after_the_days_of_grace_the_letter_says_that_reading_stopped():
    words = letter("payment_failed", grace_until=NOW - timedelta(days=1))
    assert "Reading stopped on Saturday 21 November." in text(words)
    assert "You can read everything" not in text(words)


def test_a_next_try_that_is_over_is_not_announced():
    assert "try again" not in text(letter("payment_failed", next_try_at=NOW - timedelta(hours=1)))


def test_a_year_that_goes_on_by_the_month_says_so():
    words = letter("yearly_renewal", plan="monthly", amount_cents=1000)
    assert words.subject == f"Your yearly membership ends on {WEEK_ON}: then £10 a month"
    assert "As you chose" in words.says[0]


@pytest.mark.parametrize("kind", ["duplicate_refunded", "second_trial", "refunded"])
def test_nothing_is_said_to_come_back_where_nothing_was_paid(kind):
    assert "way back" not in text(letter(kind, amount_cents=0))
    assert "£0" not in text(letter(kind, amount_cents=0))


def test_a_kind_without_words_is_a_fault():
    with pytest.raises(KeyError):
        letter("newsletter")
