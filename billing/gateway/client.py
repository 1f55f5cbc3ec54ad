"""The one seam to Stripe: key, address, patience and pinned API version.

The library is loaded by the first call, here and in the other modules of this package: with the two HTTP clients that
it brings along it is the largest of all that a web process may need, and few pages ask Stripe anything.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from threading import BoundedSemaphore
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from billing.gateway.errors import Missing, NotPossible, StripeAway

if TYPE_CHECKING:
    import stripe

logger = logging.getLogger(__name__)

STRIPE_ADDRESS = "https://api.stripe.com"
API_VERSION = "2026-10-28.endive"
TEST_KEYS = ("sk_test_", "rk_test_")
# Of the four threads that deploy/ gives a process two stay, however slow Stripe is: one for who only reads, one for who
# signs in or up (newssite/crowding.py).
WAITING = BoundedSemaphore(2)


def is_on() -> bool:
    """Whether anybody can pay here."""
    return bool(settings.STRIPE_SECRET_KEY)


def is_live() -> bool:
    return is_on() and not settings.STRIPE_SECRET_KEY.startswith(TEST_KEYS)


def stripe_client() -> stripe.StripeClient:
    """StripeAway without a key; ImproperlyConfigured where a live key would be sent to another address."""
    if not is_on():
        raise StripeAway("no key is set")
    if is_live() and settings.STRIPE_API_BASE != STRIPE_ADDRESS:
        raise ImproperlyConfigured("STRIPE_API_BASE is not Stripe's, so STRIPE_SECRET_KEY must be a test key.")
    return make_client(settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE, settings.STRIPE_TIMEOUT_SECONDS)


@lru_cache(maxsize=8)
def make_client(key: str, base: str, timeout: int) -> stripe.StripeClient:
    import stripe

    return stripe.StripeClient(
        key,
        stripe_version=API_VERSION,
        base_addresses={"api": base},
        # The SDK repeats what failed on the way, under the same idempotency key.
        max_network_retries=2,
        http_client=stripe.RequestsClient(timeout=timeout),
    )


@contextmanager
def asking_stripe() -> Iterator[stripe.StripeClient]:
    """The client; its errors become ours. The kind of an error is logged, never its content."""
    import stripe

    try:
        yield stripe_client()
    except stripe.CardError as error:
        raise NotPossible("The bank declined the payment. Use another card on your account page.") from error
    except stripe.InvalidRequestError as error:
        if error.code == "resource_missing":
            raise Missing from error
        logger.exception("stripe refused code=%s param=%s", error.code, error.param)
        raise StripeAway from error
    except stripe.StripeError as error:
        logger.warning("stripe away kind=%s status=%s", type(error).__name__, error.http_status)
        raise StripeAway from error


@contextmanager
def among_few() -> Iterator[None]:
    """For pages that wait for Stripe. StripeAway at once where as many wait already as this process can spare."""
    if not WAITING.acquire(blocking=False):
        logger.warning("too many wait for stripe")
        raise StripeAway("too many wait already")
    try:
        yield
    finally:
        WAITING.release()
