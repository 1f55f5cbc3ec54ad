"""Ask Stripe, then write: the only writer of what a reader has paid for.

Webhooks, the return from Checkout, our own buttons, staff and the nightly comparison all come here. The answer is
fetched while the customer's lease is held and written while it is still held, so the last one to write has always
seen the newest state, and the order in which events arrive does not matter.
"""

from __future__ import annotations

import logging
from datetime import datetime

from billing.findings import report
from billing.gateway import wind_up
from billing.gateway.customers import tell_address
from billing.gateway.errors import StripeAway
from billing.gateway.fetch import Found, fetch_customer
from billing.gateway.lease import Lease, lease_of
from billing.gateway.store import store
from billing.models import ENDED_STATUSES, Customer, Refund

logger = logging.getLogger(__name__)

# Each round may find one more thing to end at Stripe; what is left after these is the next sync's affair.
MOST_ROUNDS = 4


def sync_customer(customer_pk: int, now: datetime) -> None:
    """StripeAway where Stripe or the lease cannot be had: nothing was written."""
    with lease_of(customer_pk) as lease:
        sync_leased(lease, now)


def try_sync(customer_pk: int, now: datetime) -> bool:
    """False where Stripe does not answer: the nightly comparison makes up for it."""
    try:
        sync_customer(customer_pk, now)
    except StripeAway:
        return False
    return True


def sync_leased(lease: Lease, now: datetime) -> None:
    """For callers that hold the lease already."""
    for _ in range(MOST_ROUNDS):
        customer = lease.customer()
        if not customer.stripe_id:
            return
        known = customer.subscriptions.values_list("stripe_id", flat=True)
        refunded = Refund.objects.filter(invoice__subscription__customer=customer).values_list("payment_id", flat=True)
        found = fetch_customer(customer.stripe_id, known, refunded)
        if found.is_unknown:
            keep_who_has_paid(customer, now)
            found = Found(is_lost=True)
        with lease.writing() as customer:
            to_end = store(customer, found, now)
        if not to_end:
            tell_address(lease)
            return
        for subscription in to_end:
            wind_up.wind_up(lease, subscription, now)


def keep_who_has_paid(customer: Customer, now: datetime) -> None:
    """StripeAway while something that was paid for runs: with the key of another account nobody is known at Stripe, and
    one night under it must not shut every member out.
    """
    living = customer.subscriptions.exclude(status__in=ENDED_STATUSES)
    if living.filter(period_ends_at__gt=now).exists():
        text = "Stripe does not know a customer who pays: the key may be another account's. Nobody was shut out."
        report("customers_unknown", "STRIPE_SECRET_KEY", text, now)
        raise StripeAway("the customer is not known there")


def sync_reader(user, now: datetime) -> bool:
    """False where Stripe does not answer; a reader who never was at Stripe is in order as it is."""
    customer = Customer.objects.filter(user=user).first()
    if customer is None or not customer.stripe_id:
        return True
    if not try_sync(customer.pk, now):
        return False
    forget_membership(user)
    return True


def forget_membership(user) -> None:
    """The row that this request's user brought along was read before the sync."""
    user._state.fields_cache.pop("membership", None)
