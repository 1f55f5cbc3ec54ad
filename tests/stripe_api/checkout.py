"""Checkout: a page for one reader and one price, open for a while."""

from __future__ import annotations

from typing import Any

from tests.stripe_api import customers, subscriptions
from tests.stripe_api.cards import CARDS, DECLINES
from tests.stripe_api.operations import operation
from tests.stripe_api.refusals import CardDeclined, Refused

LEAST_FREE = 48 * 3600
OPEN_FOR = (30 * 60, 24 * 3600)


@operation("POST", "/v1/checkout/sessions", "checkout.SessionCreateParams")
def create(stand_in: Any, params: dict) -> dict:
    if params["mode"] != "subscription" or "customer" not in params:
        raise Refused(400, "The stand-in knows Checkout for a subscription of a known customer only.")
    customers.living(stand_in, params["customer"])
    stand_in.get(params["line_items"][0]["price"], "price")
    free_until = params.get("subscription_data", {}).get("trial_end")
    if free_until and free_until - stand_in.clock < LEAST_FREE:
        raise Refused(400, "The `trial_end` date has to be at least 2 days in the future.")
    ends_at = params.get("expires_at", stand_in.clock + OPEN_FOR[1])
    if not OPEN_FOR[0] - 60 <= ends_at - stand_in.clock <= OPEN_FOR[1]:
        raise Refused(400, "The `expires_at` timestamp must be at least 30 minutes and less than 24 hours ahead.")
    session_id = stand_in.new_id("cs_test")
    session = stand_in.make(
        "checkout.session",
        session_id,
        mode=params["mode"],
        customer=params["customer"],
        status="open",
        payment_status="unpaid",
        client_reference_id=params.get("client_reference_id"),
        success_url=params["success_url"],
        cancel_url=params.get("cancel_url"),
        expires_at=ends_at,
        metadata=params.get("metadata", {}),
        payment_method_types=["card"],
        payment_method_collection=params.get("payment_method_collection", "always"),
        subscription=None,
        url=f"{stand_in.url}/checkout/{session_id}",
    )
    stand_in.asked[session_id] = params
    return session


@operation("GET", "/v1/checkout/sessions", "checkout.SessionListParams")
def list_sessions(stand_in: Any, params: dict) -> list[dict]:
    wanted = params.get("customer")
    return [one for one in stand_in.all("checkout.session") if not wanted or one["customer"] == wanted]


@operation("GET", "/v1/checkout/sessions/{id}", "checkout.SessionRetrieveParams")
def get(stand_in: Any, params: dict, session_id: str) -> dict:
    return stand_in.get(session_id, "checkout.session")


@operation("POST", "/v1/checkout/sessions/{id}/expire", "checkout.SessionExpireParams")
def expire(stand_in: Any, params: dict, session_id: str) -> dict:
    session = stand_in.get(session_id, "checkout.session")
    if session["status"] != "open":
        raise Refused(400, 'Only Checkout Sessions with a status in ["open"] can be expired.')
    session.update(status="expired", url=None)
    stand_in.emit("checkout.session.expired", session)
    return session


def complete(stand_in: Any, session_id: str, number: str) -> dict:
    """What the reader does on the page. CardDeclined leaves it open."""
    session, asked = stand_in.get(session_id, "checkout.session"), stand_in.asked[session_id]
    if session["status"] != "open":
        raise CardDeclined("This page is no longer open.")
    wanted = asked.get("subscription_data", {})
    is_free = bool(wanted.get("trial_end") or wanted.get("trial_period_days"))
    if CARDS.get(number, DECLINES) == DECLINES or (CARDS[number] == "declines_later" and not is_free):
        raise CardDeclined("Your card was declined.")
    method = customers.attach_card(stand_in, session["customer"], number)
    price = stand_in.get(asked["line_items"][0]["price"], "price")
    with stand_in.present():
        subscription = subscriptions.begin(stand_in, session["customer"], price, wanted, method["id"])
    paid = "no_payment_required" if subscription["status"] == "trialing" else "paid"
    session.update(status="complete", payment_status=paid, subscription=subscription["id"], url=None)
    stand_in.emit("checkout.session.completed", session)
    return subscription
