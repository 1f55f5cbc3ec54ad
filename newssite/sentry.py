"""Errors to Sentry, where SENTRY_DSN is set: the fault and where it stands in our code, nothing of who met it."""

from __future__ import annotations

from typing import Any

import sentry_sdk

from newssite.logs import sieve

# What is left of a request: enough to find the page.
KEPT_OF_REQUEST = ("method",)
LEFT_OUT = ("user", "breadcrumbs", "server_name", "extra")


def begin(dsn: str, **options: Any) -> None:
    """A Sentry that is away or slow costs nothing: events wait in a bounded queue of a thread of its own.

    The SDK collects nothing personal unless it is told to; `scrub` does not rely on that.
    """
    sentry_sdk.init(
        dsn=dsn,
        include_local_variables=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        auto_session_tracking=False,
        traces_sample_rate=None,
        shutdown_timeout=2,
        before_send=scrub,
        **options,
    )


def scrub(event: dict[str, Any], hint: dict[str, Any]) -> dict[str, Any]:
    """The event with every text in it passed through the log's sieve."""
    kept = {key: value for key, value in event.items() if key not in LEFT_OUT}
    if "request" in kept:
        kept["request"] = {key: value for key, value in kept["request"].items() if key in KEPT_OF_REQUEST}
    return sieved(kept)


def sieved(found: Any) -> Any:
    if isinstance(found, str):
        return sieve(found)
    if isinstance(found, dict):
        return {key: sieved(value) for key, value in found.items()}
    return [sieved(one) for one in found] if isinstance(found, list | tuple) else found
