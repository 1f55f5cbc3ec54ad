"""From rows to the plain facts that entitlement decides on."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings

from billing.entitlement import Rules, Standing
from billing.models import Membership


def rules() -> Rules:
    return Rules(
        verify_within=timedelta(hours=settings.VERIFY_WITHIN_HOURS),
        past_due_grace=timedelta(days=settings.PAST_DUE_GRACE_DAYS),
        trial_requires_card=settings.TRIAL_REQUIRES_CARD,
    )


def standing_of(user) -> Standing | None:
    """The facts about a user, None for a visitor and for an account that is switched off.

    `user` brings `date_joined`, `is_staff` and `has_verified_address` (accounts.models.User). Costs a query
    for the membership and one for the address, once per user instance.
    """
    if user is None or not user.is_authenticated or not user.is_active:
        return None
    # An account from the command line has no membership row: then the facts of an empty one hold.
    membership = membership_of(user) or Membership()
    return Standing(
        signed_up_at=user.date_joined,
        is_verified=not settings.MAIL_IS_CONFIGURED or user.has_verified_address,
        is_staff=user.is_staff,
        trial_ends_at=membership.trial_ends_at,
        is_trial_used=membership.is_trial_used,
        given_until=membership.given_until,
        status=membership.status,
        paid_until=membership.paid_until,
        cancels_at=membership.cancels_at,
        past_due_since=membership.past_due_since,
    )


def membership_of(user) -> Membership | None:
    """The reader's one membership row, None where sign-up made none (an account from the command line)."""
    try:
        return user.membership
    except Membership.DoesNotExist:
        return None
