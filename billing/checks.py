"""Combinations of the payment settings that must not run, or not be deployed."""

from __future__ import annotations

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

from billing.gateway import client


@register(Tags.security)
def a_live_key_goes_to_stripe_only(**kwargs: object) -> list[CheckMessage]:
    """Not only at deployment: the key would leave with the first call."""
    if not client.is_live() or settings.STRIPE_API_BASE == client.STRIPE_ADDRESS:
        return []
    return [
        Error(
            "STRIPE_API_BASE is not Stripe's, and STRIPE_SECRET_KEY is no test key.",
            hint="Remove STRIPE_API_BASE, or use a key that begins with sk_test_.",
            id="billing.E001",
        )
    ]


@register(Tags.security, deploy=True)
def events_can_be_verified(**kwargs: object) -> list[CheckMessage]:
    if not client.is_on() or settings.STRIPE_WEBHOOK_SECRETS:
        return []
    return [
        Error(
            "Payment is on and there is no STRIPE_WEBHOOK_SECRET: every event is answered 503.",
            hint="Set STRIPE_WEBHOOK_SECRET to the signing secret of the endpoint at Stripe (whsec_…).",
            id="billing.E002",
        )
    ]


@register(Tags.security, deploy=True)
def somebody_can_pay(**kwargs: object) -> list[CheckMessage]:
    if not client.is_on():
        return [
            Warning(
                "There is no STRIPE_SECRET_KEY: nobody can become a member.",
                hint="Set STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET.",
                id="billing.W003",
            )
        ]
    if not client.is_live():
        return [
            Warning(
                "STRIPE_SECRET_KEY is a test key: no money moves.",
                hint="Use the live key and the live endpoint's secret.",
                id="billing.W004",
            )
        ]
    return []
