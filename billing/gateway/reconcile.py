"""Compare every membership with Stripe, both ways, and sync what differs: what was lost on the way is repaired here."""

from __future__ import annotations

import logging
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime

from billing.findings import report
from billing.gateway.client import asking_stripe
from billing.gateway.errors import Missing, NotPossible, StripeAway
from billing.gateway.fetch import plans_by_lookup_key
from billing.gateway.inbox import sweep
from billing.gateway.payments import fetch_untold
from billing.gateway.snapshot import SubscriptionSnapshot, is_ours, read_subscription
from billing.gateway.sync import sync_customer
from billing.models import ENDED_STATUSES, Customer, Subscription

logger = logging.getLogger(__name__)

AT_ONCE = 500  # customers: asked for one by one, a hundred thousand take longer than the night's task may
REFUSALS = (StripeAway, Missing, NotPossible)  # of one customer; the others go on
COMPARED = ("status", "plan", "period_ends_at", "cancels_at", "ended_at", "trial_ends_at")


@dataclass(slots=True)
class Report:
    compared: int = 0
    drifted: list[str] = field(default_factory=list)  # customers whose rows were not as Stripe says
    unknown: list[str] = field(default_factory=list)  # customers with our subscriptions and no reader here
    failed: list[str] = field(default_factory=list)
    events: int = 0

    def line(self) -> str:
        return (
            f"compared={self.compared} drifted={len(self.drifted)} unknown={len(self.unknown)} "
            f"failed={len(self.failed)} events={self.events}"
        )


def reconcile(now: datetime) -> Report:
    """StripeAway where Stripe cannot be asked at all; a customer that fails alone is counted and the others go on."""
    found, untold = fetch_all(), fetch_untold(now)
    done = Report(events=sweep(now))
    living = Subscription.objects.exclude(status__in=ENDED_STATUSES)
    here = set(living.values_list("customer__stripe_id", flat=True))
    unfinished = Subscription.objects.filter(is_to_be_wound_up=True).values_list("customer__stripe_id", flat=True)
    wanted = sorted((set(found) | here | set(unfinished) | untold) - {None})
    for start in range(0, len(wanted), AT_ONCE):
        some = wanted[start : start + AT_ONCE]
        customers = Customer.objects.select_related("user").prefetch_related("subscriptions").filter(stripe_id__in=some)
        known = {customer.stripe_id: customer for customer in customers}
        for stripe_id in some:
            is_told = stripe_id not in untold
            _compare(stripe_id, known.get(stripe_id), found.get(stripe_id, []), done, now, is_told=is_told)
    logger.info("reconciled %s", done.line())
    return done


def fetch_all() -> dict[str, list[SubscriptionSnapshot]]:
    """Every subscription of ours at Stripe, a hundred to a call, by customer."""
    plans = plans_by_lookup_key()
    known = set(Subscription.objects.values_list("stripe_id", flat=True))
    found: dict[str, list[SubscriptionSnapshot]] = defaultdict(list)
    with asking_stripe() as client:
        for row in client.v1.subscriptions.list({"status": "all", "limit": 100}).auto_paging_iter():
            one = row.to_dict()
            if is_ours(one, plans, known):
                found[one["customer"]].append(read_subscription(one, plans))
    return found


def _compare(
    stripe_id: str,
    known: Customer | None,
    found: list[SubscriptionSnapshot],
    done: Report,
    now: datetime,
    *,
    is_told: bool,  # everything that went back lately is in our rows
) -> None:
    done.compared += 1
    try:
        customer = known or adopt(stripe_id)
    except REFUSALS:
        done.failed.append(stripe_id)
        return
    if customer is None:
        done.unknown.append(stripe_id)
        report("unknown_customer", stripe_id, "A subscription to this site belongs to nobody here.", now)
        return
    is_same = (
        is_told and known is not None and facts_here(customer) == {one.stripe_id: facts_there(one) for one in found}
    )
    is_same = is_same and (customer.user is None or customer.email == customer.user.email)
    if not is_same:
        done.drifted.append(stripe_id)
    elif not any(row.is_to_be_wound_up for row in customer.subscriptions.all()):
        return
    try:
        sync_customer(customer.pk, now)
    except REFUSALS:
        done.failed.append(stripe_id)


def adopt(stripe_id: str) -> Customer | None:
    """A customer that we made and whose id we lost before it was stored."""
    with asking_stripe() as client:
        found = client.v1.customers.retrieve(stripe_id).to_dict()
    key = (found.get("metadata") or {}).get("reader", "")
    customer = next((row for row in Customer.objects.filter(stripe_id=None) if str(row.key) == key), None)
    if customer is not None:
        Customer.objects.filter(pk=customer.pk, stripe_id=None).update(stripe_id=stripe_id)
    return customer


def facts_here(customer: Customer) -> dict[str, tuple]:
    rows = customer.subscriptions.all()
    return {row.stripe_id: tuple(getattr(row, name) for name in COMPARED) for row in rows}


def facts_there(one: SubscriptionSnapshot) -> tuple:
    return tuple(getattr(one, name) for name in COMPARED)
