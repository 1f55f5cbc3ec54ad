"""Any order, repetition and loss of events, clicks, page returns and steps of the clock end as Stripe says."""

from __future__ import annotations

from contextlib import suppress

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing.gateway.errors import StripeAway
from billing.gateway.reconcile import reconcile
from billing.gateway.snapshot import current_of, paid_until_of
from billing.models import Customer, Invoice, Subscription
from billing.support import sync_now
from tests.billing.paying import DECLINES_LATER, GOOD, Paying
from tests.stripe_api.refusals import CardDeclined, Refused

pytestmark = pytest.mark.django_db

STEPS = (
    *("open", "open yearly", "pay an open page", "pay with a bad card", "come back", "subscribe beside"),
    *("cancel", "keep", "portal cancel", "portal keep", "switch", "new card", "bad card"),
    *("give back", "discount"),
    *("an hour", "three days", "a month", "deliver", "deliver twice", "shuffle", "lose", "one event", "fault"),
)


class Reader:
    """One reader who clicks about."""

    def __init__(self, paying: Paying, days: int) -> None:
        self.paying, self.user = paying, paying.reader(days=days)

    def post(self, path: str, **data) -> None:
        answer = self.paying.browser(self.user).post(path, data)
        assert answer.status_code in {200, 302, 303, 400, 409, 503}, (path, answer.status_code)

    def living(self) -> dict | None:
        return next(iter(self.paying.living(self.user)), None)

    def customer_id(self) -> str:
        customer = Customer.objects.filter(user=self.user).first()
        return (customer.stripe_id if customer else "") or ""

    def paid(self) -> list[dict]:
        found = self.paying.stand_in.invoices(self.customer_id()) if self.customer_id() else []
        return [one for one in found if one["status"] == "paid" and one["total"]]

    def open_pages(self) -> list[str]:
        return (
            [one["id"] for one in self.paying.sessions(self.user) if one["status"] == "open"]
            if self.customer_id()
            else []
        )

    def do(self, step: str) -> None:
        stand_in, one = self.paying.stand_in, self.living()
        match step:
            case "open" | "open yearly":
                self.post("/membership/checkout/", plan="yearly" if "yearly" in step else "monthly")
            case "pay an open page" | "pay with a bad card":
                for session in self.open_pages()[:1]:
                    with suppress(CardDeclined):
                        stand_in.complete_checkout(session, GOOD if "open" in step else DECLINES_LATER)
            case "come back":
                self.paying.browser(self.user).get("/membership/welcome/")
            case "subscribe beside" if self.customer_id():
                stand_in.subscribe_beside(self.customer_id(), "monthly")
            case "cancel" | "keep":
                self.post(f"/membership/{step}/")
            case "switch":
                self.post("/membership/plan/", plan="yearly")
            case "portal cancel" if one and one["status"] in {"active", "trialing"} and not one["schedule"]:
                stand_in.portal_cancel(one["id"])
            case "portal keep" if one and one["cancel_at"] and not one["cancel_at_period_end"]:
                stand_in.portal_keep(one["id"])
            case "new card" | "bad card" if self.customer_id():
                stand_in.portal_use_card(self.customer_id(), GOOD if step == "new card" else DECLINES_LATER)
            case "give back":
                for invoice in self.paid()[:1]:
                    with suppress(Refused):
                        stand_in.give_back(invoice["id"], 150)
            case "discount" if one:
                stand_in.give_discount(one["id"], percent=20.0)
            case "an hour":
                self.paying.wait(hours=1)
            case "three days":
                self.paying.wait(days=3)
            case "a month":
                self.paying.wait(days=31)
            case "deliver":
                self.paying.deliver()
            case "deliver twice":
                self.paying.deliver(times=2)
            case "shuffle":
                self.paying.deliver(order="shuffled")
            case "lose":
                self.paying.lose()
            case "one event":
                first = stand_in.outbox[:1]
                self.paying.deliver(drop=lambda event: event not in first)
            case "fault":
                stand_in.fail_next(500, times=4)

    def settle(self) -> None:
        """What is left is delivered or lost; the comparison of the night finds the rest."""
        self.paying.stand_in.fail_next(500, times=0)
        self.paying.wait(hours=3)
        self.paying.deliver()
        for _ in range(2):
            try:
                reconcile(timezone.now())
            except StripeAway:
                continue


def facts_at_stripe(reader: Reader) -> dict:
    from billing.gateway.client import stripe_client
    from billing.gateway.fetch import fetch_subscriptions

    found = fetch_subscriptions(stripe_client(), reader.customer_id(), (), {})
    one = current_of([row for row in found if row.stripe_id not in wound_up(reader)] or found)
    if one is None:
        return {"status": ""}
    return {
        "status": one.status,
        "plan": one.plan,
        "paid_until": paid_until_of(one, None),
        "cancels_at": one.cancels_at,
    }


def wound_up(reader: Reader) -> set[str]:
    """Duplicates that were ended say nothing of the reader's membership."""
    rows = Subscription.objects.filter(customer__user=reader.user, end_reason="duplicate")
    return set(rows.values_list("stripe_id", flat=True))


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(days=st.sampled_from([0, 5, 13, 20]), steps=st.lists(st.sampled_from(STEPS), min_size=3, max_size=14))
def test_whatever_happens_our_row_ends_as_stripe_says_and_nobody_has_two(paying, days, steps):
    reader = Reader(paying, days)
    for step in steps:
        reader.do(step)
    reader.settle()
    assert len(paying.living(reader.user)) <= 1
    if reader.customer_id():
        expected = facts_at_stripe(reader)
        row = paying.row(reader.user)
        assert {name: getattr(row, name) for name in expected} == expected
        # A refund is looked for in the nights after it; here months may have passed without one.
        assert sync_now(reader.user, timezone.now())
        assert given_back_here(reader) == given_back_at_stripe(reader)


def given_back_here(reader: Reader) -> dict[str, int]:
    """Cents by invoice, as the account page has them."""
    rows = Invoice.objects.filter(subscription__customer__user=reader.user, refunded_cents__gt=0)
    return dict(rows.values_list("stripe_id", "refunded_cents"))


def given_back_at_stripe(reader: Reader) -> dict[str, int]:
    stand_in, found = reader.paying.stand_in, {}
    for one in reader.paid():
        intent = stand_in.intent_of(one["id"])
        found[one["id"]] = sum(row["amount"] for row in stand_in.refunds() if row["payment_intent"] == intent)
    return {name: cents for name, cents in found.items() if cents}
