"""What Stripe tells us: verified on the raw bytes, stored once, answered at once, followed up by a task.

Nothing of a payload is believed. It says whom to ask Stripe about, and only that is kept.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q

from billing.background import hand_over
from billing.findings import report
from billing.gateway import client, wind_up
from billing.gateway.errors import Missing, NotPossible, StripeAway
from billing.gateway.payments import find_payment
from billing.gateway.snapshot import known_moment
from billing.gateway.sync import sync_customer
from billing.models import Customer, EndReason, StripeEvent

logger = logging.getLogger(__name__)

# They name the payment and not whose it was.
REFUNDS = ("refund.created", "refund.updated", "refund.failed")
# Not invoice.created: whoever subscribes to it and answers late holds invoices back for days.
TYPES = (
    *("checkout.session.completed", "checkout.session.expired"),
    *("checkout.session.async_payment_succeeded", "checkout.session.async_payment_failed"),
    *("customer.subscription.created", "customer.subscription.updated", "customer.subscription.deleted"),
    *("customer.subscription.paused", "customer.subscription.resumed", "customer.subscription.trial_will_end"),
    *("customer.subscription.pending_update_applied", "customer.subscription.pending_update_expired"),
    *("customer.deleted", "customer.updated"),
    *("customer.discount.created", "customer.discount.updated", "customer.discount.deleted"),
    *("invoice.paid", "invoice.payment_failed", "invoice.payment_action_required", "invoice.finalization_failed"),
    *("invoice.upcoming", "invoice.voided", "invoice.marked_uncollectible"),
    *REFUNDS,
    *("credit_note.created", "credit_note.updated", "credit_note.voided"),
    *("charge.dispute.created", "charge.dispute.closed", "radar.early_fraud_warning.created"),
    *("payment_method.attached", "payment_method.detached", "payment_method.automatically_updated"),
)
ENDS = {"charge.dispute.created": EndReason.DISPUTE, "radar.early_fraud_warning.created": EndReason.FRAUD}
REPORTED = "A payment was disputed or reported; the membership that it paid for was ended."
REPORTED_ELSEWHERE = "A payment for nothing of this site was disputed or reported: nothing was changed here."
MOST_ATTEMPTS = 10
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=2)


class BadSignature(Exception):
    """Not Stripe's, or too old."""


class NoSecret(Exception):
    """No secret is set: then nothing can be verified, and nothing is believed."""


class BadBody(Exception):
    """Signed, and still not an event."""


def accept(body: bytes, signature: str, now: datetime) -> None:
    """Store an event once. After it returns the event is safe: whether a task takes it up or the sweep does."""
    event = verify(body, signature)
    with transaction.atomic():
        row, _ = StripeEvent.objects.get_or_create(event_id=event["id"], defaults=_facts(event, now))
        if row.processed_at is None:
            transaction.on_commit(lambda: hand_over("billing.tasks.process_stripe_event", pk=row.pk))


def verify(body: bytes, signature: str) -> dict[str, Any]:
    """The event as a plain dictionary. One of the secrets must have signed it within the last five minutes."""
    import stripe  # late, as client.py says

    if not settings.STRIPE_WEBHOOK_SECRETS:
        raise NoSecret
    for secret in settings.STRIPE_WEBHOOK_SECRETS:
        try:
            found = stripe.Webhook.construct_event(body, signature, secret)
        except stripe.SignatureVerificationError:
            continue
        except (ValueError, TypeError, AttributeError, RecursionError) as error:
            raise BadBody from error
        event = found.to_dict()
        if not isinstance(event.get("id"), str) or not isinstance(event.get("type"), str):
            raise BadBody
        return event
    raise BadSignature


def _facts(event: dict[str, Any], now: datetime) -> dict[str, Any]:
    found = (event.get("data") or {}).get("object") or {}
    is_customer = found.get("object") == "customer"
    return {
        "type": event["type"][:80],
        "customer_stripe_id": _text(found.get("id") if is_customer else found.get("customer"))[:64],
        # A report of fraud may name the charge alone.
        "object_id": _text(found.get("payment_intent") or found.get("charge") or found.get("id"))[:128],
        "is_live": bool(event.get("livemode")),
        "created_at": known_moment(event.get("created") or 0),
        "received_at": now,
        "next_try_at": now,
    }


def _text(found: object) -> str:
    return found if isinstance(found, str) else str((found or {}).get("id", "")) if isinstance(found, dict) else ""


def process(pk: int, now: datetime) -> None:
    """Follow one event up, once; a failure is counted and tried again later, and after ten tries laid aside."""
    row = _take(pk, now)
    if row is None:
        return
    try:
        outcome = follow_up(row, now)
    except (StripeAway, Missing, NotPossible) as error:
        _failed(row, type(error).__name__, now)
        return
    except Exception as error:  # whatever it is, the other events must go on
        logger.exception("event failed event=%s type=%s", row.event_id, row.type)
        _failed(row, type(error).__name__, now)
        return
    StripeEvent.objects.filter(pk=row.pk).update(processed_at=now, outcome=outcome, next_try_at=None, last_error="")


def _take(pk: int, now: datetime) -> StripeEvent | None:
    """Count the attempt before it is made: an event that kills its worker is laid aside too."""
    pause = FIRST_PAUSE
    is_due = Q(next_try_at=None) | Q(next_try_at__lte=now)
    taken = StripeEvent.objects.filter(is_due, pk=pk, processed_at=None).update(
        attempts=F("attempts") + 1, next_try_at=now + pause
    )
    return StripeEvent.objects.get(pk=pk) if taken else None


def follow_up(row: StripeEvent, now: datetime) -> str:
    if row.type not in TYPES:
        return StripeEvent.Outcome.IGNORED
    if row.is_live != client.is_live():
        report("wrong_mode", row.event_id, "An event of the other mode (test or live) came in.", now)
        return StripeEvent.Outcome.IGNORED
    if row.type in ENDS:
        is_ours = wind_up.end_for(row.object_id, ENDS[row.type], now)
        report(ENDS[row.type], row.object_id, REPORTED if is_ours else REPORTED_ELSEWHERE, now)
        return StripeEvent.Outcome.DONE if is_ours else StripeEvent.Outcome.UNMATCHED
    customer_id = row.customer_stripe_id
    if not customer_id and row.type in REFUNDS:
        paid = find_payment(row.object_id)
        customer_id = paid.customer_id if paid else ""
    if not customer_id:
        return StripeEvent.Outcome.IGNORED
    customer = Customer.objects.filter(stripe_id=customer_id).first()
    if customer is None:
        report("unknown_customer", customer_id, "Stripe speaks of a customer that is not ours.", now)
        return StripeEvent.Outcome.UNMATCHED
    sync_customer(customer.pk, now)
    return StripeEvent.Outcome.DONE


def _failed(row: StripeEvent, kind: str, now: datetime) -> None:
    """Nothing where another worker, which had taken it up before and was slow, has followed it up meanwhile."""
    waiting = StripeEvent.objects.filter(pk=row.pk, processed_at=None)
    if row.attempts < MOST_ATTEMPTS:
        pause = min(FIRST_PAUSE * 2 ** (row.attempts - 1), LONGEST_PAUSE)
        waiting.update(last_error=kind, next_try_at=now + pause)
    elif waiting.update(processed_at=now, outcome=StripeEvent.Outcome.PARKED, last_error=kind, next_try_at=None):
        report("event_parked", row.event_id, f"An event failed {row.attempts} times and was laid aside.", now)


def sweep(now: datetime, limit: int = 200) -> int:
    """Take up what no task has followed up; how many were tried."""
    due = StripeEvent.objects.filter(processed_at=None, next_try_at__lte=now).order_by("next_try_at")
    pks = list(due.values_list("pk", flat=True)[:limit])
    for pk in pks:
        process(pk, now)
    return len(pks)
