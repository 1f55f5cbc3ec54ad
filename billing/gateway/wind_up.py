"""End subscriptions at Stripe, drop what is unpaid and give back what was paid.

What is to be done stands in the row (`is_to_be_wound_up`, `end_reason`) before it is begun, and each step may be done
again: a process that dies half way leaves the rest to the next sync.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from billing.gateway.client import asking_stripe
from billing.gateway.errors import NotPossible, StripeAway
from billing.gateway.lease import Lease, lease_of
from billing.gateway.payments import find_payment, refunds_of
from billing.gateway.snapshot import ENDED, InvoiceSnapshot
from billing.gateway.store import store_invoice
from billing.gateway.told import WOUND_UP_LETTERS
from billing.models import ENDED_STATUSES, REFUND_FAILED, Customer, EndReason, Invoice, Subscription
from billing.notices import want_letter
from billing.record import write_line

if TYPE_CHECKING:
    import stripe

OURS = "invoice"  # in the metadata of a refund: we made it
# A duplicate was never wanted, so all of it goes back; a refund by staff is of the period that runs. What the card's
# owner reported goes back whatever else the subscription is ended for: that payment, and no other.
GIVES_ALL_BACK = {EndReason.DUPLICATE, EndReason.SECOND_TRIAL}


def wind_up(lease: Lease, row: Subscription, now: datetime) -> int:
    """Do at Stripe what the row asks for; returns the cents given back. StripeAway: it goes on at the next sync."""
    with asking_stripe() as client:
        end_at_stripe(client, row.stripe_id)
        invoices = list(client.v1.invoices.list({"subscription": row.stripe_id, "limit": 100}).auto_paging_iter())
        paid = [str(one.id) for one in invoices if one.status == "paid" and one.total > 0]
        reported = dict(row.invoices.exclude(reported_payment="").values_list("stripe_id", "reported_payment"))
        whole = _to_give_back(paid, EndReason(row.end_reason))
        back = {one: give_back(client, one, reported[one]) for one in reported if one not in whole}
        back |= {one: give_back(client, one) for one in whole}
    cents = sum(back.values())
    with lease.writing() as customer:
        for invoice_id, amount in back.items():
            # Less than it knows where a part went back by hand before; the next sync counts both.
            Invoice.objects.filter(stripe_id=invoice_id, refunded_cents__lt=amount).update(refunded_cents=amount)
        is_first = Subscription.objects.filter(pk=row.pk, is_to_be_wound_up=True).update(
            is_to_be_wound_up=False, status="canceled", ended_at=now, cancels_at=now
        )
        if is_first and customer.user is not None:
            _tell(customer.user, row, cents, bool(reported), now)
    return cents


def end_at_stripe(client: stripe.StripeClient, subscription_id: str) -> None:
    """Ended at once, with nothing left that could be charged later. Safe to run again."""
    found = client.v1.subscriptions.retrieve(subscription_id)
    if found.status not in ENDED:
        if found.schedule:
            client.v1.subscription_schedules.release(str(found.schedule))
        client.v1.subscriptions.cancel(subscription_id, {"invoice_now": False, "prorate": False})
    for invoice in client.v1.invoices.list({"subscription": subscription_id, "status": "open", "limit": 100}).data:
        # Retries go on after the end of a subscription (billing by surprise); a void invoice is never tried.
        client.v1.invoices.void_invoice(str(invoice.id))


def _to_give_back(paid: list[str], reason: EndReason) -> list[str]:
    if reason in GIVES_ALL_BACK:
        return paid
    return paid[:1] if reason == EndReason.REFUND else []  # newest first


def give_back(client: stripe.StripeClient, invoice_id: str, only: str = "") -> int:
    """Refund what is left of the payments for an invoice, or of one of them; the cents that we gave back.

    What an earlier try of ours gave is among them, what went back by hand at Stripe is not: its reader knows of it.
    0 for a payment that the bank has taken back itself.
    """
    import stripe  # late, as client.py says

    cents = 0
    for row in client.v1.invoice_payments.list({"invoice": invoice_id, "status": "paid", "limit": 100}).data:
        payment = row.to_dict()
        intent = (payment.get("payment") or {}).get("payment_intent")
        amount = payment.get("amount_paid") or 0
        if not intent or not amount or only not in {"", intent}:
            continue
        try:
            client.v1.refunds.create(
                {"payment_intent": intent, "metadata": {OURS: invoice_id}},
                {"idempotency_key": f"refund:{intent}:{amount}"},
            )
        except stripe.InvalidRequestError as error:
            if error.code == "charge_disputed":
                continue
            if error.code != "charge_already_refunded":
                raise
        cents += _given_by_us(client, intent)
    return cents


def _given_by_us(client: stripe.StripeClient, intent: str) -> int:
    rows = refunds_of(client, intent)
    ours = (row for row in rows if OURS in (row.get("metadata") or {}) and row.get("status") not in REFUND_FAILED)
    return sum(row["amount"] for row in ours)


def _tell(user, row: Subscription, cents: int, is_reported: bool, now: datetime) -> None:
    kind = WOUND_UP_LETTERS.get(EndReason(row.end_reason))
    if kind:
        facts = {"amount_cents": cents, "currency": row.currency, "plan": row.plan, "subscription": row.stripe_id}
        want_letter(user, kind, row.stripe_id, now, facts)
    if is_reported:
        # The subscription may have ended long ago, for another reason, and that was told then.
        if cents:
            write_line(user, "refund", "The card's owner reported a payment: it was given back.", now)
    elif row.end_reason == EndReason.DUPLICATE:
        write_line(user, "duplicate", "A second membership was ended and what was paid for it given back.", now)
    elif row.end_reason == EndReason.DISPUTE:
        write_line(user, "dispute", "Your bank disputed the payment, so the membership was ended.", now)


def refund_and_cancel(user, now: datetime) -> int:
    """Staff's one action for both; returns the cents given back. NotPossible without a subscription."""
    from billing.gateway.sync import sync_leased

    customer = Customer.objects.filter(user=user).first()
    if customer is None or not customer.stripe_id:
        raise NotPossible("This reader has never paid.")
    with lease_of(customer.pk) as lease:
        sync_leased(lease, now)
        row = customer.subscriptions.exclude(status__in=ENDED_STATUSES).first() or customer.subscriptions.first()
        if row is None:
            raise NotPossible("This reader has no subscription.")
        with lease.writing():
            _mark(row, EndReason.REFUND)
        cents = wind_up(lease, row, now)
        sync_leased(lease, now)
    return cents


def _mark(row: Subscription, reason: EndReason) -> None:
    """Write down what is to be done before it is begun."""
    row.end_reason, row.is_to_be_wound_up = reason, True
    row.save(update_fields=["end_reason", "is_to_be_wound_up"])


def end_for(named: str, reason: EndReason, now: datetime) -> bool:
    """A dispute or a report of fraud: end the subscription that the payment was for. False where it is not ours.

    `named` is the payment intent or the charge that the event names. A subscription that has ended is not ended again,
    and what its reader has taken since goes on; a payment that the card's owner reported is given back all the same.
    """
    from billing.gateway.sync import sync_leased

    paid = find_payment(named)
    customer = Customer.objects.filter(stripe_id=paid.customer_id).first() if paid and paid.customer_id else None
    if paid is None or customer is None:
        return False
    with lease_of(customer.pk) as lease:
        sync_leased(lease, now)
        with lease.writing():
            row = customer.subscriptions.filter(stripe_id=paid.invoice.subscription_id).first()
            if row is not None:
                _mark_for(row, reason, paid.payment_id, paid.invoice)
        sync_leased(lease, now)
    return row is not None


def _mark_for(row: Subscription, reason: EndReason, payment_id: str, invoice: InvoiceSnapshot) -> None:
    """What a report asks for, once; a subscription that is ended for another reason keeps it."""
    if reason == EndReason.FRAUD:
        # It may be older than the invoices that a sync keeps.
        kept = Invoice.objects.filter(stripe_id=invoice.stripe_id).first() or store_invoice(invoice, row)
        if kept.reported_payment != payment_id:
            Invoice.objects.filter(pk=kept.pk).update(reported_payment=payment_id)
            _mark(row, EndReason(row.end_reason) or reason)
    elif row.end_reason == EndReason.NONE and row.status not in ENDED_STATUSES:
        _mark(row, reason)


def end_everything(user, now: datetime) -> None:
    """Before an account is erased: every living subscription at Stripe is ended, and Stripe has confirmed it.

    StripeAway where it has not.
    """
    from billing.gateway.sync import sync_leased

    customer = Customer.objects.filter(user=user).first()
    if customer is None or not customer.stripe_id or customer.is_lost:
        return
    with lease_of(customer.pk) as lease:
        expire_open_checkout(lease, now)
        sync_leased(lease, now)
        rows = customer.subscriptions.exclude(status__in=ENDED_STATUSES)
        with lease.writing():
            rows.update(end_reason=EndReason.ERASED, is_to_be_wound_up=True)
        sync_leased(lease, now)
        if customer.subscriptions.exclude(status__in=ENDED_STATUSES).exists():
            raise StripeAway("a subscription still lives")


def expire_open_checkout(lease: Lease, now: datetime) -> None:
    """A payment page that is still open could begin a subscription afterwards."""
    customer = lease.customer()
    for session in customer.checkout_sessions.filter(closed_at=None):
        if session.stripe_id:
            with asking_stripe() as client:
                if client.v1.checkout.sessions.retrieve(session.stripe_id).status == "open":
                    client.v1.checkout.sessions.expire(session.stripe_id)
        with lease.writing() as held:
            held.checkout_sessions.filter(pk=session.pk).update(closed_at=now)
