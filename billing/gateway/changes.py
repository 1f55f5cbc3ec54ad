"""What a member changes on our own pages: cancel, keep, resume, another plan, pay what is open."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from billing.gateway import wind_up
from billing.gateway.checkout import price_of
from billing.gateway.client import asking_stripe
from billing.gateway.errors import NotPossible
from billing.gateway.lease import Lease, lease_of
from billing.gateway.portal import open_switch
from billing.gateway.sync import forget_membership, sync_leased
from billing.models import ENDED_STATUSES, Customer, Invoice, Subscription

RUNNING = {"trialing", "active"}
NOTHING_RUNS = "There is no membership to change: it has ended. Nothing more is charged."


@contextmanager
def living_one(user, now: datetime) -> Iterator[tuple[Lease, Subscription]]:
    """The reader's living subscription, fresh from Stripe; synced again after the change."""
    customer = Customer.objects.filter(user=user).exclude(stripe_id=None).first()
    if customer is None:
        raise NotPossible(NOTHING_RUNS)
    with lease_of(customer.pk) as lease:
        sync_leased(lease, now)
        row = customer.subscriptions.exclude(status__in=ENDED_STATUSES).first()
        forget_membership(user)
        if row is None:
            raise NotPossible(NOTHING_RUNS)
        yield lease, row
        sync_leased(lease, now)
    forget_membership(user)


def cancel(user, now: datetime) -> None:
    """At the end of what is paid for, or of the free days. What is overdue is dropped and ends at once."""
    with living_one(user, now) as (_, row):
        _cancel(row)


def cancel_subscription(user, subscription_id: str, now: datetime) -> None:
    """By a signed link: only the subscription that the letter was about."""
    with living_one(user, now) as (_, row):
        if row.stripe_id != subscription_id:
            raise NotPossible("The membership of this letter has ended already. Nothing more is charged for it.")
        _cancel(row)


def _cancel(row: Subscription) -> None:
    if row.status in RUNNING and row.cancels_at is None:
        _release(row)
    with asking_stripe() as client:
        if row.status not in RUNNING:
            wind_up.end_at_stripe(client, row.stripe_id)
        elif row.cancels_at is None:
            client.v1.subscriptions.update(row.stripe_id, {"cancel_at_period_end": True})


def keep(user, now: datetime) -> None:
    with living_one(user, now) as (_, row):
        if row.cancels_at is None:
            return
        # The portal cancels by a date alone, our own button by the flag; each is undone in its own way.
        undo: dict = {"cancel_at_period_end": False} if row.is_cancelled_at_period_end else {"cancel_at": ""}
        with asking_stripe() as client:
            client.v1.subscriptions.update(row.stripe_id, undo)


def resume(user, now: datetime) -> None:
    with living_one(user, now) as (_, row):
        if row.status != "paused":
            raise NotPossible("Your membership is not paused.")
        with asking_stripe() as client:
            client.v1.subscriptions.resume(row.stripe_id, {"billing_cycle_anchor": {"type": "now"}})


def switch(user, plan: str, now: datetime) -> str | None:
    """Another plan: at once in the free days and to the yearly one (None), else by a page of Stripe's (its address).

    The plan of now takes back a change that waits for the end of the period.
    """
    with living_one(user, now) as (_, row):
        if row.status not in RUNNING:
            raise NotPossible("Put the payment right first; then another plan can be chosen.")
        if row.cancels_at is not None:
            raise NotPossible("Your membership is cancelled. Keep it first; then another plan can be chosen.")
        if plan == (row.next_plan or row.plan):
            return None
        _release(row)
        if row.plan == plan:
            return None
        price_id = price_of(plan, now)
        if row.status == "active" and plan == "monthly":
            return open_switch(user, row, price_id)
        _switch_now(row, price_id)
        return None


def _release(row: Subscription) -> None:
    """Whatever was to change when the period is over stays as it is; until then Stripe lets nothing else be changed."""
    if row.schedule_id:
        with asking_stripe() as client:
            client.v1.subscription_schedules.release(row.schedule_id)


def _switch_now(row: Subscription, price_id: str) -> None:
    parameters: dict = {"items": [{"id": row.item_id, "price": price_id}], "proration_behavior": "none"}
    if row.status == "active":
        parameters |= {"proration_behavior": "always_invoice", "payment_behavior": "pending_if_incomplete"}
    with asking_stripe() as client:
        found = client.v1.subscriptions.update(row.stripe_id, parameters)
    if found.to_dict().get("pending_update"):
        raise NotPossible("The bank did not take the payment, so your plan stays as it was. Use another card first.")


def pay_url(user, now: datetime) -> str | None:
    """Stripe's page for what is open; None where nothing is open any more."""
    with living_one(user, now) as (_, row):
        found = Invoice.objects.filter(subscription=row, status="open").exclude(page_url="").order_by("issued_at")
        invoice = found.first()
    return invoice.page_url if invoice else None
