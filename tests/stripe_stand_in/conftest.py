from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import stripe

from tests.stripe_api import StandIn

BEGIN = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    found = StandIn(BEGIN, deliver=lambda body, signature: 200)
    found.start()
    yield found
    found.stop()
    assert found.faults_of_ours == []


@pytest.fixture
def checked(stand_in) -> StandIn:
    """With Stripe's document. Skipped where it is not installed, and failed there in CI."""
    if not stand_in.is_checked:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)("Stripe's OpenAPI document is not installed")
    return stand_in


@pytest.fixture
def client(stand_in) -> stripe.StripeClient:
    return stripe.StripeClient("sk_test_1", base_addresses={"api": stand_in.url}, max_network_retries=2)
