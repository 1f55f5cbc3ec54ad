"""The end of an account."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

from django.db import transaction

from accounts.models import User
from accounts.sessions import end_all_sessions
from billing.plans import has_live_subscription
from billing.trial import claim


class Refusal(Enum):
    """Why an account is not erased, in one sentence for its owner."""

    SUBSCRIBED = (
        "A membership that may still be charged belongs to this account, and we cannot end it from this page yet."
        " Write to us, and we end both on the same day."
    )
    STAFF = "Accounts of people who work here are closed by an operator, so that the log keeps its names."


def refusal(user: User) -> Refusal | None:
    if user.is_staff:
        return Refusal.STAFF
    return Refusal.SUBSCRIBED if has_live_subscription(user) else None


@transaction.atomic
def erase(user: User, now: datetime) -> Refusal | None:
    """Everything that hangs on the account goes with it; the keyed hash of the address stays. None when it is done."""
    user = User.objects.select_for_update().get(pk=user.pk)
    if reason := refusal(user):
        return reason
    claim(user.email, now)  # the first address is in the ledger; this is the one in use now
    end_all_sessions(user)
    user.delete()
    return None
