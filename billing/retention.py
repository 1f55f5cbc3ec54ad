"""What is kept for a time only, as the privacy page says."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q

from billing.batches import forget
from billing.models import ENDED_STATUSES, Consent, StripeEvent, Subscription
from billing.trial import forget_old_claims

YEAR = timedelta(days=365)
CONSENT_KEPT = 3 * YEAR
CONSENT_KEPT_AFTER_THE_END = YEAR
# Stripe repeats an event for days and lists it for thirty.
EVENTS_KEPT = timedelta(days=90)


def forget_old(now: datetime) -> int:
    """Safe to run twice; how many rows went."""
    return forget_old_claims(now) + forget_old_consents(now) + forget_old_events(now)


def forget_old_consents(now: datetime) -> int:
    """Three years after it was given, or one after the membership has ended, whichever is later."""
    mattered = Subscription.objects.filter(customer=OuterRef("customer")).filter(
        ~Q(status__in=ENDED_STATUSES) | Q(ended_at__gt=now - CONSENT_KEPT_AFTER_THE_END)
    )
    return Consent.objects.filter(~Exists(mattered), at__lt=now - CONSENT_KEPT).delete()[0]


def forget_old_events(now: datetime) -> int:
    return forget(StripeEvent.objects.filter(processed_at__lt=now - EVENTS_KEPT).order_by("pk"))
