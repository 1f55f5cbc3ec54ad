"""To Stripe's own pages for a customer: cards, invoices, address."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse

from billing.gateway.client import asking_stripe
from billing.gateway.errors import NotPossible
from billing.models import Customer, Subscription


def open_portal(user, purpose: str = "") -> str:
    """The address; with the purpose "card" straight to the form for another card. NotPossible before any payment."""
    flow = {"type": "payment_method_update"} if purpose == "card" else None
    return _open(user, flow)


def open_switch(user, row: Subscription, price_id: str) -> str:
    """The page that confirms another plan, which begins when the paid period is over."""
    items = [{"id": row.item_id, "price": price_id, "quantity": 1}]
    flow = {
        "type": "subscription_update_confirm",
        "subscription_update_confirm": {"subscription": row.stripe_id, "items": items},
    }
    return _open(user, flow)


def _open(user, flow: dict | None) -> str:
    customer = Customer.objects.filter(user=user, is_lost=False).exclude(stripe_id=None).first()
    if customer is None:
        raise NotPossible("There is nothing to manage yet: you have not taken a plan.")
    parameters: dict = {"customer": customer.stripe_id, "return_url": settings.SITE_URL + reverse("portal")}
    if settings.STRIPE_PORTAL_CONFIGURATION:
        parameters["configuration"] = settings.STRIPE_PORTAL_CONFIGURATION
    if flow:
        parameters["flow_data"] = flow
    with asking_stripe() as client:
        return str(client.v1.billing_portal.sessions.create(parameters).url)
