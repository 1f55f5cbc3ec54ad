"""Coupons given by hand: to a subscription or to a customer, and what they take off an invoice."""

from __future__ import annotations

from typing import Any

from tests.stripe_api.operations import operation


@operation("POST", "/v1/coupons", "CouponCreateParams")
def make_coupon(stand_in: Any, params: dict) -> dict:
    """`duration`: "forever" or "once"."""
    facts = {name: params.get(name) for name in ("percent_off", "amount_off", "currency", "name")}
    return stand_in.make(
        "coupon",
        stand_in.new_id("coup"),
        duration=params.get("duration", "once"),
        times_redeemed=0,
        valid=True,
        **facts,
    )


def give(stand_in: Any, customer_id: str, subscription: dict | None, coupon: dict) -> dict:
    """Without a subscription it is the customer's."""
    coupon["times_redeemed"] += 1
    discount = stand_in.make(
        "discount",
        stand_in.new_id("di"),
        customer=customer_id,
        subscription=subscription["id"] if subscription else None,
        source={"type": "coupon", "coupon": coupon["id"]},
        start=stand_in.clock,
        end=None,
    )
    for name in ("created", "livemode"):  # a discount has neither
        discount.pop(name, None)
    if subscription:
        subscription["discounts"] = [discount["id"]]
    else:
        stand_in.get(customer_id, "customer")["discount"] = discount
    stand_in.emit("customer.discount.created", discount)
    if subscription:
        stand_in.emit("customer.subscription.updated", subscription, {"discounts": []})
    return discount


def take_back(stand_in: Any, subscription: dict) -> None:
    """In the dashboard, or after the one invoice that it was for."""
    for discount_id in subscription["discounts"]:
        stand_in.emit("customer.discount.deleted", stand_in.find(discount_id))
    subscription["discounts"] = []


def of(stand_in: Any, subscription: dict) -> list[dict]:
    """The subscription's own come before its customer's."""
    own = [stand_in.find(one) for one in subscription["discounts"]]
    customers = stand_in.get(subscription["customer"], "customer").get("discount")
    return own or ([customers] if customers else [])


def take_off(stand_in: Any, found: list[dict], amount: int) -> list[dict]:
    """What each takes off, as an invoice tells it."""
    rows, left = [], amount
    for discount in found:
        coupon = stand_in.find(discount["source"]["coupon"])
        off = coupon["amount_off"] or round(left * (coupon["percent_off"] or 0) / 100)
        rows.append({"amount": min(off, left), "discount": discount["id"]})
        left -= min(off, left)
    return rows


def use_up(stand_in: Any, subscription: dict) -> None:
    """One that was for a single invoice is gone with it."""
    coupons = [stand_in.find(stand_in.find(one)["source"]["coupon"]) for one in subscription["discounts"]]
    if any(one["duration"] == "once" for one in coupons):
        take_back(stand_in, subscription)
