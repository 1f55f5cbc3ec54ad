"""Stripe's test cards: what each does when it is charged."""

from __future__ import annotations

import hashlib

OK, DECLINES, DECLINES_LATER, ASKS_LATER, ASKS_ALWAYS = "ok", "declines", "declines_later", "asks_later", "asks_always"
CARDS = {
    "4242424242424242": OK,
    "5555555555554444": OK,
    "4000000000000341": DECLINES_LATER,
    "4000000000009995": DECLINES_LATER,
    "4000000000000069": DECLINES_LATER,
    "4000002500003155": ASKS_LATER,
    "4000000000003220": ASKS_ALWAYS,
    "4000000000000002": DECLINES,
}
TOKENS = {"pm_card_visa": "4242424242424242", "pm_card_chargeCustomerFail": "4000000000000341"}


def fingerprint(number: str) -> str:
    """The same for the same card, whoever uses it."""
    return hashlib.sha256(number.encode()).hexdigest()[:16]
