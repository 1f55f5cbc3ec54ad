"""What Stripe tells: an event for each change, signed and delivered."""

from __future__ import annotations

from typing import Any

from tests.stripe_api.operations import operation

KEPT_FOR = 30 * 86400


@operation("GET", "/v1/events", "EventListParams")
def list_events(stand_in: Any, params: dict) -> list[dict]:
    found = [one for one in stand_in.events if one["created"] > stand_in.clock - KEPT_FOR]
    types = params.get("types") or ([params["type"]] if "type" in params else None)
    return [one for one in found if not types or one["type"] in types]


@operation("GET", "/v1/events/{id}", "EventRetrieveParams")
def get(stand_in: Any, params: dict, event_id: str) -> dict:
    return stand_in.get(event_id, "event")
