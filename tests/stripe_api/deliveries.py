"""Deliveries to the site's webhook: right after a change, again and again where nobody answers."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from http.client import HTTPException
from typing import Any
from urllib.request import Request, urlopen

from tests.stripe_api import timeline

PAUSES = (1, 2, 4, 8, 15, 30, 60, 120, 300)
LOOK_SECONDS = 0.2


def keep_delivering(stand_in: Any, url: str) -> threading.Thread:
    """In the background, in order; time goes on as the machine's clock does."""
    thread = threading.Thread(target=_run, args=(stand_in, url), daemon=True)
    thread.start()
    return thread


def _run(stand_in: Any, url: str) -> None:
    due: dict[str, tuple[float, int]] = {}  # event -> when it is tried next, how often it was
    while True:
        with stand_in.changing() if _is_second() else stand_in.lock:
            timeline.advance(stand_in, int(datetime.now(UTC).timestamp()))
            waiting = list(stand_in.outbox)
        for event in waiting:
            at, tries = due.get(event["id"], (0.0, 0))
            if time.monotonic() < at:
                continue
            if post(url, *stand_in.signed(event)) == 200 or tries >= len(PAUSES):
                due.pop(event["id"], None)
                with stand_in.changing():
                    stand_in.outbox.remove(event)
            else:
                due[event["id"]] = (time.monotonic() + PAUSES[tries], tries + 1)
        time.sleep(LOOK_SECONDS)


def _is_second() -> bool:
    """Storing at every look would write all day for nothing."""
    return int(time.monotonic()) % 10 == 0


def post(url: str, body: bytes, signature: str) -> int:
    """The status; 0 where nobody answers."""
    request = Request(url, body, {"Content-Type": "application/json", "Stripe-Signature": signature})
    try:
        with urlopen(request, timeout=10) as answer:
            return answer.status
    except (OSError, HTTPException) as error:
        return getattr(error, "code", 0)
