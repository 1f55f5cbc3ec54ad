"""What is on offer, and one reader's facts, from the settings and the rows."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.utils import timezone

from billing.facts import Facts, Offer, make_offer
from billing.standing import membership_of, rules, standing_of

# Stripe may still charge for these: an account with one cannot simply be erased.
LIVE_STATUSES = frozenset({"trialing", "active", "past_due", "unpaid", "paused"})


def current_offer() -> Offer:
    return make_offer(
        settings.PLAN_MONTHLY_CENTS, settings.PLAN_YEARLY_CENTS, settings.PLAN_CURRENCY, settings.TRIAL_DAYS
    )


def facts_of(user, now: datetime) -> Facts:
    """The facts about a signed-in user, in the time zone that this request is answered in."""
    standing, membership = standing_of(user), membership_of(user)
    assert standing is not None
    return Facts(
        standing=standing,
        offer=current_offer(),
        now=now,
        zone=timezone.get_current_timezone(),
        plan=membership.plan if membership else "",
        trial_started_at=membership.trial_started_at if membership else None,
        rules=rules(),
    )


def has_live_subscription(user) -> bool:
    membership = membership_of(user)
    return membership is not None and membership.status in LIVE_STATUSES
