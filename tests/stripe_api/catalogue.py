"""Products, prices and the settings of an account."""

from __future__ import annotations

from typing import Any

from tests.stripe_api.operations import operation

PRODUCT = "prod_membership"


def seed(stand_in: Any) -> None:
    stand_in.make("product", PRODUCT, name="Membership", active=True, metadata={"site": "newssite"})
    add_price(stand_in, "price_monthly", "monthly", 1000, "month", "gbp")
    add_price(stand_in, "price_yearly", "yearly", 9600, "year", "gbp")


def add_price(stand_in: Any, price_id: str, lookup_key: str | None, cents: int, interval: str, currency: str) -> dict:
    recurring = {
        **stand_in.gate.grown("recurring"),
        "interval": interval,
        "interval_count": 1,
        "usage_type": "licensed",
    }
    return stand_in.make(
        "price",
        price_id,
        active=True,
        billing_scheme="per_unit",
        currency=currency,
        unit_amount=cents,
        unit_amount_decimal=str(cents),
        type="recurring",
        recurring=recurring,
        product=PRODUCT,
        lookup_key=lookup_key,
        metadata={},
    )


@operation("GET", "/v1/prices", "PriceListParams")
def list_prices(stand_in: Any, params: dict) -> list[dict]:
    keys = params.get("lookup_keys")
    found = [one for one in stand_in.all("price") if not keys or one["lookup_key"] in keys]
    return [one for one in found if "active" not in params or one["active"] == params["active"]]


@operation("GET", "/v1/prices/{id}", "PriceRetrieveParams")
def get_price(stand_in: Any, params: dict, price_id: str) -> dict:
    return stand_in.get(price_id, "price")


@operation("POST", "/v1/prices", "PriceCreateParams")
def create_price(stand_in: Any, params: dict) -> dict:
    key = params.get("lookup_key")
    for one in stand_in.all("price"):
        if key and one["lookup_key"] == key and params.get("transfer_lookup_key"):
            one["lookup_key"] = None
    interval = params["recurring"]["interval"]
    made = add_price(stand_in, stand_in.new_id("price"), key, params["unit_amount"], interval, params["currency"])
    made.update(product=params.get("product", PRODUCT), metadata=params.get("metadata", {}))
    return made


@operation("GET", "/v1/products", "ProductListParams")
def list_products(stand_in: Any, params: dict) -> list[dict]:
    return stand_in.all("product")


@operation("POST", "/v1/products", "ProductCreateParams")
def create_product(stand_in: Any, params: dict) -> dict:
    return stand_in.make(
        "product", stand_in.new_id("prod"), name=params["name"], active=True, metadata=params.get("metadata", {})
    )


@operation("GET", "/v1/webhook_endpoints", "WebhookEndpointListParams")
def list_endpoints(stand_in: Any, params: dict) -> list[dict]:
    return stand_in.all("webhook_endpoint")


@operation("POST", "/v1/webhook_endpoints", "WebhookEndpointCreateParams")
def create_endpoint(stand_in: Any, params: dict) -> dict:
    facts = {name: params[name] for name in ("url", "enabled_events")}
    kept = stand_in.make(
        "webhook_endpoint", stand_in.new_id("we"), status="enabled", metadata=params.get("metadata", {}), **facts
    )
    return {**kept, "secret": stand_in.secret}  # told once


@operation("POST", "/v1/webhook_endpoints/{id}", "WebhookEndpointUpdateParams")
def update_endpoint(stand_in: Any, params: dict, endpoint_id: str) -> dict:
    found = stand_in.get(endpoint_id, "webhook_endpoint")
    found.update({name: params[name] for name in ("url", "enabled_events") if name in params})
    return found
