"""What Stripe holds about one customer, asked in three calls; one more where something was paid, one for a discount."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from django.conf import settings

from billing.gateway.client import asking_stripe
from billing.gateway.errors import Missing
from billing.gateway.payments import fetch_refunds
from billing.gateway.snapshot import (
    InvoiceSnapshot,
    RefundSnapshot,
    SubscriptionSnapshot,
    is_ours,
    read_card,
    read_invoice,
    read_subscription,
)

if TYPE_CHECKING:
    import stripe

logger = logging.getLogger(__name__)

INVOICES_KEPT = 24


@dataclass(frozen=True, slots=True)
class Found:
    is_lost: bool = False  # the customer was deleted at Stripe
    is_unknown: bool = False  # Stripe has no such customer, not even a deleted one: the key may be another account's
    subscriptions: tuple[SubscriptionSnapshot, ...] = ()
    invoices: tuple[InvoiceSnapshot, ...] = ()
    to_confirm: frozenset[str] = frozenset()  # invoices whose bank asks the reader to confirm
    refunds: tuple[RefundSnapshot, ...] = ()


def plans_by_lookup_key() -> dict[str, str]:
    return {key: plan for plan, key in settings.PLAN_LOOKUP_KEYS.items()}


def fetch_customer(customer_id: str, known: Iterable[str] = (), refunded: Iterable[str] = ()) -> Found:
    """`known` are subscriptions that are ours whatever their price says, `refunded` payments of which something went
    back before. StripeAway where it cannot be had.
    """
    try:
        with asking_stripe() as client:
            customer = _fetch(client, customer_id)
            if customer.get("deleted"):
                return Found(is_lost=True)
            subscriptions = tuple(fetch_subscriptions(client, customer_id, known, customer))
            invoices = tuple(_fetch_invoices(client, customer_id, {one.stripe_id for one in subscriptions}))
            to_confirm = frozenset(one.stripe_id for one in invoices if one.is_failed and _asks(client, one.stripe_id))
            has_paid = any(one.status == "paid" and one.total_cents > 0 for one in invoices)
            refunds = tuple(fetch_refunds(customer_id, refunded)) if has_paid else ()
    except Missing:
        return Found(is_unknown=True)
    return Found(subscriptions=subscriptions, invoices=invoices, to_confirm=to_confirm, refunds=refunds)


def fetch_subscriptions(
    client: stripe.StripeClient, customer_id: str, known: Iterable[str], customer: dict[str, Any]
) -> list[SubscriptionSnapshot]:
    """`customer` is the customer's own object: its card pays where a subscription names none, its discount counts too.

    One more call for each subscription that runs with a discount.
    """
    plans, known = plans_by_lookup_key(), set(known)
    card = read_card((customer.get("invoice_settings") or {}).get("default_payment_method"))
    rows = client.v1.subscriptions.list(
        {
            "customer": customer_id,
            "status": "all",
            "limit": 100,
            "expand": ["data.default_payment_method", "data.discounts.source.coupon"],
        }
    )
    found = (row.to_dict() for row in rows.auto_paging_iter())
    ours = [row for row in found if is_ours(row, plans, known)]
    discount = customer.get("discount")
    read = (read_subscription(_with_schedule(client, row), plans, card, discount) for row in ours)
    return [_with_next_payment(client, one) for one in read]


def _with_next_payment(client: stripe.StripeClient, one: SubscriptionSnapshot) -> SubscriptionSnapshot:
    """With what the next invoice will say: how long a discount lasts and what it holds for is Stripe's to work out."""
    import stripe  # late, as client.py says

    if not one.discount or one.status not in {"active", "trialing"} or one.cancels_at is not None:
        return one
    try:
        found = client.v1.invoices.create_preview({"subscription": one.stripe_id})
    except stripe.InvalidRequestError as error:
        # None comes. The pages then name the discount and no amount.
        logger.warning("no next invoice subscription=%s code=%s", one.stripe_id, error.code)
        return one
    return replace(one, next_cents=found.amount_due)


def _with_schedule(client: stripe.StripeClient, row: dict) -> dict:
    """A subscription with its change to come. Apart: in the list it would be five levels deep, and four are allowed."""
    if not row.get("schedule"):
        return row
    schedule = client.v1.subscription_schedules.retrieve(row["schedule"], {"expand": ["phases.items.price"]})
    return {**row, "schedule": schedule.to_dict()}


def _fetch(client: stripe.StripeClient, customer_id: str) -> dict[str, Any]:
    """The customer with card and discount; of one that was deleted little more than that."""
    wanted = ["invoice_settings.default_payment_method", "discount.source.coupon"]
    return client.v1.customers.retrieve(customer_id, {"expand": wanted}).to_dict()


def _fetch_invoices(client: stripe.StripeClient, customer_id: str, ours: set[str]) -> list[InvoiceSnapshot]:
    """The newest ones, without drafts: a draft may still change and has no number."""
    rows = client.v1.invoices.list({"customer": customer_id, "limit": INVOICES_KEPT})
    found = (read_invoice(row.to_dict()) for row in rows.data)
    return [one for one in found if one.subscription_id in ours and one.status != "draft"]


def _asks(client: stripe.StripeClient, invoice_id: str) -> bool:
    """Whether the bank wants the reader to confirm the payment (3-D Secure)."""
    rows = client.v1.invoice_payments.list({"invoice": invoice_id, "expand": ["data.payment.payment_intent"]})
    intents = [(row.to_dict().get("payment") or {}).get("payment_intent") for row in rows.data]
    return any(isinstance(one, dict) and one.get("status") == "requires_action" for one in intents)
