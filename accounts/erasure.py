"""The end of an account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from accounts.models import User
from accounts.sessions import end_all_sessions
from billing import phrases
from billing.gateway import client
from billing.gateway.errors import StripeAway
from billing.gateway.wind_up import end_everything
from billing.models import ENDED_STATUSES, CardClaim, CheckoutSession, Customer, Invoice, Subscription
from billing.trial import keep_claims


class Refusal(Enum):
    """Why an account is not erased, in words for its owner."""

    STRIPE = (
        "Stripe, which handles our payments, did not confirm that your membership has ended, so the account was kept:"
        " nothing was deleted, nothing is charged meanwhile beyond your plan."
        " Try again in some minutes, or write to us."
    )
    STAFF = "Accounts of people who work here are closed by an operator, so that the log keeps its names."


@dataclass(frozen=True, slots=True)
class Farewell:
    """What the page says before it is done."""

    refusal: Refusal | None
    has_membership: bool  # one lives at Stripe and is ended first
    was_at_stripe: bool  # Stripe has a customer of this reader
    has_invoices: bool
    has_card: bool  # the ledger knows a card
    ledger_years: str  # "three years"


def farewell_of(user: User, reason: Refusal | None = None) -> Farewell:
    return Farewell(
        refusal=reason or refusal(user),
        has_membership=living_of(user).exists(),
        was_at_stripe=Customer.objects.filter(user=user).exclude(stripe_id=None).exists(),
        has_invoices=Invoice.objects.filter(subscription__customer__user=user).exists(),
        has_card=CardClaim.objects.filter(user=user).exists(),
        ledger_years=years_in_words(settings.TRIAL_LEDGER_YEARS),
    )


def years_in_words(count: int) -> str:
    return f"{phrases.number(count)} year{'' if count == 1 else 's'}"


def refusal(user: User) -> Refusal | None:
    return Refusal.STAFF if user.is_staff else None


def living_of(user: User) -> QuerySet[Subscription]:
    return Subscription.objects.filter(customer__user=user).exclude(status__in=ENDED_STATUSES)


def erase(user: User, now: datetime) -> Refusal | None:
    """First every subscription ends at Stripe, then everything that hangs on the account goes. None when it is done.

    What stays: keyed hashes of the address and the card, and where the reader was at Stripe the number of the customer,
    the subscriptions, invoices and consents, without a name.
    """
    if reason := refusal(user):
        return reason
    try:
        with client.among_few():
            end_everything(user, now)
    except StripeAway:
        return Refusal.STRIPE
    return _erase_rows(user, now)


@transaction.atomic
def _erase_rows(user: User, now: datetime) -> Refusal | None:
    user = User.objects.select_for_update().get(pk=user.pk)
    if reason := refusal(user):
        return reason
    # Locked, so that no sync writes a subscription and no payment page is opened between this look and the end.
    customer = Customer.objects.select_for_update().filter(user=user).first()
    if living_of(user).exists() or CheckoutSession.objects.filter(customer=customer, closed_at=None).exists():
        return Refusal.STRIPE
    keep_claims(user, now)
    if customer is not None:
        _forget_person(customer, now)
    end_all_sessions(user)
    user.delete()
    return None


def _forget_person(customer: Customer, now: datetime) -> None:
    customer.email, customer.erased_at = "", now
    customer.save(update_fields=["email", "erased_at"])
    customer.consents.update(ip=None, user_agent="")
    customer.subscriptions.update(card_brand="", card_last4="", card_expires="")
