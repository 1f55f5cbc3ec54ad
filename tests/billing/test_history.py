"""A reader's lines add up to today's facts, and time's own changes are found at their second."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from billing.entitlement import Access, Rules, Standing, access_of
from billing.history import FACTS, changes_between, replay, turns
from billing.models import AccessLine, Membership
from billing.record import replayed, write_line
from billing.standing import rules, standing_of
from billing.support import give_membership, grant_trial
from billing.trial import end_trial, start_trial
from tests.make import make_user

SIGN_UP = datetime(2026, 2, 20, 9, 30, tzinfo=UTC)
TRIAL_END = SIGN_UP + timedelta(days=14)
HOUR, DAY, SECOND = timedelta(hours=1), timedelta(days=1), timedelta(seconds=1)


@dataclass(frozen=True)
class Written:
    at: datetime
    pk: int = 1
    changes: dict = field(default_factory=dict)


def standing(**facts) -> Standing:
    return Standing(**{"signed_up_at": SIGN_UP, "is_verified": True, **facts})


# Changes


def test_a_line_keeps_only_what_changed_and_is_json():
    before = standing(trial_ends_at=TRIAL_END)
    after = replace(before, status="active", paid_until=SIGN_UP + 30 * DAY, cancels_at=None)
    changes = changes_between(before, after)
    assert changes == {"status": "active", "paid_until": "2026-03-22T09:30:00+00:00"}
    assert json.loads(json.dumps(changes)) == changes


def test_a_fact_that_is_no_longer_known_is_kept_as_null():
    assert changes_between(standing(cancels_at=TRIAL_END), standing()) == {"cancels_at": None}


def test_nothing_changed_is_nothing_to_keep():
    assert changes_between(standing(), standing()) == {}


def test_an_account_that_is_switched_off_has_no_facts_to_compare():
    assert changes_between(None, standing()) == changes_between(standing(), None) == {}


# Replay


def test_without_lines_there_is_only_the_sign_up():
    assert replay(SIGN_UP, False, []) == Standing(signed_up_at=SIGN_UP, is_verified=False)


def test_lines_count_in_the_order_of_their_dates_and_of_two_at_once_the_later_row():
    lines = [
        Written(SIGN_UP + DAY, 1, {"status": "past_due"}),
        Written(SIGN_UP, 9, {"status": "active", "is_verified": True}),
        Written(SIGN_UP + DAY, 2, {"status": "active", "paid_until": None}),
    ]
    assert replay(SIGN_UP, False, lines) == standing(status="active")


def test_a_fact_of_another_version_is_passed_over():
    assert replay(SIGN_UP, True, [Written(SIGN_UP, 1, {"colour": "blue", "is_staff": True})]) == standing(is_staff=True)


@pytest.mark.parametrize("name", FACTS)
def test_every_fact_survives_the_way_through_a_line(name):
    other = {"is_verified": False, "is_staff": True, "is_trial_used": True, "status": "unpaid"}
    after = replace(standing(), **{name: other.get(name, TRIAL_END)})
    line = Written(SIGN_UP, 1, json.loads(json.dumps(changes_between(standing(), after))))
    assert replay(SIGN_UP, True, [line]) == after


# What really happens to readers: any order of it


def sync(user: User, rng: random.Random, now: datetime) -> None:
    """As gateway/store.py writes what Stripe said."""

    def some_day() -> datetime | None:
        return rng.choice([None, now + rng.uniform(-20, 60) * DAY])

    membership = Membership.objects.get(user=user)
    before = standing_of(User.objects.get(pk=user.pk))
    membership.status = rng.choice(["trialing", "active", "past_due", "unpaid", "paused", "canceled", "hibernating"])
    membership.paid_until, membership.cancels_at, membership.past_due_since = some_day(), some_day(), some_day()
    membership.save()
    changes = changes_between(before, standing_of(User.objects.get(pk=user.pk)))
    if changes:
        write_line(user, "stripe", "Stripe said so.", now, changes)


def confirm(user: User, rng: random.Random, now: datetime) -> None:
    if not user.emailaddress_set.filter(verified=True).exists():
        user.emailaddress_set.update(verified=True)
        write_line(user, "address_verified", "Confirmed.", now, {"is_verified": True})


def make_staff(user: User, rng: random.Random, now: datetime) -> None:
    is_staff = rng.random() < 0.3
    User.objects.filter(pk=user.pk).update(is_staff=is_staff)
    write_line(user, "set_staff", "Staff.", now, {"is_staff": is_staff})


HAPPENINGS = [
    sync,
    sync,
    sync,
    confirm,
    make_staff,
    lambda user, rng, now: grant_trial(user, "They asked.", "ines@site.example", now),
    lambda user, rng, now: give_membership(user, now + rng.uniform(0.1, 30) * DAY, "A gift.", "ines@site.example", now),
    lambda user, rng, now: end_trial(user, now, "Ended."),
]


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(40))
def test_whatever_happened_the_lines_add_up_to_what_the_reader_may_read(seed, settings):
    rng = random.Random(seed)
    settings.TRIAL_REQUIRES_CARD = rng.random() < 0.3
    now = SIGN_UP
    user = make_user(is_verified=rng.random() < 0.5, date_joined=now)
    start_trial(user, now)
    for _ in range(rng.randint(1, 12)):
        now += timedelta(seconds=rng.choice([0, 1, 3600, 86400 * 5, 86400 * 20]))
        rng.choice(HAPPENINGS)(user, rng, now)
        told, real = replayed(user), standing_of(User.objects.get(pk=user.pk))
        assert told == real
        for hours in (-500, -1, 0, 1, 25, 200, 2000):
            then = now + hours * HOUR
            assert access_of(told, then, rules()) is access_of(real, then, rules())
    newest = AccessLine.objects.filter(user=user).first()
    assert newest.access == access_of(standing_of(User.objects.get(pk=user.pk)), newest.at, rules()).value


# What time does


def ends(reader: Standing, since: datetime = SIGN_UP, now: datetime = SIGN_UP + 90 * DAY, known: str = "") -> list:
    return [(turn.at, turn.access) for turn in turns(reader, since, now, Rules(), known)]


@pytest.mark.parametrize(
    ("reader", "at", "access"),
    [
        (standing(trial_ends_at=TRIAL_END), TRIAL_END, Access.TRIAL_OVER),
        (standing(given_until=TRIAL_END), TRIAL_END, Access.NO_TRIAL),
        (standing(status="active", paid_until=TRIAL_END), TRIAL_END + DAY, Access.LAPSED),
        (standing(status="trialing", paid_until=TRIAL_END), TRIAL_END + HOUR, Access.LAPSED),
        (standing(status="active", paid_until=TRIAL_END, cancels_at=TRIAL_END), TRIAL_END, Access.LAPSED),
        (standing(status="canceled", paid_until=TRIAL_END), TRIAL_END, Access.LAPSED),
        (standing(status="hibernating", paid_until=TRIAL_END), TRIAL_END, Access.LAPSED),
        (standing(status="past_due", past_due_since=SIGN_UP), SIGN_UP + 7 * DAY, Access.PAST_DUE),
        (standing(status="past_due", paid_until=TRIAL_END), TRIAL_END, Access.PAST_DUE),
    ],
)
def test_each_end_is_found_at_its_second(reader, at, access):
    assert ends(reader) == [(at, access)]
    assert ends(reader, now=at - SECOND) == []
    assert ends(reader, since=at) == []


def test_an_unverified_reader_has_two_ends():
    reader = standing(is_verified=False, trial_ends_at=TRIAL_END)
    assert ends(reader) == [(SIGN_UP + DAY, Access.MUST_VERIFY), (TRIAL_END, Access.TRIAL_OVER)]


def test_an_end_that_changes_nothing_is_none():
    assert ends(standing(trial_ends_at=TRIAL_END, status="active", paid_until=SIGN_UP + 365 * DAY)) == []
    assert ends(standing(trial_ends_at=TRIAL_END, is_staff=True)) == []


def test_an_end_that_is_written_down_is_none():
    assert ends(standing(trial_ends_at=TRIAL_END), known="trial_over") == []


def test_every_change_that_time_makes_is_found():
    """Second by second around every boundary of random readers, nothing but the turns changes the answer."""
    rng = random.Random(7)
    for _ in range(300):

        def some_day(likely: float = 0.5) -> datetime | None:
            return SIGN_UP + timedelta(hours=rng.randint(1, 60 * 24)) if rng.random() < likely else None

        reader = Standing(
            signed_up_at=SIGN_UP,
            is_verified=rng.random() < 0.5,
            trial_ends_at=some_day(),
            given_until=some_day(0.2),
            status=rng.choice(["", "active", "trialing", "past_due", "canceled", "unpaid", "hibernating"]),
            paid_until=some_day(0.8),
            cancels_at=some_day(0.3),
            past_due_since=some_day(),
        )
        found = dict(ends(reader, now=SIGN_UP + 120 * DAY))
        access = access_of(reader, SIGN_UP)
        for hour in range(1, 100 * 24):
            now = SIGN_UP + hour * HOUR
            if access_of(reader, now) is not access:
                access = access_of(reader, now)
                assert found.get(now) is access, (reader, now)


def test_the_trial_ends_with_a_sentence_that_says_nothing_was_charged():
    (turn,) = turns(standing(trial_ends_at=TRIAL_END), SIGN_UP, timezone.now(), Rules())
    assert turn.rule == "Your free days ended by themselves. Nothing was charged."
