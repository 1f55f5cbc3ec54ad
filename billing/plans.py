"""What is on offer, and one reader's facts, from the settings and the rows."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.conf import settings
from django.utils import timezone

from billing.facts import Facts, InvoiceFacts, Offer, RefundFacts, SubscriptionFacts, make_offer
from billing.models import ENDED_STATUSES, REFUND_FAILED, Invoice, Refund, Subscription
from billing.standing import membership_of, rules, standing_of

INVOICES_KNOWN = 24
PAID_FOR = "paid_for"  # in a session: the page whose wall led to the plans


def current_offer() -> Offer:
    return make_offer(
        settings.PLAN_MONTHLY_CENTS,
        settings.PLAN_YEARLY_CENTS,
        settings.PLAN_CURRENCY,
        settings.TRIAL_DAYS,
        needs_card=settings.TRIAL_REQUIRES_CARD,
    )


def plan_cents(plan: str) -> int:
    """What a plan costs now. KeyError for a word that is no plan."""
    return {"monthly": settings.PLAN_MONTHLY_CENTS, "yearly": settings.PLAN_YEARLY_CENTS}[plan]


def facts_of(user, now: datetime) -> Facts:
    """The facts about a signed-in user, in the time zone that this request is answered in."""
    standing, membership = standing_of(user), membership_of(user)
    assert standing is not None
    return Facts(
        standing=standing,
        offer=current_offer(),
        now=now,
        zone=timezone.get_current_timezone(),
        plan=membership.plan if membership else "",
        trial_started_at=membership.trial_started_at if membership else None,
        rules=rules(),
    )


def full_facts_of(user, now: datetime) -> Facts:
    """The same with card, invoices and the price that was agreed, for the pages about membership. Two queries more."""
    return replace(facts_of(user, now), subscription=subscription_facts(user))


def subscription_facts(user) -> SubscriptionFacts | None:
    """From our own rows, so that the pages are there when Stripe is not. None for who never had a subscription."""
    rows = list(Subscription.objects.filter(customer__user=user)[:INVOICES_KNOWN])
    if not rows:
        return None
    counted = [row for row in rows if not row.is_to_be_wound_up] or rows
    current = next((row for row in counted if row.status not in ENDED_STATUSES), counted[0])
    known = Invoice.objects.filter(subscription__in=rows).exclude(status="draft").select_related("subscription")
    found = list(known[:INVOICES_KNOWN])
    refunds = refunds_of(found)
    return SubscriptionFacts(
        price_cents=current.price_cents,
        currency=current.currency,
        next_plan=current.next_plan,
        discount=current.discount,
        next_cents=current.next_cents,
        card_last4=current.card_last4,
        card_expires=current.card_expires,
        invoices=tuple(invoice_facts(row, current, refunds.get(row.pk, ())) for row in found),
    )


def refunds_of(invoices: list[Invoice]) -> dict[int, tuple[RefundFacts, ...]]:
    """By invoice, the first one first. A query only where something went back."""
    found: dict[int, tuple[RefundFacts, ...]] = {}
    wanted = [row.pk for row in invoices if row.refunded_cents]
    rows = Refund.objects.filter(invoice__in=wanted).exclude(status__in=REFUND_FAILED).order_by("made_at", "pk")
    for row in rows if wanted else ():
        found[row.invoice_id] = (*found.get(row.invoice_id, ()), RefundFacts(row.amount_cents, row.made_at))
    return found


def invoice_facts(row: Invoice, current: Subscription, refunds: tuple[RefundFacts, ...] = ()) -> InvoiceFacts:
    subscription = row.subscription
    return InvoiceFacts(
        status=row.status,
        reason=row.reason,
        total_cents=row.total_cents,
        currency=row.currency,
        issued_at=row.issued_at,
        due_cents=row.due_cents,
        discount_cents=row.discount_cents,
        refunded_cents=row.refunded_cents,
        credited_cents=row.credited_cents,
        refunds=refunds,
        plan=row.plan,
        is_tried=row.is_tried,
        needs_confirmation=row.needs_confirmation,
        next_try_at=row.next_try_at,
        is_current=subscription.pk == current.pk,
        pdf_url=row.pdf_url,
    )
