"""Everything that comes in or goes out, held against the document and the SDK's types."""

from __future__ import annotations

import json
from decimal import Decimal
from functools import cache, cached_property
from typing import Any

from tests.stripe_api.shapes import typed
from tests.stripe_api.shapes.closing import closed
from tests.stripe_api.shapes.document import Document, _cut, load, nameless
from tests.stripe_api.shapes.forms import decode
from tests.stripe_api.shapes.validate import Validator

# What the SDK pins; the document is one version older and does not know the word.
API_VERSION = "2026-10-28.endive"
FORM = "application/x-www-form-urlencoded"


class Gate:
    """Unchecked, but for the SDK's types, where the document is not installed."""

    def __init__(self, operations: tuple[tuple[str, str], ...]) -> None:
        self.operations = operations
        self.document: Document | None = load(operations)
        self.validator = Validator(self.document.schemas if self.document else {}, extra_words=(API_VERSION,))

    @cached_property
    def is_checked(self) -> bool:
        return self.document is not None

    def read(self, method: str, path: str, params_name: str, form: str) -> tuple[dict[str, Any], list[str]]:
        """A form's values in the types that the operation asks for, and everything that is wrong with them."""
        kind = typed.params_type(params_name)
        try:
            params = typed.coerce(decode(form), kind)
        except ValueError as error:
            return {}, [str(error)]
        found = typed.faults(params, kind)
        if self.document is not None:
            part = "query" if method in {"GET", "DELETE"} else "body"
            found += self.validator.faults(_plain(params), self._schema(method, path, part))
        return params, found

    def faults_of_reply(self, method: str, path: str, reply: Any) -> list[str]:
        return self.validator.faults(reply, self._schema(method, path, "reply")) if self.document else []

    def faults_of_object(self, found: dict[str, Any]) -> list[str]:
        """Of what an event carries."""
        return self.validator.faults(found, {"$ref": found["object"]}) if self.document else []

    def grown(self, kind: str) -> dict[str, Any]:
        """An object of a kind with its required fields at their plainest; empty without the document."""
        return _skeleton(self.document.schemas, self.document.schemas[kind]) if self.document else {}

    def _schema(self, method: str, path: str, part: str) -> Any:
        return _closed_schema(method, nameless(path), part, self.operations)


@cache
def _closed_schema(method: str, path: str, part: str, operations: tuple[tuple[str, str], ...]) -> Any:
    document = load(operations)
    assert document is not None
    return closed(_cut(_raw_schema(document.operations[(method, path)], part)))


def _raw_schema(row: dict[str, Any], part: str) -> dict[str, Any]:
    empty = {"type": "object", "properties": {}, "additionalProperties": False}
    match part:
        case "body" | "query":
            named = [one for one in row.get("parameters", []) if one["in"] == "query"]
            body = row.get("requestBody", {}).get("content", {}).get(FORM, {}).get("schema", empty)
            if part == "body" or not named:
                return body
            needed = [one["name"] for one in named if one.get("required")]
            return {**empty, "properties": {one["name"]: one["schema"] for one in named}, "required": needed}
        case _:
            return row["responses"]["200"]["content"]["application/json"]["schema"]


def _plain(params: Any) -> Any:
    """As JSON has it: decimals are text there."""
    return json.loads(json.dumps(params, default=lambda one: str(one) if isinstance(one, Decimal) else one))


def _skeleton(schemas: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    needed = set(schema.get("required", ()))
    made: dict[str, Any] = {}
    for name, part in schema.get("properties", {}).items():
        is_nullable = any(one.get("type") == "null" for one in part.get("anyOf", ()))
        if is_nullable:
            made[name] = None
        elif name in needed:
            made[name] = _plainest(schemas, part)
    return made


def _plainest(schemas: dict[str, Any], part: dict[str, Any]) -> Any:
    if "$ref" in part:
        return _plainest(schemas, schemas[part["$ref"]])
    if "anyOf" in part:
        return None if any(one.get("type") == "null" for one in part["anyOf"]) else _plainest(schemas, part["anyOf"][0])
    if "enum" in part:
        return part["enum"][0]
    if part.get("type") == "object":
        return _skeleton(schemas, part)
    return {"integer": 0, "number": 0, "boolean": False, "array": []}.get(part.get("type", ""), "")
