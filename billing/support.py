"""What staff can do about one reader's membership. Each leaves a dated line with the reason and with who did it.

The reader sees the reason in their history; who did it is for staff.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from billing import phrases
from billing.gateway import sync, wind_up
from billing.gateway.errors import NotPossible, StripeAway
from billing.history import changes_between
from billing.models import ENDED_STATUSES, EndReason, Invoice, Membership, Refund, Subscription
from billing.record import fresh_standing, write_line

LONGEST_GIFT = timedelta(days=5 * 366)


@transaction.atomic
def grant_trial(user, reason: str, actor: str, now: datetime) -> Membership:
    """Another trial from now on, also for a person who had one. A longer one that runs already is left as it is."""
    membership = _locked(user)
    before = fresh_standing(user)
    ends_at = now + timedelta(days=settings.TRIAL_DAYS)
    if membership.trial_ends_at is not None and membership.trial_ends_at > ends_at:
        raise NotPossible("The free days that run now end later than new ones would.")
    membership.trial_started_at, membership.trial_ends_at = now, ends_at
    membership.save(update_fields=["trial_started_at", "trial_ends_at"])
    rule = f"We gave you {settings.TRIAL_DAYS} more free days, until {_moment(ends_at)}. Reason: {reason}"
    _write(user, "grant_trial", rule, now, before, actor)
    return membership


@transaction.atomic
def give_membership(user, until: datetime, reason: str, actor: str, now: datetime) -> Membership:
    """Reading without payment until then; given again, the new end counts. What is paid at Stripe goes on as it is."""
    if not now < until <= now + LONGEST_GIFT:
        raise NotPossible("Choose a last day between today and five years from now.")
    membership = _locked(user)
    before = fresh_standing(user)
    membership.given_until = until
    membership.save(update_fields=["given_until"])
    rule = f"We gave you a membership until {_moment(until)}. Nothing is charged for it. Reason: {reason}"
    _write(user, "give_membership", rule, now, before, actor)
    return membership


def refund_and_cancel(user, reason: str, actor: str, now: datetime) -> int:
    """The last payment given back and the subscription ended at once; the cents given back.

    NotPossible without a subscription. StripeAway where Stripe does not answer: what was begun is ended by the next
    sync, and the line is there already.
    """
    try:
        cents = wind_up.refund_and_cancel(user, now)
    except StripeAway:
        if subscriptions_of(user).filter(end_reason=EndReason.REFUND, is_to_be_wound_up=True).exists():
            write_line(user, "support_refund", f"We are ending your membership. Reason: {reason}", now, actor=actor)
        raise
    last = subscriptions_of(user).first()
    back = f" and gave {phrases.money(cents, last.currency.upper())} back" if cents and last else ""
    write_line(user, "support_refund", f"We ended your membership{back}. Reason: {reason}", now, actor=actor)
    return cents


def sync_now(user, now: datetime) -> bool:
    """Ask Stripe about this reader. False where Stripe does not answer."""
    return sync.sync_reader(user, now)


def subscriptions_of(user) -> QuerySet[Subscription]:
    """The newest first."""
    return Subscription.objects.filter(customer__user=user)


def refunds_of(user) -> QuerySet[Refund]:
    """The newest first, with the invoices that they belong to."""
    return Refund.objects.filter(invoice__subscription__customer__user=user).select_related("invoice")


def last_payment(user) -> Invoice | None:
    """What refund_and_cancel would give back, as we know it: the newest payment for the subscription that it ends."""
    row = subscriptions_of(user).exclude(status__in=ENDED_STATUSES).first() or subscriptions_of(user).first()
    return row.invoices.filter(status="paid", total_cents__gt=0).first() if row else None


def _locked(user) -> Membership:
    membership, _ = Membership.objects.select_for_update().get_or_create(user=user)
    return membership


def _write(user, cause: str, rule: str, now: datetime, before, actor: str) -> None:
    write_line(user, cause, rule, now, changes_between(before, fresh_standing(user)), actor)


def _moment(then: datetime) -> str:
    """In UTC, because support and reader read the same line."""
    return f"{then:%-d %B %Y, %H:%M} UTC"
