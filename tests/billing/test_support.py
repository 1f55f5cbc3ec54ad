"""What staff can do about a membership, and what the reader is told of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from billing.entitlement import Access
from billing.gateway.errors import NotPossible, StripeAway
from billing.models import Membership
from billing.record import access_now, replayed
from billing.standing import standing_of
from billing.support import LONGEST_GIFT, give_membership, grant_trial, refund_and_cancel, sync_now
from tests.make import make_reader, make_user

pytestmark = pytest.mark.django_db

INES = "ines@site.example"
DAY = timedelta(days=1)


def test_another_trial_runs_from_now_also_for_a_person_who_had_one(lapsed_reader):
    now = timezone.now()
    grant_trial(lapsed_reader, "Their feed was broken.", INES, now)
    assert access_now(lapsed_reader, now) is Access.TRIAL
    assert Membership.objects.get(user=lapsed_reader).trial_ends_at == now + 14 * DAY
    line = lapsed_reader.access_lines.first()
    assert (line.cause, line.actor, line.access) == ("grant_trial", INES, "trial")
    assert line.rule.startswith("We gave you 14 more free days, until ")
    assert line.rule.endswith("Reason: Their feed was broken.")


def test_a_trial_that_runs_longer_is_not_cut(settings):
    reader = make_reader()
    settings.TRIAL_DAYS = 7
    with pytest.raises(NotPossible, match="end later"):
        grant_trial(reader, "x", INES, timezone.now())
    assert reader.access_lines.count() == 1


def test_a_trial_can_be_given_where_a_card_is_asked_for(settings):
    settings.TRIAL_REQUIRES_CARD = True
    reader = make_reader()
    grant_trial(reader, "x", INES, timezone.now())
    assert access_now(reader, timezone.now()) is Access.TRIAL


def test_a_given_membership_opens_everything_until_its_end(lapsed_reader):
    now = timezone.now()
    give_membership(lapsed_reader, now + 3 * DAY, "Won a quiz.", INES, now)
    assert access_now(lapsed_reader, now + 3 * DAY - timedelta(seconds=1)) is Access.GIVEN
    assert access_now(lapsed_reader, now + 3 * DAY) is Access.TRIAL_OVER
    line = lapsed_reader.access_lines.first()
    assert (line.cause, line.actor, line.access) == ("give_membership", INES, "given")
    assert "Nothing is charged for it. Reason: Won a quiz." in line.rule


@pytest.mark.parametrize("length", [timedelta(0), -DAY, LONGEST_GIFT + DAY])
def test_a_membership_is_given_to_a_day_that_makes_sense(trial_reader, length):
    now = timezone.now()
    with pytest.raises(NotPossible, match="between today and five years"):
        give_membership(trial_reader, now + length, "x", INES, now)


def test_an_account_from_the_command_line_can_be_given_both():
    user, now = make_user(), timezone.now()
    give_membership(user, now + DAY, "x", INES, now)
    grant_trial(user, "x", INES, now)
    assert access_now(user, now) is Access.GIVEN


def test_lines_of_what_staff_gave_add_up(lapsed_reader):
    now = timezone.now()
    grant_trial(lapsed_reader, "x", INES, now)
    give_membership(lapsed_reader, now + 300 * DAY, "y", INES, now)
    assert replayed(lapsed_reader) == standing_of(User.objects.get(pk=lapsed_reader.pk))


# With Stripe


def test_refund_and_cancel_gives_the_last_payment_back_and_ends_reading(paying):
    reader = paying.reader(days=20)
    paying.subscribe(reader)
    assert refund_and_cancel(reader, "Paid by mistake.", INES, timezone.now()) == 1000
    assert paying.living(reader) == []
    assert [one["amount"] for one in paying.stand_in.refunds()] == [1000]
    line = reader.access_lines.first()
    assert (line.cause, line.actor, line.access) == ("support_refund", INES, "lapsed")
    assert line.rule == "We ended your membership and gave £10 back. Reason: Paid by mistake."
    assert replayed(reader) == standing_of(User.objects.get(pk=reader.pk))


def test_a_second_press_gives_nothing_back_twice(paying):
    reader = paying.reader(days=20)
    paying.subscribe(reader)
    for _ in range(2):
        refund_and_cancel(reader, "Paid by mistake.", INES, timezone.now())
    assert [one["amount"] for one in paying.stand_in.refunds()] == [1000]


def test_a_reader_who_never_paid_has_nothing_to_be_given_back(paying):
    reader = paying.reader()
    with pytest.raises(NotPossible, match="never paid"):
        refund_and_cancel(reader, "x", INES, timezone.now())
    assert reader.access_lines.count() == 1


def test_a_refund_that_stripe_broke_off_has_its_reason_written_down_and_is_done_later(paying):
    reader = paying.reader(days=20)
    paying.subscribe(reader)
    paying.stand_in.fail_next(500, times=99, only="/v1/refunds")
    with pytest.raises(StripeAway):
        refund_and_cancel(reader, "Paid by mistake.", INES, timezone.now())
    line = reader.access_lines.filter(cause="support_refund").get()
    assert (line.rule, line.actor) == ("We are ending your membership. Reason: Paid by mistake.", INES)
    paying.stand_in.fail_next(500, times=0)
    paying.wait(days=2)
    assert sync_now(reader, timezone.now())
    assert [one["amount"] for one in paying.stand_in.refunds()] == [1000]


def test_a_refund_that_could_not_begin_leaves_no_line(paying):
    reader = paying.reader(days=20)
    paying.subscribe(reader)
    lines = reader.access_lines.count()
    paying.stand_in.fail_next(500, times=99)
    with pytest.raises(StripeAway):
        refund_and_cancel(reader, "x", INES, timezone.now())
    assert reader.access_lines.count() == lines
    assert paying.row(reader).status == "active"


def test_asking_stripe_brings_what_was_lost_on_the_way(paying):
    reader = paying.reader(days=20)
    paying.stand_in.complete_checkout(paying.open_checkout(reader))
    paying.lose()
    assert not paying.access(reader).is_granted
    assert sync_now(reader, timezone.now())
    assert paying.access(reader) is Access.MEMBER


def test_where_stripe_does_not_answer_asking_says_so(paying):
    reader = paying.reader(days=20)
    paying.subscribe(reader)
    paying.stand_in.fail_next("timeout", times=99)
    assert not sync_now(reader, timezone.now())
