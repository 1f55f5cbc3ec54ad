"""Customers and their cards."""

from __future__ import annotations

from typing import Any

from tests.stripe_api import subscriptions
from tests.stripe_api.cards import CARDS, TOKENS, fingerprint
from tests.stripe_api.operations import operation
from tests.stripe_api.refusals import CardDeclined, Refused, missing


def make(stand_in: Any, customer_id: str, **fields: Any) -> dict:
    settings = {**stand_in.gate.grown("invoice_setting_customer_setting"), "default_payment_method": None}
    customer = stand_in.make(
        "customer", customer_id, **{"email": None, "name": None, "metadata": {}, "invoice_settings": settings, **fields}
    )
    stand_in.emit("customer.created", customer)
    return customer


@operation("POST", "/v1/customers", "CustomerCreateParams")
def create(stand_in: Any, params: dict) -> dict:
    facts = {name: params[name] for name in ("email", "name", "metadata") if name in params}
    return make(stand_in, stand_in.new_id("cus"), **facts)


@operation("GET", "/v1/customers", "CustomerListParams")
def list_customers(stand_in: Any, params: dict) -> list[dict]:
    found = [one for one in stand_in.all("customer") if not one.get("deleted")]
    return [one for one in found if "email" not in params or one["email"] == params["email"]]


@operation("GET", "/v1/customers/{id}", "CustomerRetrieveParams")
def get(stand_in: Any, params: dict, customer_id: str) -> dict:
    found = stand_in.get(customer_id, "customer")
    return {"id": customer_id, "object": "customer", "deleted": True} if found.get("deleted") else found


@operation("POST", "/v1/customers/{id}", "CustomerUpdateParams")
def update(stand_in: Any, params: dict, customer_id: str) -> dict:
    customer = living(stand_in, customer_id)
    if "email" in params and "." not in params["email"].rpartition("@")[2]:
        raise Refused(400, f"Invalid email address: {params['email']}", code="email_invalid")
    customer.update({name: params[name] for name in ("email", "name") if name in params})
    if "metadata" in params:
        customer["metadata"] = merged(customer["metadata"], params["metadata"])
    stand_in.emit("customer.updated", customer)
    return customer


@operation("DELETE", "/v1/customers/{id}", "CustomerDeleteParams")
def delete(stand_in: Any, params: dict, customer_id: str) -> dict:
    customer = living(stand_in, customer_id)
    for one in subscriptions.of(stand_in, customer_id):
        if one["status"] not in subscriptions.ENDED:
            subscriptions.end(stand_in, one, "cancellation_requested")
    stand_in.emit("customer.deleted", customer)
    stand_in.objects[customer_id]["deleted"] = True
    return {"id": customer_id, "object": "customer", "deleted": True}


def merged(metadata: dict[str, str], wanted: dict[str, str] | str) -> dict[str, str]:
    """Names of before and of now; an empty value takes a name away, an empty text all of them."""
    if not isinstance(wanted, dict):
        return {}
    return {name: value for name, value in {**metadata, **wanted}.items() if value != ""}


def living(stand_in: Any, customer_id: str) -> dict:
    found = stand_in.get(customer_id, "customer")
    if found.get("deleted"):
        raise missing("customer", customer_id)
    return found


def attach_card(stand_in: Any, customer_id: str, number: str) -> dict:
    """A card by its number, or by one of the test tokens."""
    number = TOKENS.get(number, number)
    if number not in CARDS:
        raise CardDeclined(f"{number} is none of the test cards.")
    card = {
        **stand_in.gate.grown("payment_method_card"),
        "brand": "visa",
        "last4": number[-4:],
        "exp_month": 12,
        "exp_year": 2035,
        "fingerprint": fingerprint(number),
        "funding": "credit",
        "country": "GB",
    }
    method = stand_in.make(
        "payment_method",
        stand_in.new_id("pm"),
        type="card",
        card=card,
        customer=customer_id,
        metadata={},
        billing_details=stand_in.gate.grown("billing_details"),
    )
    stand_in.behaviours[method["id"]] = CARDS[number]
    stand_in.emit("payment_method.attached", method)
    return method


@operation("GET", "/v1/payment_methods/{id}", "PaymentMethodRetrieveParams")
def get_method(stand_in: Any, params: dict, method_id: str) -> dict:
    return stand_in.get(method_id, "payment_method")
