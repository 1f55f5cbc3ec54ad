"""Fourteen free days, once to each person."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from billing.entitlement import Access
from billing.models import CardClaim, Membership, TrialClaim
from billing.record import access_now, replayed
from billing.standing import standing_of
from billing.trial import (
    card_key,
    claim_card,
    claim_trial_of,
    email_key,
    end_trial,
    forget_old_claims,
    keep_claims,
    may_claim_trial,
    normal_address,
    start_trial,
)
from tests.make import make_reader, make_user

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
    membership = start_trial(again, timezone.now())
    assert (membership.trial_ends_at, membership.is_trial_used) == (None, True)
    line = again.access_lines.get()
    assert (line.cause, line.access) == ("trial_refused", "no_trial")
    assert line.changes == {"is_verified": True, "is_trial_used": True}


def test_the_line_of_the_sign_up_keeps_the_facts_and_what_may_be_read():
    user, now = make_user(is_verified=False), timezone.now()
    membership = start_trial(user, now)
    line = user.access_lines.get()
    assert line.access == "unverified_grace"
    assert line.changes == {"trial_ends_at": membership.trial_ends_at.isoformat()}


def test_a_trial_ends_because_time_passes():
    membership = start_trial(make_user(), timezone.now() - timedelta(days=15))
    assert Membership.objects.get(pk=membership.pk).trial_ends_at < timezone.now()
    assert Membership.objects.get(pk=membership.pk).status == ""


# With a card


def test_where_the_operator_asks_for_a_card_signing_up_gives_no_free_days_yet(settings):
    settings.TRIAL_REQUIRES_CARD = True
    user = make_user()
    membership = start_trial(user, timezone.now())
    assert (membership.trial_ends_at, membership.is_trial_used) == (None, False)
    line = user.access_lines.get()
    assert line.rule == "14 free days begin when a card is given. Nothing is charged yet."
    assert line.access == "card_needed"
    assert not TrialClaim.objects.exists()  # whoever leaves before that has had nothing
    assert may_claim_trial(user)


def test_where_a_card_is_asked_for_an_address_that_had_free_days_is_refused_at_sign_up(settings):
    start_trial(make_user("nadia@gmail.com"), timezone.now())
    settings.TRIAL_REQUIRES_CARD = True
    again = make_user("n.adia@gmail.com")
    assert start_trial(again, timezone.now()).is_trial_used
    assert access_now(again, timezone.now()) is Access.NO_TRIAL
    assert not may_claim_trial(again)


# The ledger


def test_an_address_stands_in_the_ledger_once():
    first, second = make_user("nadia@gmail.com"), make_user("nadia+2@gmail.com")
    now = timezone.now()
    assert claim_trial_of(first, now)
    assert not claim_trial_of(second, now)
    assert claim_trial_of(first, now)
    assert TrialClaim.objects.get().user == first


def test_the_ledger_keeps_an_erased_person_s_address():
    make_reader().delete()
    claim_trial_of(make_user("nadia@gmail.com"), timezone.now())
    User.objects.all().delete()
    assert not claim_trial_of(make_user("na.dia@gmail.com"), timezone.now())


def test_a_reader_in_free_days_keeps_them_after_a_change_of_address():
    """Subscribing early asks the ledger again, under the new address."""
    other, reader = make_reader(), make_reader()
    reader.email = other.email.replace("reader", "READER")
    assert may_claim_trial(reader)
    assert claim_trial_of(reader, timezone.now())


def test_a_reader_who_was_refused_gets_nothing_by_changing_the_address():
    start_trial(make_user("nadia@gmail.com"), timezone.now())
    again = make_user("nadia+2@gmail.com")
    start_trial(again, timezone.now())
    again.email = "fresh@mail.example"
    assert not may_claim_trial(again)
    assert not claim_trial_of(again, timezone.now())


def test_asking_the_ledger_writes_nothing():
    assert may_claim_trial(make_user())
    assert not TrialClaim.objects.exists()


def test_a_card_belongs_to_the_account_that_used_it_first():
    first, second, now = make_user(), make_user(), timezone.now()
    assert claim_card(first, "fp_1", now)
    assert claim_card(first, "fp_1", now)
    assert not claim_card(second, "fp_1", now)
    assert claim_card(second, "fp_2", now)
    first.delete()
    assert not claim_card(second, "fp_1", now)
    assert not claim_card(make_user(), "fp_1", now)


def test_the_ledger_holds_no_fingerprint(settings):
    claim_card(make_user(), "fp_1", timezone.now())
    key = CardClaim.objects.get().card_key
    assert len(key) == 64
    settings.TRIAL_LEDGER_KEY = "another key"
    assert card_key("fp_1") != key


def test_only_what_erased_accounts_left_is_forgotten_and_only_after_years():
    now = timezone.now()
    long_ago = now - timedelta(days=3 * 365 + 1)
    for at in (now - timedelta(days=3 * 365 - 1), long_ago):
        gone = make_reader(at)
        claim_card(gone, f"fp {at}", at)
        gone.delete()
    here = make_reader(long_ago)
    claim_card(here, "fp of one who is here", long_ago)
    assert forget_old_claims(now) == 2
    assert TrialClaim.objects.count() == CardClaim.objects.count() == 2
    assert forget_old_claims(now) == 0


def test_the_years_of_an_erased_account_count_from_its_end():
    now = timezone.now()
    reader = make_reader(now - timedelta(days=4 * 365))
    keep_claims(reader, now)
    reader.delete()
    assert forget_old_claims(now + timedelta(days=3 * 365 - 1)) == 0
    assert forget_old_claims(now + timedelta(days=3 * 365 + 1)) == 1


def test_nothing_is_kept_of_a_reader_who_never_had_free_days(settings):
    settings.TRIAL_REQUIRES_CARD = True
    reader = make_reader()
    keep_claims(reader, timezone.now())
    assert not TrialClaim.objects.exists()


# Ending it early


def test_free_days_that_are_ended_are_over_at_once_with_a_line():
    reader, now = make_reader(timezone.now() - timedelta(days=2)), timezone.now()
    end_trial(reader, now, "The card was used before.")
    line = reader.access_lines.first()
    assert (line.cause, line.rule, line.access) == ("trial_ended", "The card was used before.", "trial_over")
    assert replayed(reader) == standing_of(User.objects.get(pk=reader.pk))
    assert access_now(reader, now) is Access.TRIAL_OVER
    end_trial(reader, now + timedelta(hours=1), "Again.")
    assert reader.access_lines.count() == 2


def test_free_days_can_be_ended_in_the_moment_they_began():
    now = timezone.now()
    reader = make_reader(now)
    end_trial(reader, now, "The card was used before.")
    assert access_now(reader, now) is Access.TRIAL_OVER


def test_ending_free_days_that_never_began_takes_the_offer_away(settings):
    settings.TRIAL_REQUIRES_CARD = True
    reader = make_reader()
    end_trial(reader, timezone.now(), "The card was used before.")
    assert access_now(reader, timezone.now()) is Access.NO_TRIAL
    assert reader.access_lines.first().changes == {"is_trial_used": True}


def test_free_days_that_are_over_are_not_moved():
    reader = make_reader(timezone.now() - timedelta(days=20))
    ended_at = reader.membership.trial_ends_at
    end_trial(reader, timezone.now(), "The card was used before.")
    assert Membership.objects.get(user=reader).trial_ends_at == ended_at
