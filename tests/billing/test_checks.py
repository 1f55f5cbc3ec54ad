"""Combinations of payment settings that must not run, or not be deployed, each with a hint."""

from __future__ import annotations

import pytest
from django.core.checks import run_checks

STRIPE = "https://api.stripe.com"


@pytest.mark.parametrize(
    ("key", "base", "secrets", "found"),
    [
        ("sk_live_1", STRIPE, ["whsec_1"], set()),
        ("sk_live_1", "http://127.0.0.1:8002", ["whsec_1"], {"billing.E001"}),
        ("sk_live_1", STRIPE, [], {"billing.E002"}),
        ("", STRIPE, [], {"billing.W003"}),
        ("sk_test_1", "http://127.0.0.1:8002", ["whsec_1"], {"billing.W004"}),
    ],
)
def test_each_dangerous_combination_is_named(settings, key, base, secrets, found):
    """B02"""
    settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE, settings.STRIPE_WEBHOOK_SECRETS = key, base, secrets
    told = [one for one in run_checks(include_deployment_checks=True) if one.id.startswith("billing.")]
    assert {one.id for one in told} == found
    assert all(one.hint for one in told)


def test_a_live_key_with_another_address_stops_every_start(settings):
    settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE = "sk_live_1", "http://127.0.0.1:8002"
    assert "billing.E001" in {one.id for one in run_checks()}
