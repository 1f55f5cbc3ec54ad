"""People of the demo edition who have paid: histories made by running the clock from then to now."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from tests.stripe_api import customers, periods, portal, subscriptions, timeline

DAY = 86400
GOOD, DECLINES_LATER = "4242424242424242", "4000000000000341"

Step = tuple[int, Callable[[], None]]


def seed_demo(stand_in: Any) -> None:
    """Only into an empty store. Nothing of it is delivered: the site asks."""
    now = stand_in.clock
    with stand_in.changing():
        steps = sorted(history(stand_in, now), key=lambda step: step[0])
        stand_in.clock = steps[0][0]
        for at, act in steps:
            timeline.advance(stand_in, at)
            act()
        stand_in.after_last_retry = "cancel"
        timeline.advance(stand_in, now)
        stand_in.outbox.clear()


def history(stand_in: Any, now: int) -> list[Step]:
    begin = partial(_begin, stand_in)
    ended = periods.add(now - 30 * DAY, "year", -1)
    failed = periods.add(now - 36 * DAY, "month", -1)
    overdue = periods.add(now - 2 * DAY, "month", -2)
    return [
        (ended, lambda: begin("left", "yearly")),
        (now - 60 * DAY, lambda: _cancel(stand_in, "left")),
        (failed, lambda: begin("unpaid", "monthly")),
        (now - 50 * DAY, lambda: _fail_from_now_on(stand_in, "unpaid", "unpaid")),
        (periods.add(now + 19 * DAY, "month", -3), lambda: begin("member", "monthly")),
        (periods.add(now + 10 * DAY, "month", -3), lambda: begin("cancelled", "monthly")),
        (now - 5 * DAY, lambda: _cancel(stand_in, "cancelled")),
        (overdue, lambda: begin("past_due", "monthly")),
        (now - 10 * DAY, lambda: _fail_from_now_on(stand_in, "past_due", "cancel")),
        (now - 6 * DAY, lambda: begin("early", "yearly", trial_end=now + 8 * DAY)),
    ]


def _begin(stand_in: Any, name: str, lookup_key: str, **wanted: Any) -> None:
    customer_id, mark = f"cus_demo_{name}", {"reader": f"demo-{name}"}
    customers.make(stand_in, customer_id, metadata=dict(mark))
    method = customers.attach_card(stand_in, customer_id, GOOD)
    # Cards of their own: who tries the demo with the same number has not had these people's free days.
    method["card"]["fingerprint"] = f"demo-{name}"
    price = stand_in.price(lookup_key)
    subscriptions.begin(stand_in, customer_id, price, {"metadata": mark, **wanted}, method["id"])


def _cancel(stand_in: Any, name: str) -> None:
    portal.cancel(stand_in, subscriptions.of(stand_in, f"cus_demo_{name}")[0])


def _fail_from_now_on(stand_in: Any, name: str, in_the_end: str) -> None:
    stand_in.after_last_retry = in_the_end
    portal.use_card(stand_in, f"cus_demo_{name}", DECLINES_LATER)
