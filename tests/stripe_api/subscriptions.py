"""Subscriptions: begun, changed, ended. Flexible billing: the portal cancels by a date alone."""

from __future__ import annotations

import json
from typing import Any

from tests.stripe_api import customers, discounts, invoices, periods
from tests.stripe_api.cards import DECLINES
from tests.stripe_api.operations import operation
from tests.stripe_api.refusals import Refused

ENDED = {"canceled", "incomplete_expired"}
INCOMPLETE_FOR = 23 * 3600
WARNED_BEFORE = 3 * 86400


def of(stand_in: Any, customer_id: str) -> list[dict]:
    return [one for one in stand_in.all("subscription") if one["customer"] == customer_id]


def item_of(subscription: dict) -> dict:
    return subscription["items"]["data"][0]


def begin(stand_in: Any, customer_id: str, price: dict, wanted: dict, method_id: str | None) -> dict:
    """`wanted`: trial_end, trial_period_days, trial_settings, metadata."""
    now = stand_in.clock
    trial_end = wanted.get("trial_end") or (
        now + wanted["trial_period_days"] * 86400 if wanted.get("trial_period_days") else None
    )
    anchor = trial_end or now
    interval = price["recurring"]["interval"]
    subscription_id = stand_in.new_id("sub")
    item = stand_in.make(
        "subscription_item",
        stand_in.new_id("si"),
        price=price,
        quantity=1,
        subscription=subscription_id,
        metadata={},
        discounts=[],
        tax_rates=[],
        current_period_start=now,
        current_period_end=trial_end or periods.add(anchor, interval, 1),
    )
    behaviour = {"missing_payment_method": "create_invoice"}
    behaviour |= (wanted.get("trial_settings") or {}).get("end_behavior", {})
    subscription = stand_in.make(
        "subscription",
        subscription_id,
        customer=customer_id,
        currency=price["currency"],
        items=stand_in.page([item], f"/v1/subscription_items?subscription={subscription_id}"),
        metadata=dict(wanted.get("metadata") or {}),
        status="trialing" if trial_end else "incomplete",
        trial_start=now if trial_end else None,
        trial_end=trial_end,
        trial_settings={"end_behavior": behaviour},
        start_date=now,
        billing_cycle_anchor=anchor,
        collection_method="charge_automatically",
        default_payment_method=method_id,
        cancel_at=None,
        cancel_at_period_end=False,
        canceled_at=None,
        ended_at=None,
        schedule=None,
        latest_invoice=None,
        discounts=[],
    )
    if stand_in.gate.is_checked:
        subscription["billing_mode"]["type"] = "flexible"
    invoice = invoices.draft(stand_in, subscription, 0 if trial_end else price["unit_amount"], "subscription_create")
    stand_in.emit("customer.subscription.created", subscription)
    invoices.finalize(stand_in, invoice)
    return subscription


def change(stand_in: Any, subscription: dict, **facts: Any) -> None:
    """Write what differs and say so."""
    before = {name: subscription[name] for name, value in facts.items() if subscription[name] != value}
    if before:
        subscription.update(facts)
        stand_in.emit("customer.subscription.updated", subscription, before)


def end(stand_in: Any, subscription: dict, why: str | None) -> None:
    told = subscription.get("cancellation_details") or {}
    details = {"comment": None, "feedback": None, **told, "reason": why}
    asked_at = subscription["canceled_at"] or stand_in.clock
    subscription.update(status="canceled", ended_at=stand_in.clock, canceled_at=asked_at, cancellation_details=details)
    if subscription["schedule"]:
        release(stand_in, {}, subscription["schedule"])
    stand_in.emit("customer.subscription.deleted", subscription)


def method_of(stand_in: Any, subscription: dict) -> str | None:
    customer = stand_in.get(subscription["customer"], "customer")
    return subscription["default_payment_method"] or customer["invoice_settings"]["default_payment_method"]


@operation("GET", "/v1/subscriptions", "SubscriptionListParams")
def list_subscriptions(stand_in: Any, params: dict) -> list[dict]:
    found = of(stand_in, params["customer"]) if "customer" in params else stand_in.all("subscription")
    match params.get("status"):
        case None:
            return [one for one in found if one["status"] not in ENDED]
        case "all":
            return found
        case "ended":
            return [one for one in found if one["status"] in ENDED]
        case status:
            return [one for one in found if one["status"] == status]


@operation("GET", "/v1/subscriptions/{id}", "SubscriptionRetrieveParams")
def get(stand_in: Any, params: dict, subscription_id: str) -> dict:
    return stand_in.get(subscription_id, "subscription")


@operation("POST", "/v1/subscriptions", "SubscriptionCreateParams")
def create(stand_in: Any, params: dict) -> dict:
    customers.living(stand_in, params["customer"])
    method = params.get("default_payment_method")
    if method and method not in stand_in.objects:
        method = customers.attach_card(stand_in, params["customer"], method)["id"]
    customer = stand_in.get(params["customer"], "customer")
    is_free = params.get("trial_end") or params.get("trial_period_days")
    if not (method or is_free or customer["invoice_settings"]["default_payment_method"]):
        raise Refused(400, "This customer has no attached payment source or default payment method.")
    return begin(stand_in, params["customer"], stand_in.get(params["items"][0]["price"], "price"), params, method)


@operation("POST", "/v1/subscriptions/{id}", "SubscriptionUpdateParams")
def update(stand_in: Any, params: dict, subscription_id: str) -> dict:
    subscription = stand_in.get(subscription_id, "subscription")
    if subscription["status"] in ENDED:
        raise Refused(400, "A canceled subscription can only update its cancellation_details and metadata.")
    if {"cancel_at", "cancel_at_period_end"} & set(params):
        _update_end(stand_in, subscription, params)
    if params.get("items"):
        switch(stand_in, subscription, stand_in.get(params["items"][0]["price"], "price"), params)
    if params.get("trial_end") == "now" and subscription["status"] == "trialing":
        subscription["trial_end"] = stand_in.clock
        end_trial(stand_in, subscription)
    if "metadata" in params:
        change(stand_in, subscription, metadata=customers.merged(subscription["metadata"], params["metadata"]))
    if "cancellation_details" in params:
        _explain(stand_in, subscription, params["cancellation_details"])
    for wanted in params.get("discounts") or ():
        discounts.give(stand_in, subscription["customer"], subscription, stand_in.get(wanted["coupon"], "coupon"))
    if "default_payment_method" in params:
        change(stand_in, subscription, default_payment_method=params["default_payment_method"])
    return subscription


def _explain(stand_in: Any, subscription: dict, said: dict) -> None:
    """Why somebody leaves, in their words."""
    known = subscription.get("cancellation_details") or {"comment": None, "feedback": None, "reason": None}
    told = {name: said[name] or None for name in ("comment", "feedback") if name in said}
    change(stand_in, subscription, cancellation_details={**known, **told})


def _update_end(stand_in: Any, subscription: dict, params: dict) -> None:
    if subscription["schedule"]:
        raise Refused(
            400,
            f"The subscription is managed by the subscription schedule `{subscription['schedule']}`, and updating any"
            " cancelation behavior directly is not allowed. Please update the schedule instead.",
        )
    if {"cancel_at", "cancel_at_period_end"} <= set(params):
        raise Refused(400, "You may only specify one of these parameters: cancel_at, cancel_at_period_end.")
    end_at = params.get("cancel_at") or None
    if params.get("cancel_at_period_end"):
        end_at = item_of(subscription)["current_period_end"]
    change(
        stand_in,
        subscription,
        cancel_at=end_at,
        cancel_at_period_end=bool(params.get("cancel_at_period_end")),
        canceled_at=stand_in.clock if end_at else None,
    )


def switch(stand_in: Any, subscription: dict, price: dict, params: dict) -> None:
    """Another price, now. Another interval begins a period of its own, unless free days go on."""
    item = item_of(subscription)
    old = item["price"]
    if old["id"] == price["id"]:
        return
    if subscription["status"] == "active" and params.get("proration_behavior") == "always_invoice":
        amount = max(0, price["unit_amount"] - old["unit_amount"])
        method = stand_in.behaviours.get(method_of(stand_in, subscription) or "", DECLINES)
        if method != "ok" and amount and params.get("payment_behavior") == "pending_if_incomplete":
            _hold_back(stand_in, subscription)
            return
        before = {"items": {"data": [{"price": {"id": old["id"]}}]}}
        item["price"] = price
        if old["recurring"]["interval"] != price["recurring"]["interval"]:
            _restart(stand_in, subscription)
        invoices.finalize(stand_in, invoices.draft(stand_in, subscription, amount, "subscription_update"))
    else:
        before = {"items": {"data": [{"price": {"id": old["id"]}}]}}
        item["price"] = price
    stand_in.emit("customer.subscription.updated", subscription, before)


def _hold_back(stand_in: Any, subscription: dict) -> None:
    """The bank did not take it: the change waits, and the old price goes on."""
    subscription["pending_update"] = {
        **stand_in.gate.grown("subscriptions_resource_pending_update"),
        "expires_at": stand_in.clock + INCOMPLETE_FOR,
    }
    stand_in.emit("customer.subscription.updated", subscription)


def _restart(stand_in: Any, subscription: dict) -> None:
    """A period that begins now."""
    item = item_of(subscription)
    subscription["billing_cycle_anchor"] = stand_in.clock
    end_at = periods.add(stand_in.clock, item["price"]["recurring"]["interval"], 1)
    item.update(current_period_start=stand_in.clock, current_period_end=end_at)


@operation("DELETE", "/v1/subscriptions/{id}", "SubscriptionCancelParams")
def cancel(stand_in: Any, params: dict, subscription_id: str) -> dict:
    subscription = stand_in.get(subscription_id, "subscription")
    if subscription["status"] in ENDED:
        raise Refused(404, f"No such subscription: '{subscription_id}'", code="resource_missing")
    if "cancellation_details" in params:
        _explain(stand_in, subscription, params["cancellation_details"])
    end(stand_in, subscription, "cancellation_requested")
    return subscription


@operation("POST", "/v1/subscriptions/{id}/resume", "SubscriptionResumeParams")
def resume(stand_in: Any, params: dict, subscription_id: str) -> dict:
    subscription = stand_in.get(subscription_id, "subscription")
    if subscription["status"] != "paused":
        raise Refused(400, "Only paused subscriptions can be resumed.")
    _restart(stand_in, subscription)
    subscription["status"] = "active"
    amount = item_of(subscription)["price"]["unit_amount"]
    invoices.finalize(stand_in, invoices.draft(stand_in, subscription, amount, "subscription_cycle"))
    stand_in.emit("customer.subscription.resumed", subscription)
    return subscription


def schedule_switch(stand_in: Any, subscription: dict, price: dict) -> dict:
    """Another price from the next period on, as the portal does it for a shorter interval."""
    item = item_of(subscription)
    phase = stand_in.gate.grown("subscription_schedule_phase_configuration")
    plain = stand_in.gate.grown("subscription_schedule_configuration_item")

    def phase_of(wanted: dict, start: int, until: int) -> dict:
        row = {**plain, "price": wanted["id"], "quantity": 1, "metadata": {}, "discounts": [], "tax_rates": []}
        facts = {"start_date": start, "end_date": until, "items": [row], "currency": price["currency"], "metadata": {}}
        return {**phase, "add_invoice_items": [], "discounts": [], "proration_behavior": "none", **facts}

    begins, ends = item["current_period_start"], item["current_period_end"]
    schedule = stand_in.make(
        "subscription_schedule",
        stand_in.new_id("sub_sched"),
        customer=subscription["customer"],
        subscription=subscription["id"],
        status="active",
        end_behavior="release",
        metadata={},
        phases=[
            phase_of(item["price"], begins, ends),
            phase_of(price, ends, periods.add(ends, price["recurring"]["interval"], 1)),
        ],
    )
    change(stand_in, subscription, schedule=schedule["id"])
    return schedule


@operation("POST", "/v1/subscription_schedules/{id}/release", "SubscriptionScheduleReleaseParams")
def release(stand_in: Any, params: dict, schedule_id: str) -> dict:
    schedule = stand_in.get(schedule_id, "subscription_schedule")
    subscription = stand_in.get(schedule["subscription"] or schedule["released_subscription"], "subscription")
    schedule.update(
        status="released", released_at=stand_in.clock, released_subscription=subscription["id"], subscription=None
    )
    change(stand_in, subscription, schedule=None)
    return schedule


@operation("GET", "/v1/subscription_schedules/{id}", "SubscriptionScheduleRetrieveParams")
def get_schedule(stand_in: Any, params: dict, schedule_id: str) -> dict:
    return stand_in.get(schedule_id, "subscription_schedule")


def give_up(stand_in: Any, subscription: dict) -> None:
    """The first payment did not come within a day."""
    change(stand_in, subscription, status="incomplete_expired", ended_at=stand_in.clock)
    for invoice in stand_in.all("invoice"):
        if invoice["id"] == subscription["latest_invoice"] and invoice["status"] == "open":
            invoices.void(stand_in, {}, invoice["id"])


def end_trial(stand_in: Any, subscription: dict, wait: int = 3600) -> None:
    """Without a card as its settings say; with one a period begins, whose invoice is tried after `wait` seconds."""
    if not method_of(stand_in, subscription):
        match subscription["trial_settings"]["end_behavior"]["missing_payment_method"]:
            case "cancel":
                end(stand_in, subscription, None)
                return
            case "pause":
                subscription["status"] = "paused"
                stand_in.emit("customer.subscription.paused", subscription)
                return
    renew(stand_in, subscription, wait)


def renew(stand_in: Any, subscription: dict, wait: int = 3600) -> None:
    """The next period; a switch that was scheduled for it takes place."""
    item = item_of(subscription)
    old = json.loads(json.dumps(item))
    if subscription["schedule"]:
        schedule = stand_in.get(subscription["schedule"], "subscription_schedule")
        item["price"] = stand_in.get(schedule["phases"][-1]["items"][0]["price"], "price")
        subscription["billing_cycle_anchor"] = stand_in.clock
        release(stand_in, {}, schedule["id"])
    interval = item["price"]["recurring"]["interval"]
    end_at = periods.end_after(subscription["billing_cycle_anchor"], interval, stand_in.clock)
    item.update(current_period_start=stand_in.clock, current_period_end=end_at)
    before: dict[str, Any] = {"items": {"data": [old]}}
    if subscription["status"] == "trialing":
        before["status"], subscription["status"] = "trialing", "active"
    stand_in.emit("customer.subscription.updated", subscription, before)
    if subscription["status"] == "unpaid":
        return  # its new invoices stay drafts at Stripe
    invoice = invoices.draft(stand_in, subscription, item["price"]["unit_amount"], "subscription_cycle")
    if wait:
        stand_in.drafts[invoice["id"]] = stand_in.clock + wait
    else:
        invoices.finalize(stand_in, invoice)
