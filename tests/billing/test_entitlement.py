"""The whole table of rules, row by row and second by second (B22, B24-B27, B32)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from billing.entitlement import GRANTED, Access, Rules, Standing, access_of

SIGN_UP = datetime(2026, 2, 20, 9, 30, tzinfo=UTC)
TRIAL_END = SIGN_UP + timedelta(days=14)
PAID_UNTIL = datetime(2026, 3, 29, 1, 0, tzinfo=UTC)  # the hour in which clocks change in Britain
CANCELS_AT = PAID_UNTIL - timedelta(days=3)
FAILED_AT = PAID_UNTIL
BEFORE, AT, AFTER = timedelta(seconds=-1), timedelta(0), timedelta(seconds=1)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)

MEMBER, RUNNING, LAPSED = Access.MEMBER, Access.CANCELLED_RUNNING, Access.LAPSED
GRACE, PAST_DUE = Access.PAST_DUE_GRACE, Access.PAST_DUE
ALWAYS = PAID_UNTIL + timedelta(days=4000)

# What Stripe says of a subscription, then (from this instant on, this access) in the order of time.
SUBSCRIPTIONS: dict[str, tuple[dict, list[tuple[datetime, Access]]]] = {
    "active": (
        {"status": "active", "paid_until": PAID_UNTIL},
        [(SIGN_UP, MEMBER), (PAID_UNTIL, MEMBER), (PAID_UNTIL + HOUR, MEMBER), (PAID_UNTIL + DAY, LAPSED)],
    ),
    "active, Stripe gave no date": ({"status": "active"}, [(SIGN_UP, MEMBER), (ALWAYS, MEMBER)]),
    "active, cancelled to the end of the period": (
        {"status": "active", "paid_until": PAID_UNTIL, "cancels_at": PAID_UNTIL},
        [(SIGN_UP, RUNNING), (PAID_UNTIL, LAPSED)],
    ),
    "active, cancelled to a day inside the period": (
        {"status": "active", "paid_until": PAID_UNTIL, "cancels_at": CANCELS_AT},
        [(SIGN_UP, RUNNING), (CANCELS_AT, LAPSED), (PAID_UNTIL, LAPSED)],
    ),
    "active, cancelled to a later period": (
        {"status": "active", "paid_until": PAID_UNTIL, "cancels_at": PAID_UNTIL + 60 * DAY},
        [(SIGN_UP, RUNNING), (PAID_UNTIL, RUNNING), (PAID_UNTIL + DAY, LAPSED), (PAID_UNTIL + 60 * DAY, LAPSED)],
    ),
    "active, cancelled, Stripe gave no date": (
        {"status": "active", "cancels_at": CANCELS_AT},
        [(SIGN_UP, RUNNING), (CANCELS_AT, LAPSED)],
    ),
    "trialing": (
        {"status": "trialing", "paid_until": PAID_UNTIL},
        [(SIGN_UP, MEMBER), (PAID_UNTIL, MEMBER), (PAID_UNTIL + HOUR, LAPSED)],
    ),
    "trialing, Stripe gave no date": ({"status": "trialing"}, [(SIGN_UP, MEMBER), (ALWAYS, MEMBER)]),
    "trialing, cancelled": (
        {"status": "trialing", "paid_until": PAID_UNTIL, "cancels_at": PAID_UNTIL},
        [(SIGN_UP, RUNNING), (PAID_UNTIL, LAPSED)],
    ),
    "past due": (
        {"status": "past_due", "paid_until": PAID_UNTIL + 30 * DAY, "past_due_since": FAILED_AT},
        [(FAILED_AT, GRACE), (FAILED_AT + 6 * DAY, GRACE), (FAILED_AT + 7 * DAY, PAST_DUE)],
    ),
    "past due, nobody knows since when": (
        {"status": "past_due", "paid_until": PAID_UNTIL},
        [(SIGN_UP, GRACE), (PAID_UNTIL, PAST_DUE)],
    ),
    "past due, nothing else known": ({"status": "past_due"}, [(SIGN_UP, PAST_DUE), (ALWAYS, PAST_DUE)]),
    "canceled at once, the period still running": (
        {"status": "canceled", "paid_until": PAID_UNTIL},
        [(SIGN_UP, RUNNING), (PAID_UNTIL, LAPSED)],
    ),
    "canceled as announced": (
        {"status": "canceled", "paid_until": PAID_UNTIL, "cancels_at": CANCELS_AT},
        [(SIGN_UP, RUNNING), (CANCELS_AT, LAPSED), (PAID_UNTIL, LAPSED)],
    ),
    "canceled, nothing else known": ({"status": "canceled"}, [(SIGN_UP, LAPSED), (ALWAYS, LAPSED)]),
    "a status of tomorrow, paid for": (
        {"status": "hibernating", "paid_until": PAID_UNTIL},
        [(SIGN_UP, MEMBER), (PAID_UNTIL, LAPSED)],
    ),
    "a status of tomorrow": ({"status": "hibernating"}, [(SIGN_UP, LAPSED), (ALWAYS, LAPSED)]),
    **{
        status: ({"status": status, "paid_until": PAID_UNTIL}, [(SIGN_UP, LAPSED), (PAID_UNTIL, LAPSED)])
        for status in ("unpaid", "paused", "incomplete", "incomplete_expired")
    },
}

TRIALS: dict[str, tuple[dict, list[tuple[datetime, Access]]]] = {
    "in trial": (
        {"trial_ends_at": TRIAL_END, "is_verified": True},
        [(SIGN_UP, Access.TRIAL), (SIGN_UP + DAY, Access.TRIAL), (TRIAL_END, Access.TRIAL_OVER)],
    ),
    "in trial, address not verified": (
        {"trial_ends_at": TRIAL_END, "is_verified": False},
        [
            (SIGN_UP, Access.UNVERIFIED_GRACE),
            (SIGN_UP + DAY, Access.MUST_VERIFY),
            (TRIAL_END, Access.TRIAL_OVER),
        ],
    ),
    "no trial": ({"is_verified": True}, [(SIGN_UP, Access.NO_TRIAL), (ALWAYS, Access.NO_TRIAL)]),
    "no trial, address not verified": ({"is_verified": False}, [(SIGN_UP, Access.NO_TRIAL), (ALWAYS, Access.NO_TRIAL)]),
}


def standing(**facts) -> Standing:
    return Standing(**{"signed_up_at": SIGN_UP, "is_verified": True, **facts})


def at(timeline: list[tuple[datetime, Access]], now: datetime) -> Access:
    """The access that stands in the timeline at `now`; before its first line the first line's."""
    return [access for since, access in timeline if since <= now][-1] if now >= timeline[0][0] else timeline[0][1]


def instants(*timelines: list[tuple[datetime, Access]]) -> list[datetime]:
    """The second before, at and after every boundary."""
    return sorted({since + step for timeline in timelines for since, _ in timeline for step in (BEFORE, AT, AFTER)})


def rows(table: dict) -> list:
    return [pytest.param(facts, timeline, id=name) for name, (facts, timeline) in table.items()]


@pytest.mark.parametrize(("facts", "timeline"), rows(SUBSCRIPTIONS))
def test_a_subscription_opens_the_articles_until_its_second(facts, timeline):
    for now in instants(timeline):
        assert access_of(standing(**facts), now) is at(timeline, now), now


@pytest.mark.parametrize(("facts", "timeline"), rows(TRIALS))
def test_the_free_days_end_by_themselves_at_their_second(facts, timeline):
    for now in instants(timeline):
        assert access_of(standing(**facts), now) is at(timeline, now), now


@pytest.mark.parametrize("is_staff", [False, True], ids=["reader", "staff"])
@pytest.mark.parametrize(("subscription", "trial"), list(product(SUBSCRIPTIONS, TRIALS)))
def test_of_a_trial_and_a_subscription_the_better_one_counts(subscription, trial, is_staff):
    paid_facts, paid_line = SUBSCRIPTIONS[subscription]
    trial_facts, trial_line = TRIALS[trial]
    reader = standing(**paid_facts, **trial_facts, is_staff=is_staff)
    for now in instants(paid_line, trial_line):
        paid, free = at(paid_line, now), at(trial_line, now)
        expected = next(
            access
            for access, holds in (
                (Access.STAFF, is_staff),
                (paid, paid.is_granted),
                (free, free.is_granted),
                (free, free is Access.MUST_VERIFY),
                (paid, True),
            )
            if holds
        )
        assert access_of(reader, now) is expected, now


def test_a_visitor_reads_no_licensed_article():
    assert access_of(None, SIGN_UP) is Access.VISITOR


def test_staff_read_everything_without_trial_or_membership():
    assert access_of(standing(is_staff=True, is_verified=False), ALWAYS) is Access.STAFF


def test_only_these_words_open_a_text():
    assert {access.name for access in GRANTED} == {
        "FREE", "STAFF", "MEMBER", "GIVEN", "CANCELLED_RUNNING", "PAST_DUE_GRACE", "TRIAL", "UNVERIFIED_GRACE",
    }  # fmt: skip


def test_the_operator_sets_the_grace_and_the_hours_to_verify():
    rules = Rules(verify_within=timedelta(hours=2), past_due_grace=timedelta(days=1))
    unverified = standing(trial_ends_at=TRIAL_END, is_verified=False)
    failed = standing(status="past_due", past_due_since=FAILED_AT)
    assert access_of(unverified, SIGN_UP + 2 * HOUR + BEFORE, rules) is Access.UNVERIFIED_GRACE
    assert access_of(unverified, SIGN_UP + 2 * HOUR, rules) is Access.MUST_VERIFY
    assert access_of(failed, FAILED_AT + DAY + BEFORE, rules) is Access.PAST_DUE_GRACE
    assert access_of(failed, FAILED_AT + DAY, rules) is Access.PAST_DUE


def test_no_grace_at_all_closes_with_the_failed_payment():
    assert access_of(
        standing(status="past_due", past_due_since=FAILED_AT), FAILED_AT, Rules(past_due_grace=timedelta(0))
    ) is (PAST_DUE)


def test_a_server_clock_ten_minutes_off_does_not_make_a_member_flicker():
    """B22: the slack is wider than any clock of ours is wrong."""
    member = standing(status="active", paid_until=PAID_UNTIL)
    for minutes in range(-10, 11):
        assert access_of(member, PAID_UNTIL + timedelta(minutes=minutes)) is Access.MEMBER


def test_fourteen_days_are_fourteen_times_24_hours_over_a_leap_day():
    """B22."""
    signed_up = datetime(2028, 2, 20, 23, 59, 59, tzinfo=UTC)
    reader = Standing(signed_up_at=signed_up, is_verified=True, trial_ends_at=signed_up + timedelta(days=14))
    assert access_of(reader, datetime(2028, 3, 5, 23, 59, 58, tzinfo=UTC)) is Access.TRIAL
    assert access_of(reader, datetime(2028, 3, 5, 23, 59, 59, tzinfo=UTC)) is Access.TRIAL_OVER


@pytest.mark.parametrize("facts", [facts for facts, _ in SUBSCRIPTIONS.values()])
def test_a_membership_that_staff_gave_opens_everything_until_its_second(facts):
    until = PAID_UNTIL + 30 * DAY
    standing = Standing(signed_up_at=SIGN_UP, is_verified=True, trial_ends_at=TRIAL_END, given_until=until, **facts)
    assert access_of(standing, until + BEFORE).is_granted
    alone = Standing(signed_up_at=SIGN_UP, is_verified=True, trial_ends_at=TRIAL_END, **facts)
    assert access_of(standing, until) is access_of(alone, until)


def test_free_days_that_begin_with_a_card_are_offered_to_who_has_not_had_any():
    rules = Rules(trial_requires_card=True)
    new = Standing(signed_up_at=SIGN_UP, is_verified=True)
    assert access_of(new, SIGN_UP, rules) is Access.CARD_NEEDED
    assert access_of(new, SIGN_UP) is Access.NO_TRIAL
    again = Standing(signed_up_at=SIGN_UP, is_verified=True, is_trial_used=True)
    assert access_of(again, SIGN_UP, rules) is Access.NO_TRIAL
