"""Write what Stripe said, in one transaction under the customer's lease: rows, membership, access lines, letters."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from billing.findings import report
from billing.gateway.fetch import Found
from billing.gateway.snapshot import (
    Card,
    InvoiceSnapshot,
    SubscriptionSnapshot,
    credited_of,
    current_of,
    paid_until_of,
    past_due_since,
)
from billing.gateway.told import rule_of, want_letters
from billing.history import changes_between
from billing.models import (
    REFUND_FAILED,
    Customer,
    EndReason,
    Invoice,
    Membership,
    Refund,
    Status,
    Subscription,
)
from billing.record import write_line, write_turns
from billing.standing import standing_of
from billing.trial import claim_card, claim_trial_of, end_trial


def store(customer: Customer, found: Found, now: datetime) -> list[Subscription]:
    """Returns the subscriptions that are to be ended at Stripe: duplicates, second free days, those without an owner.

    Runs inside the lease's transaction. Safe to run twice: what is the same writes nothing new.
    """
    Customer.objects.filter(pk=customer.pk).update(synced_at=now, is_lost=found.is_lost)
    before = {row.stripe_id: row for row in customer.subscriptions.all()}
    to_end = {row.stripe_id for row in before.values() if row.is_to_be_wound_up}
    rows = [one for one in found.subscriptions if one.stripe_id not in to_end]
    reasons = _reasons_to_end(customer, rows, now)
    # First those that stop counting: the constraint allows one that lives.
    for one in sorted(found.subscriptions, key=lambda row: row.is_live and row.stripe_id not in reasons):
        _store_subscription(customer, one, found.invoices, before.get(one.stripe_id), reasons.get(one.stripe_id), now)
    if found.is_lost:
        _end_lost(customer, now)
    _store_invoices(customer, found)
    _store_refunds(customer, found)
    counted = [one for one in rows if reasons.get(one.stripe_id) != EndReason.DUPLICATE]
    if customer.user is not None:
        _store_membership(customer, current_of(counted), before, found, reasons, now)
    return list(customer.subscriptions.filter(is_to_be_wound_up=True))


def _reasons_to_end(customer: Customer, rows: Iterable[SubscriptionSnapshot], now: datetime) -> dict[str, EndReason]:
    """Living subscriptions that must not live, by id."""
    living = [one for one in rows if one.is_live]
    if customer.user is None:
        for one in living:
            report("charge_after_erasure", one.stripe_id, "A deleted account still had a subscription.", now)
        return {one.stripe_id: EndReason.ERASED for one in living}
    keeper = current_of(living)
    reasons = {one.stripe_id: EndReason.DUPLICATE for one in living if one is not keeper}
    for stripe_id in reasons:
        report("two_subscriptions", stripe_id, "A reader had two living subscriptions; this one is ended.", now)
    if keeper is not None and _has_free_days_again(customer, keeper, now):
        reasons[keeper.stripe_id] = EndReason.SECOND_TRIAL
    return reasons


def _has_free_days_again(customer: Customer, one: SubscriptionSnapshot, now: datetime) -> bool:
    """One trial per person: the address holds it, and no other account has used the card."""
    user = customer.user
    is_card_new = claim_card(user, one.card.fingerprint, now) if one.card and one.card.fingerprint else True
    if one.status != Status.TRIALING:
        return False
    return not (is_card_new and claim_trial_of(user, now))


def _store_subscription(
    customer: Customer,
    one: SubscriptionSnapshot,
    invoices: Iterable[InvoiceSnapshot],
    before: Subscription | None,
    reason: EndReason | None,
    now: datetime,
) -> None:
    # Of an erased account no card is kept.
    card = (one.card if customer.user_id else None) or Card("", "", "", "")
    facts = {
        "item_id": one.item_id,
        "status": one.status,
        "plan": one.plan,
        "price_cents": one.price_cents,
        "currency": one.currency,
        "began_at": one.began_at,
        "trial_ends_at": one.trial_ends_at,
        "period_ends_at": one.period_ends_at,
        "cancels_at": one.cancels_at,
        "cancel_asked_at": one.cancel_asked_at,
        "is_cancelled_at_period_end": one.is_cancelled_at_period_end,
        "ended_at": one.ended_at,
        "past_due_since": past_due_since(one, invoices),
        "schedule_id": one.schedule_id,
        "next_plan": one.next_plan,
        "discount": one.discount,
        "next_cents": one.next_cents,
        "card_brand": card.brand,
        "card_last4": card.last4,
        "card_expires": card.expires,
    }
    if reason:
        facts |= {"end_reason": reason, "is_to_be_wound_up": True}
    if one.status not in Status.values:
        report("unknown_status", one.stripe_id, f"Stripe calls a subscription {one.status[:30]!r}.", now)
    if before is None:
        Subscription.objects.create(customer=customer, stripe_id=one.stripe_id, **facts)
    else:
        Subscription.objects.filter(pk=before.pk).update(**facts)


def _end_lost(customer: Customer, now: datetime) -> None:
    """The customer was deleted at Stripe, and every subscription with it."""
    report("customer_deleted", customer.stripe_id or "", "A customer was deleted at Stripe.", now)
    living = customer.subscriptions.exclude(status__in=(Status.CANCELED, Status.INCOMPLETE_EXPIRED))
    living.update(status=Status.CANCELED, ended_at=now, cancels_at=now, is_to_be_wound_up=False)
    # A payment page that is still open is the deleted customer's: nobody can pay there.
    customer.checkout_sessions.filter(closed_at=None).update(closed_at=now)
    membership = Membership.objects.filter(user=customer.user).first() if customer.user else None
    if membership is None or membership.status in {"", Status.CANCELED}:
        return
    standing = standing_of(customer.user)
    Membership.objects.filter(pk=membership.pk).update(status=Status.CANCELED, cancels_at=now, past_due_since=None)
    _write_change(customer, standing, "The membership was deleted at Stripe.", now)


def _store_invoices(customer: Customer, found: Found) -> None:
    rows, back = {row.stripe_id: row for row in customer.subscriptions.all()}, refunded_by_invoice(found)
    for one in found.invoices:
        if one.subscription_id in rows:
            store_invoice(
                one,
                rows[one.subscription_id],
                refunded_cents=back.get(one.stripe_id, 0),
                needs_confirmation=one.stripe_id in found.to_confirm,
            )


def refunded_by_invoice(found: Found) -> dict[str, int]:
    """What stayed with the reader, by Stripe's id; 0 where every refund failed."""
    back = dict.fromkeys((one.invoice_id for one in found.refunds), 0)
    for one in found.refunds:
        back[one.invoice_id] += 0 if one.status in REFUND_FAILED else one.amount_cents
    return back


def store_invoice(
    one: InvoiceSnapshot, subscription: Subscription, *, refunded_cents: int = 0, needs_confirmation: bool = False
) -> Invoice:
    """The plan that it was for is told by its amount until it is asked for: the subscription may take another one."""
    is_its_price = one.total_cents + one.discount_cents == subscription.price_cents
    plan = {"plan": subscription.plan if is_its_price else ""}
    facts = {
        "subscription": subscription,
        "number": one.number,
        "status": one.status,
        "reason": one.reason,
        "total_cents": one.total_cents,
        "discount_cents": one.discount_cents,
        "credited_cents": credited_of(one, refunded_cents),
        "due_cents": one.due_cents if one.status == "open" else 0,
        "currency": one.currency,
        "issued_at": one.issued_at,
        "is_tried": one.is_tried,
        "needs_confirmation": needs_confirmation,
        "next_try_at": one.next_try_at,
        "page_url": one.page_url,
        "pdf_url": one.pdf_url,
    }
    invoice, _ = Invoice.objects.update_or_create(
        stripe_id=one.stripe_id,
        defaults=facts | plan if one.status == "draft" else facts,
        create_defaults=facts | plan,
    )
    return invoice


def _store_refunds(customer: Customer, found: Found) -> None:
    """Whoever gave it back. Of an invoice older than those that we keep nothing is written: it stands on no page."""
    back = refunded_by_invoice(found)
    ours = Invoice.objects.filter(subscription__customer=customer, stripe_id__in=back)
    pks = dict(ours.values_list("stripe_id", "pk")) if back else {}
    for one in found.refunds:
        if one.invoice_id not in pks:
            continue
        Refund.objects.update_or_create(
            stripe_id=one.stripe_id,
            defaults={
                "invoice_id": pks[one.invoice_id],
                "payment_id": one.payment_id,
                "amount_cents": one.amount_cents,
                "currency": one.currency,
                "status": one.status,
                "made_at": one.made_at,
            },
        )
    for stripe_id, pk in pks.items():
        Invoice.objects.filter(pk=pk).update(refunded_cents=back[stripe_id])


def _store_membership(
    customer: Customer,
    one: SubscriptionSnapshot | None,
    before: dict[str, Subscription],
    found: Found,
    reasons: dict[str, EndReason],
    now: datetime,
) -> None:
    if one is None:
        return
    membership, _ = Membership.objects.select_for_update().get_or_create(user=customer.user)
    # What time has changed until now is told first, under its own date.
    write_turns(membership.pk, now)
    standing = standing_of(customer.user)
    is_second_trial = reasons.get(one.stripe_id) == EndReason.SECOND_TRIAL
    is_same = one.stripe_id in before
    facts = {
        "status": one.status,
        "plan": one.plan,
        "paid_until": paid_until_of(one, membership.paid_until if is_same else None),
        "cancels_at": one.cancels_at,
        "past_due_since": past_due_since(one, found.invoices),
    }
    if is_second_trial:
        # It is ended in a moment and opens nothing meanwhile.
        facts |= {"status": Status.CANCELED, "paid_until": now, "cancels_at": now}
    Membership.objects.filter(pk=membership.pk).update(**facts)
    customer.user._state.fields_cache.pop("membership", None)
    _write_change(customer, standing, rule_of(one, facts["paid_until"], now), now)
    if is_second_trial:
        end_trial(customer.user, now, "The free days of this card or address were used before, with another account.")
    else:
        want_letters(customer.user, one, before.get(one.stripe_id), found, now)


def _write_change(customer: Customer, before, rule: str, now: datetime) -> None:
    """A line for the reader and for support, where what may be read depends on other facts than before."""
    customer.user._state.fields_cache.pop("membership", None)
    changes = changes_between(before, standing_of(customer.user))
    if changes:
        write_line(customer.user, "stripe", rule, now, changes)
