"""Which invoice a payment was for, and what went back of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from billing.gateway.client import asking_stripe
from billing.gateway.errors import Missing, StripeAway
from billing.gateway.snapshot import InvoiceSnapshot, RefundSnapshot, read_invoice, read_refund
from billing.models import Invoice, Refund

if TYPE_CHECKING:
    import stripe

CHARGES_KEPT = 100
LOOK_BACK = timedelta(days=30)  # a refund may fail weeks after it was made
# An account at Stripe may sell other things too, whose refunds are nobody's here: so many are looked up in a night.
MOST_LOOKED_UP = 200


@dataclass(frozen=True, slots=True)
class Payment:
    """One payment by Stripe's ids, and the invoice that it was for."""

    payment_id: str
    customer_id: str
    invoice: InvoiceSnapshot


def find_payment(named: str) -> Payment | None:
    """`named` is what an event names: a payment intent, or a charge. None where it was for no invoice."""
    try:
        with asking_stripe() as client:
            return _find(client, _intent_of(client, named))
    except Missing:
        return None


def fetch_refunds(customer_id: str, known: Iterable[str]) -> list[RefundSnapshot]:
    """What went back of the customer's newest payments. StripeAway where it cannot be had, or where a part is missing.

    `known` are payments of which something went back when they were looked at last: a refund may fail afterwards, and
    its charge then says that nothing went back.
    """
    known = set(known)
    try:
        with asking_stripe() as client:
            charges = client.v1.charges.list({"customer": customer_id, "limit": CHARGES_KEPT}).data
            intents = [
                intent
                for row in charges
                if (intent := str(row.payment_intent or "")) and (row.amount_refunded or intent in known)
            ]
            return [refund for intent in dict.fromkeys(intents) for refund in _refunds_of(client, intent)]
    except Missing as error:
        # Whoever asks takes Missing for a customer that Stripe does not know.
        raise StripeAway from error


def fetch_untold(now: datetime) -> set[str]:
    """Customers of whose payments something went back in the last days that our rows do not have, or have otherwise."""
    with asking_stripe() as client:
        since = {"gte": int((now - LOOK_BACK).timestamp())}
        rows = client.v1.refunds.list({"created": since, "limit": 100}).auto_paging_iter()
        # The newest first.
        there = {str(row.id): (str(row.status), str(row.payment_intent or "")) for row in rows}
    here = dict(Refund.objects.filter(made_at__gte=now - LOOK_BACK).values_list("stripe_id", "status"))
    odd = dict.fromkeys(intent for refund_id, (status, intent) in there.items() if here.get(refund_id) != status)
    found = [find_payment(intent) for intent in list(odd)[:MOST_LOOKED_UP]]
    # Of invoices that we keep, and of no others.
    invoices = [paid.invoice.stripe_id for paid in found if paid is not None]
    ours = Invoice.objects.filter(stripe_id__in=invoices).values_list("subscription__customer__stripe_id", flat=True)
    return set(ours) if invoices else set()


def _refunds_of(client: stripe.StripeClient, intent_id: str) -> list[RefundSnapshot]:
    paid = _find(client, intent_id)
    if paid is None:
        return []
    return [read_refund(row, intent_id, paid.invoice.stripe_id) for row in refunds_of(client, intent_id)]


def refunds_of(client: stripe.StripeClient, intent_id: str) -> list[dict[str, Any]]:
    """What went back of a payment, whoever gave it, as Stripe says it."""
    return [row.to_dict() for row in client.v1.refunds.list({"payment_intent": intent_id, "limit": 100}).data]


def _intent_of(client: stripe.StripeClient, named: str) -> str:
    """Empty where a charge belongs to no payment intent; an invoice is always paid by one."""
    if named.startswith("pi_"):
        return named
    if named.startswith(("ch_", "py_")):
        return str(client.v1.charges.retrieve(named).payment_intent or "")
    return ""


def _find(client: stripe.StripeClient, intent_id: str) -> Payment | None:
    if not intent_id:
        return None
    payment = {"type": "payment_intent", "payment_intent": intent_id}
    rows = client.v1.invoice_payments.list({"payment": payment, "expand": ["data.invoice"], "limit": 1}).data
    invoice = (rows[0].to_dict().get("invoice") or {}) if rows else {}
    return Payment(intent_id, invoice.get("customer") or "", read_invoice(invoice)) if invoice else None
