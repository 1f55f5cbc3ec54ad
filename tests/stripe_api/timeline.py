"""What falls due as the clock moves: trials, renewals, ends, drafts, retries."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from tests.stripe_api import invoices, subscriptions

Due = tuple[int, int, str, Callable[[], None]]


def advance(stand_in: Any, to: int) -> None:
    """Everything up to `to` (Unix seconds) happens, in order, each at its own time."""
    while True:
        due = min((one for one in coming(stand_in) if one[0] <= to), key=lambda one: one[:3], default=None)
        if due is None:
            break
        stand_in.clock = max(stand_in.clock, due[0])
        due[3]()
    stand_in.clock = max(stand_in.clock, to)


def coming(stand_in: Any) -> Iterator[Due]:
    for one in stand_in.all("subscription"):
        if one["status"] == "incomplete":
            yield one["created"] + subscriptions.INCOMPLETE_FOR, 1, one["id"], _gives_up(stand_in, one)
        if one["status"] not in subscriptions.ENDED and one["status"] not in {"paused", "incomplete"}:
            yield from _of_subscription(stand_in, one)
    for one in stand_in.all("invoice"):
        if one["id"] in stand_in.drafts:
            yield stand_in.drafts[one["id"]], 2, one["id"], _finalizes(stand_in, one)
        elif one["status"] == "open" and one["next_payment_attempt"]:
            yield one["next_payment_attempt"], 2, one["id"], _collects(stand_in, one)
    for one in stand_in.all("checkout.session"):
        if one["status"] == "open":
            yield one["expires_at"], 3, one["id"], _expires(stand_in, one)


def _of_subscription(stand_in: Any, one: dict) -> Iterator[Due]:
    end_at = subscriptions.item_of(one)["current_period_end"]
    if one["status"] == "trialing" and one["id"] not in stand_in.warned:
        warned_at = max(one["trial_end"] - subscriptions.WARNED_BEFORE, one["created"])
        yield warned_at, 0, one["id"], _warns(stand_in, one)
    if one["cancel_at"] and one["cancel_at"] <= end_at:
        yield one["cancel_at"], 1, one["id"], lambda: subscriptions.end(stand_in, one, "cancellation_requested")
    elif one["status"] == "trialing":
        yield one["trial_end"], 1, one["id"], lambda: subscriptions.end_trial(stand_in, one)
    else:
        yield end_at, 1, one["id"], lambda: subscriptions.renew(stand_in, one)


def _warns(stand_in: Any, one: dict) -> Callable[[], None]:
    def warn() -> None:
        stand_in.warned.add(one["id"])
        stand_in.emit("customer.subscription.trial_will_end", one)

    return warn


def _gives_up(stand_in: Any, one: dict) -> Callable[[], None]:
    return lambda: subscriptions.give_up(stand_in, one)


def _finalizes(stand_in: Any, one: dict) -> Callable[[], None]:
    def finalize() -> None:
        del stand_in.drafts[one["id"]]
        if invoices.subscription_of(stand_in, one)["status"] not in subscriptions.ENDED:
            invoices.finalize(stand_in, one)

    return finalize


def _collects(stand_in: Any, one: dict) -> Callable[[], None]:
    return lambda: invoices.collect(stand_in, one)


def _expires(stand_in: Any, one: dict) -> Callable[[], None]:
    def expire() -> None:
        one.update(status="expired", url=None)
        stand_in.emit("checkout.session.expired", one)

    return expire
