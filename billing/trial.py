"""Fourteen free days: one date in our own table. No card, no call to Stripe; it ends because time passes."""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from contextlib import suppress
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from billing.models import AccessLine, Membership, TrialClaim

DOTLESS_DOMAINS = {"gmail.com", "googlemail.com"}
TAGGING_DOMAINS = DOTLESS_DOMAINS | {
    "fastmail.com",
    "hotmail.com",
    "icloud.com",
    "live.com",
    "me.com",
    "outlook.com",
    "proton.me",
    "protonmail.com",
}


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
    """64 hex digits: a keyed hash, so that the ledger alone tells nobody who was here."""
    return hmac.new(settings.TRIAL_LEDGER_KEY.encode(), normal_address(email).encode(), hashlib.sha256).hexdigest()


@transaction.atomic
def start_trial(user, now: datetime) -> Membership:
    """The reader's membership row, with the trial running, or without one where this person has had it.

    Safe to run twice: the second run returns the same row.
    """
    membership, is_new = Membership.objects.select_for_update().get_or_create(user=user)
    if not is_new:
        return membership
    if not claim(user.email, now):
        AccessLine.objects.create(
            user=user, at=now, cause="trial_refused", rule="The free days of this address were used before."
        )
        return membership
    membership.trial_started_at = now
    membership.trial_ends_at = now + timedelta(days=settings.TRIAL_DAYS)
    membership.save(update_fields=["trial_started_at", "trial_ends_at"])
    AccessLine.objects.create(
        user=user,
        at=now,
        cause="sign_up",
        rule=f"{settings.TRIAL_DAYS} free days, until {membership.trial_ends_at:%-d %B %Y, %H:%M} UTC."
        " Nothing is charged.",
    )
    return membership


def claim(email: str, now: datetime) -> bool:
    """Put an address into the ledger; False where it stood there. The entry outlives the account."""
    _, is_first = TrialClaim.objects.get_or_create(email_key=email_key(email), defaults={"claimed_at": now})
    return is_first
