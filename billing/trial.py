"""Fourteen free days: one date in our own table. No card, no call to Stripe; it ends because time passes.

The ledger (TrialClaim, CardClaim) gives them once to each person. It holds keyed hashes only, and outlives accounts.
"""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from contextlib import suppress
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from billing.history import changes_between
from billing.models import CardClaim, Membership, TrialClaim
from billing.notices import want_letter
from billing.record import fresh_standing, write_difference, write_line
from billing.standing import membership_of

DOTLESS_DOMAINS = {"gmail.com", "googlemail.com"}
TAGGING_DOMAINS = DOTLESS_DOMAINS | {
    "fastmail.com",
    "hotmail.com",
    "icloud.com",
    "live.com",
    "mac.com",
    "me.com",
    "outlook.com",
    "pm.me",
    "proton.me",
    "protonmail.com",
}
A_MOMENT = timedelta(microseconds=1)


# The ledger


def normal_address(email: str) -> str:
    """One spelling per mailbox: case, Unicode form, +tags and Gmail's dots folded. For comparing, never for sending."""
    local, _, domain = unicodedata.normalize("NFKC", email).strip().casefold().rpartition("@")
    with suppress(UnicodeError):
        domain = domain.encode("idna").decode("ascii")
    if domain in TAGGING_DOMAINS:
        local = local.split("+", 1)[0]
    if domain in DOTLESS_DOMAINS:
        local, domain = local.replace(".", ""), "gmail.com"
    return f"{local}@{domain}"


def email_key(email: str) -> str:
    return _keyed_hash(normal_address(email))


def card_key(fingerprint: str) -> str:
    """Of Stripe's fingerprint: the same card has the same one, whoever uses it. A number of a card is never known."""
    return _keyed_hash(f"card {fingerprint}")


def _keyed_hash(text: str) -> str:
    """64 hex digits: a keyed hash, so that the ledger alone tells nobody who was here."""
    return hmac.new(settings.TRIAL_LEDGER_KEY.encode(), text.encode(), hashlib.sha256).hexdigest()


def claim_trial_of(user, now: datetime) -> bool:
    """Put the reader's address into the ledger. False where the free days are another account's, also an erased one's.

    Whoever was given free days once keeps the claim through a change of address.
    """
    row, _ = TrialClaim.objects.get_or_create(
        email_key=email_key(user.email), defaults={"user": user, "claimed_at": now}
    )
    return _may_have(user, row)


def may_claim_trial(user) -> bool:
    """What claim_trial_of would answer, without writing anything."""
    return _may_have(user, TrialClaim.objects.filter(email_key=email_key(user.email)).first())


def _may_have(user, row: TrialClaim | None) -> bool:
    membership = Membership.objects.filter(user=user).first() or Membership()
    if membership.trial_started_at is not None:
        return True
    if membership.is_trial_used:
        return False
    return row is None or row.user_id == user.pk or TrialClaim.objects.filter(user=user).exists()


def claim_card(user, fingerprint: str, now: datetime) -> bool:
    """Note the first account that a card is used for. False where that is another one, also an erased one."""
    row, _ = CardClaim.objects.get_or_create(card_key=card_key(fingerprint), defaults={"user": user, "claimed_at": now})
    return row.user_id == user.pk


def keep_claims(user, now: datetime) -> None:
    """Before an account is erased: the address in use now stands in the ledger too, and the years count from today."""
    membership = membership_of(user) or Membership()
    had_free_days = membership.trial_started_at is not None or membership.is_trial_used
    if had_free_days or TrialClaim.objects.filter(user=user).exists():
        TrialClaim.objects.get_or_create(email_key=email_key(user.email), defaults={"user": user, "claimed_at": now})
    for model in (TrialClaim, CardClaim):
        model.objects.filter(user=user).update(claimed_at=now)


def forget_old_claims(now: datetime) -> int:
    """What erased accounts left in the ledger is forgotten after some years; how many entries were."""
    old = now - timedelta(days=settings.TRIAL_LEDGER_YEARS * 365)
    gone = [model.objects.filter(user=None, claimed_at__lt=old).delete()[0] for model in (TrialClaim, CardClaim)]
    return sum(gone)


# The free days


@transaction.atomic
def start_trial(user, now: datetime) -> Membership:
    """The reader's membership row, with the trial running, or without one where this person has had it.

    Safe to run twice: the second run returns the same row.
    """
    membership, is_new = Membership.objects.select_for_update().get_or_create(user=user)
    if not is_new:
        return membership
    # Free days that begin with a card are Stripe's, and claimed when they begin there.
    may_have = may_claim_trial(user) if settings.TRIAL_REQUIRES_CARD else claim_trial_of(user, now)
    if not may_have:
        membership.is_trial_used = True
        cause, rule = "trial_refused", "The free days of this address were used before."
    elif settings.TRIAL_REQUIRES_CARD:
        cause, rule = "sign_up", f"{settings.TRIAL_DAYS} free days begin when a card is given. Nothing is charged yet."
    else:
        membership.trial_started_at = now
        membership.trial_ends_at = now + timedelta(days=settings.TRIAL_DAYS)
        until = f"{membership.trial_ends_at:%-d %B %Y, %H:%M} UTC"
        cause, rule = "sign_up", f"{settings.TRIAL_DAYS} free days, until {until}. Nothing is charged."
    membership.save()
    write_difference(user, cause, rule, now)
    if membership.trial_ends_at is not None:
        want_letter(user, "trial_started", membership.trial_ends_at.isoformat(), now)
    return membership


@transaction.atomic
def end_trial(user, now: datetime, rule: str) -> None:
    """The free days are over now, and none come again. Where they were over already nothing is written."""
    membership, _ = Membership.objects.select_for_update().get_or_create(user=user)
    before = fresh_standing(user)
    membership.is_trial_used = True
    if membership.trial_ends_at is not None and membership.trial_ends_at > now:
        # A trial ends after it starts, also one that is ended in the moment in which it began.
        if membership.trial_started_at is not None:
            membership.trial_started_at = min(membership.trial_started_at, now - A_MOMENT)
        membership.trial_ends_at = now
    membership.save(update_fields=["trial_started_at", "trial_ends_at", "is_trial_used"])
    changes = changes_between(before, fresh_standing(user))
    if changes:
        write_line(user, "trial_ended", rule, now, changes)
