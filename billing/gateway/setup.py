"""What an account at Stripe needs before anybody can pay. Each function keeps what is there."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse

from billing.gateway.client import API_VERSION, asking_stripe
from billing.gateway.inbox import TYPES
from billing.plans import plan_cents

INTERVALS = {"monthly": "month", "yearly": "year"}
MARK = {"site": "newssite"}


def ensure_prices() -> dict[str, str]:
    """Plan -> id of its price, with the amount that our pages show."""
    product_id = _ensure_product()
    return {plan: _ensure_price(plan, product_id) for plan in settings.PLAN_LOOKUP_KEYS}


def _ensure_product() -> str:
    with asking_stripe() as client:
        for row in client.v1.products.list({"active": True, "limit": 100}).auto_paging_iter():
            if (row.to_dict().get("metadata") or {}).get("site") == MARK["site"]:
                return row.id
        return client.v1.products.create({"name": f"{settings.SITE_NAME} membership", "metadata": MARK}).id


def _ensure_price(plan: str, product_id: str) -> str:
    key = settings.PLAN_LOOKUP_KEYS[plan]
    with asking_stripe() as client:
        rows = client.v1.prices.list({"lookup_keys": [key], "active": True, "limit": 1}).data
        price = rows[0].to_dict() if rows else {}
        if (price.get("unit_amount"), price.get("currency")) == (plan_cents(plan), settings.PLAN_CURRENCY.lower()):
            return price["id"]
        return client.v1.prices.create(
            {
                "product": product_id,
                "unit_amount": plan_cents(plan),
                "currency": settings.PLAN_CURRENCY.lower(),
                "recurring": {"interval": INTERVALS[plan]},
                "lookup_key": key,
                "transfer_lookup_key": True,
                # Cannot be changed later.
                "tax_behavior": "inclusive",
                "metadata": {**MARK, "newssite_plan": plan},
            }
        ).id


def ensure_portal(prices: dict[str, str]) -> str:
    """The id of the portal's settings: cards, invoices, and a change of plan that keeps free days free."""
    with asking_stripe() as client:
        for row in client.v1.billing_portal.configurations.list({"active": True, "limit": 100}).data:
            if (row.to_dict().get("metadata") or {}).get("site") == MARK["site"]:
                return row.id
        product = client.v1.prices.retrieve(next(iter(prices.values()))).to_dict()["product"]
        return client.v1.billing_portal.configurations.create(
            {
                "metadata": MARK,
                "default_return_url": settings.SITE_URL + reverse("account"),
                "features": {
                    "invoice_history": {"enabled": True},
                    "payment_method_update": {"enabled": True},
                    "customer_update": {"enabled": True, "allowed_updates": ["address", "name", "tax_id"]},
                    "subscription_cancel": {"enabled": True, "mode": "at_period_end"},
                    "subscription_update": {
                        "enabled": True,
                        "default_allowed_updates": ["price"],
                        "products": [{"product": product, "prices": list(prices.values())}],
                        "proration_behavior": "always_invoice",
                        "schedule_at_period_end": {"conditions": [{"type": "shortening_interval"}]},
                        # Stripe's default ends the free days of whoever only changes the plan.
                        "trial_update_behavior": "continue_trial",
                    },
                },
            }
        ).id


def ensure_webhook(url: str) -> str:
    """The signing secret of a new endpoint; empty where there was one: Stripe tells it once only."""
    with asking_stripe() as client:
        for row in client.v1.webhook_endpoints.list({"limit": 100}).data:
            if row.url == url and row.status == "enabled":
                client.v1.webhook_endpoints.update(row.id, {"enabled_events": list(TYPES)})
                return ""
        made = client.v1.webhook_endpoints.create(
            {"url": url, "enabled_events": list(TYPES), "api_version": API_VERSION, "metadata": MARK}
        )
    return made.secret or ""
