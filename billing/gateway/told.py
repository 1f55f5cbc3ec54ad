"""What a change at Stripe is called in the reader's history, and which letters it asks for."""

from __future__ import annotations

from datetime import datetime

from billing.gateway.fetch import Found
from billing.gateway.snapshot import SubscriptionSnapshot
from billing.models import EndReason, Subscription
from billing.notices import want_letter

RUNNING = {"trialing", "active"}


def rule_of(one: SubscriptionSnapshot, paid_until: datetime | None, now: datetime) -> str:
    """One sentence; dates in UTC, because support and reader read the same line."""
    until = f"{paid_until:%-d %B %Y, %H:%M} UTC" if paid_until else "an unknown date"
    match one.status:
        case "trialing" | "active" if one.cancels_at:
            return f"Membership cancelled: reading goes on until {one.cancels_at:%-d %B %Y, %H:%M} UTC."
        case "trialing":
            return f"Membership begun within the free days: the first payment is on {until}."
        case "active":
            return f"Membership running: paid until {until}."
        case "past_due":
            return "A payment did not go through: reading goes on for the days of grace."
        case "unpaid":
            return "Several payments did not go through: reading has stopped."
        case "paused":
            return "Membership paused: reading has stopped, nothing is charged."
        case "incomplete" | "incomplete_expired":
            return "The first payment was not confirmed: the membership has not begun."
        case "canceled":
            return "Membership ended."
        case _:
            return "The membership is in a state that we do not know: only what was paid for is open."


def want_letters(user, one: SubscriptionSnapshot, before: Subscription | None, found: Found, now: datetime) -> None:
    """Ask for each letter that the change calls for; a row each makes them go once, whoever saw the change first."""
    facts = letter_facts(one)
    if one.status in RUNNING and not one.cancels_at:
        want_letter(user, "welcome", one.stripe_id, now, facts)
    for invoice in found.invoices:
        if invoice.subscription_id == one.stripe_id and invoice.is_failed and one.status == "past_due":
            kind = "card_confirmation" if invoice.stripe_id in found.to_confirm else "payment_failed"
            due = {
                "amount_cents": invoice.due_cents,
                "currency": invoice.currency,
                "next_try_at": invoice.next_try_at.isoformat() if invoice.next_try_at else None,
            }
            want_letter(user, kind, invoice.stripe_id, now, {**facts, **due})
    if one.status in RUNNING and one.cancels_at and one.cancel_asked_at:
        want_letter(user, "cancelled", asked_about(one.stripe_id, one.cancel_asked_at), now, facts)
    was_cancelled = before is not None and before.cancels_at is not None and before.cancel_asked_at is not None
    if one.status in RUNNING and not one.cancels_at and was_cancelled:
        want_letter(user, "kept", asked_about(one.stripe_id, before.cancel_asked_at), now, facts)
    was_living = before is not None and before.status not in {"canceled", "incomplete_expired", "incomplete"}
    if one.status == "canceled" and was_living and not was_cancelled and not before.end_reason:
        want_letter(user, "ended", one.stripe_id, now, facts)


def asked_about(subscription_id: str, asked_at: datetime) -> str:
    """One cancellation: a subscription may be cancelled, kept and cancelled again."""
    return f"{subscription_id}:{int(asked_at.timestamp())}"


def letter_facts(one: SubscriptionSnapshot) -> dict:
    """What a letter says of the subscription, as JSON."""
    return {
        "subscription": one.stripe_id,
        "plan": one.plan,
        "amount_cents": one.price_cents,
        "next_cents": one.next_cents,
        "discount": one.discount,
        "currency": one.currency,
        "card_last4": one.card.last4 if one.card else "",
        "status": one.status,
        "charge_at": one.period_ends_at.isoformat() if one.period_ends_at else None,
        "ends_at": one.cancels_at.isoformat() if one.cancels_at else None,
    }


WOUND_UP_LETTERS = {
    EndReason.DUPLICATE: "duplicate_refunded",
    EndReason.SECOND_TRIAL: "second_trial",
    EndReason.REFUND: "refunded",
    EndReason.FRAUD: "refunded",
    EndReason.DISPUTE: "disputed",
}
