"""Schemas of the document, made strict.

Stripe closes only the top level of a request, so that `trial_settings[end_behaviour]` would pass. Here every object
that lists its properties accepts no others, at any depth, in requests and replies alike.
"""

from __future__ import annotations

from typing import Any

PROSE = {"description", "title", "example", "nullable", "format"}


def closed(schema: Any) -> Any:
    """A schema without prose, with `nullable` as an alternative and `$ref` as a bare name, closed throughout."""
    if isinstance(schema, list):
        return [closed(inner) for inner in schema]
    if not isinstance(schema, dict):
        return schema
    strict = {name: _closed_part(name, inner) for name, inner in schema.items() if not _is_prose(name)}
    if strict.get("properties") and "additionalProperties" not in strict:
        strict["additionalProperties"] = False
    return {"anyOf": [strict, {"type": "null"}]} if schema.get("nullable") else strict


def _closed_part(name: str, part: Any) -> Any:
    match name:
        case "properties":
            return {inner_name: closed(inner) for inner_name, inner in part.items()}
        case "$ref":
            return part.rsplit("/", 1)[1]
        case "enum" | "required":
            return part
        case _:
            return closed(part)


def _is_prose(name: str) -> bool:
    return name in PROSE or name.startswith("x-")


def references(schema: Any) -> set[str]:
    """Names of the schemas that a closed schema points at, directly."""
    if isinstance(schema, list):
        return set().union(*map(references, schema))
    if not isinstance(schema, dict):
        return set()
    own = {schema["$ref"]} if isinstance(schema.get("$ref"), str) else set()
    return own.union(*(references(inner) for inner in schema.values()))
