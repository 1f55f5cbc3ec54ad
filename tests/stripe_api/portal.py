"""The customer portal: cards, invoices, cancelling, another plan."""

from __future__ import annotations

from typing import Any

from tests.stripe_api import customers, invoices, subscriptions
from tests.stripe_api.cards import CARDS, DECLINES
from tests.stripe_api.operations import operation
from tests.stripe_api.refusals import CardDeclined


@operation("POST", "/v1/billing_portal/sessions", "billing_portal.SessionCreateParams")
def create(stand_in: Any, params: dict) -> dict:
    customers.living(stand_in, params["customer"])
    session_id = stand_in.new_id("bps")
    stand_in.asked[session_id] = params
    return stand_in.make(
        "billing_portal.session",
        session_id,
        customer=params["customer"],
        configuration=params.get("configuration", "bpc_default"),
        return_url=params.get("return_url"),
        url=f"{stand_in.url}/portal/{session_id}",
    )


@operation("GET", "/v1/billing_portal/configurations", "billing_portal.ConfigurationListParams")
def list_configurations(stand_in: Any, params: dict) -> list[dict]:
    return stand_in.all("billing_portal.configuration")


@operation("POST", "/v1/billing_portal/configurations", "billing_portal.ConfigurationCreateParams")
def create_configuration(stand_in: Any, params: dict) -> dict:
    return stand_in.make(
        "billing_portal.configuration",
        stand_in.new_id("bpc"),
        active=True,
        metadata=params.get("metadata", {}),
        updated=stand_in.clock,
    )


def use_card(stand_in: Any, customer_id: str, number: str) -> dict:
    """Another card for everything, and what is open is tried again."""
    if CARDS.get(number, DECLINES) == DECLINES:
        raise CardDeclined("Your card was declined.")
    method = customers.attach_card(stand_in, customer_id, number)
    customer = customers.living(stand_in, customer_id)
    customer["invoice_settings"]["default_payment_method"] = method["id"]
    stand_in.emit("customer.updated", customer)
    for one in subscriptions.of(stand_in, customer_id):
        if one["status"] not in subscriptions.ENDED:
            subscriptions.change(stand_in, one, default_payment_method=method["id"])
    for invoice in stand_in.all("invoice"):
        if invoice["customer"] == customer_id and invoice["status"] == "open":
            invoices.collect(stand_in, invoice, is_by_hand=True)
    return method


def cancel(stand_in: Any, subscription: dict) -> None:
    """Flexible billing sets the date alone."""
    end_at = subscriptions.item_of(subscription)["current_period_end"]
    if subscription["schedule"]:
        subscriptions.release(stand_in, {}, subscription["schedule"])
    subscriptions.change(stand_in, subscription, cancel_at=end_at, canceled_at=stand_in.clock)


def keep(stand_in: Any, subscription: dict) -> None:
    subscriptions.change(stand_in, subscription, cancel_at=None, cancel_at_period_end=False, canceled_at=None)


def switch(stand_in: Any, subscription: dict, price: dict) -> None:
    """A shorter interval begins after the paid period, a longer one now; free days go on either way."""
    old = subscriptions.item_of(subscription)["price"]["recurring"]["interval"]
    if subscription["status"] == "active" and (old, price["recurring"]["interval"]) == ("year", "month"):
        subscriptions.schedule_switch(stand_in, subscription, price)
    else:
        subscriptions.switch(stand_in, subscription, price, {"proration_behavior": "always_invoice"})
