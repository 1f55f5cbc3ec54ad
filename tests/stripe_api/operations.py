"""Which operations the stand-in knows: each module adds its own with a decorator."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.stripe_api.shapes.document import nameless


@dataclass(frozen=True, slots=True)
class Operation:
    method: str
    path: str  # "/v1/customers/{id}"
    params: str  # the SDK's TypedDict below stripe.params
    run: Callable[..., Any]
    pattern: re.Pattern[str]


OPERATIONS: list[Operation] = []


def operation(method: str, path: str, params: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """`run(stand_in, params, *ids)` returns an object, or a list of them for a page."""

    def add(run: Callable[..., Any]) -> Callable[..., Any]:
        pattern = re.compile("^" + re.sub(r"\{\w+\}", "([^/]+)", path) + "$")
        OPERATIONS.append(Operation(method, path, params, run, pattern))
        return run

    return add


def find(method: str, path: str) -> tuple[Operation, tuple[str, ...]] | None:
    for one in OPERATIONS:
        if one.method == method and (match := one.pattern.match(path)):
            return one, match.groups()
    return None


def keys() -> tuple[tuple[str, str], ...]:
    return tuple((one.method, nameless(one.path)) for one in OPERATIONS)
