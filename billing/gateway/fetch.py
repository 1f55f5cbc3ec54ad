"""What Stripe holds about one customer, asked in three calls."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings

from billing.gateway.client import asking_stripe
from billing.gateway.errors import Missing
from billing.gateway.snapshot import (
    Card,
    InvoiceSnapshot,
    SubscriptionSnapshot,
    is_ours,
    read_card,
    read_invoice,
    read_subscription,
)

if TYPE_CHECKING:
    import stripe

INVOICES_KEPT = 24


@dataclass(frozen=True, slots=True)
class Found:
    is_lost: bool = False  # the customer was deleted at Stripe
    subscriptions: tuple[SubscriptionSnapshot, ...] = ()
    invoices: tuple[InvoiceSnapshot, ...] = ()
    to_confirm: frozenset[str] = frozenset()  # invoices whose bank asks the reader to confirm


def plans_by_lookup_key() -> dict[str, str]:
    return {key: plan for plan, key in settings.PLAN_LOOKUP_KEYS.items()}


def fetch_customer(customer_id: str, known: Iterable[str] = ()) -> Found:
    """`known` are subscriptions that are ours whatever their price says. StripeAway where it cannot be had."""
    try:
        with asking_stripe() as client:
            card = _default_card(client, customer_id)
            subscriptions = tuple(fetch_subscriptions(client, customer_id, known, card))
            invoices = tuple(_fetch_invoices(client, customer_id, {one.stripe_id for one in subscriptions}))
            to_confirm = frozenset(one.stripe_id for one in invoices if one.is_failed and _asks(client, one.stripe_id))
    except Missing:
        return Found(is_lost=True)
    return Found(False, subscriptions, invoices, to_confirm)


def fetch_subscriptions(
    client: stripe.StripeClient, customer_id: str, known: Iterable[str], card: Card | None
) -> list[SubscriptionSnapshot]:
    plans, known = plans_by_lookup_key(), set(known)
    rows = client.v1.subscriptions.list(
        {
            "customer": customer_id,
            "status": "all",
            "limit": 100,
            "expand": ["data.default_payment_method"],
        }
    )
    found = (row.to_dict() for row in rows.auto_paging_iter())
    ours = [row for row in found if is_ours(row, plans, known)]
    return [read_subscription(_with_schedule(client, row), plans, card) for row in ours]


def _with_schedule(client: stripe.StripeClient, row: dict) -> dict:
    """A subscription with its change to come. Apart: in the list it would be five levels deep, and four are allowed."""
    if not row.get("schedule"):
        return row
    schedule = client.v1.subscription_schedules.retrieve(row["schedule"], {"expand": ["phases.items.price"]})
    return {**row, "schedule": schedule.to_dict()}


def _default_card(client: stripe.StripeClient, customer_id: str) -> Card | None:
    """The card on the customer, which pays where a subscription names none. Missing where the customer is deleted."""
    customer = client.v1.customers.retrieve(customer_id, {"expand": ["invoice_settings.default_payment_method"]})
    found = customer.to_dict()
    if found.get("deleted"):
        raise Missing
    return read_card((found.get("invoice_settings") or {}).get("default_payment_method"))


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
