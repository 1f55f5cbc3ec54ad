"""A value against a schema that uses the ten JSON-Schema keywords of Stripe's document."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]
KINDS = {"string": str, "object": dict, "array": list, "boolean": bool, "null": type(None)}


class Validator:
    """Holds the schemas that `$ref` points at, and words that pass although a list of words lacks them."""

    def __init__(self, schemas: Mapping[str, Schema], extra_words: Collection[str] = ()) -> None:
        self.schemas = schemas
        self.extra_words = set(extra_words)

    def faults(self, value: Any, schema: Schema) -> list[str]:
        """Everything in which `value` differs from `schema`, each naming its place; [] when it fits."""
        return [f"{at.lstrip('.') or 'the whole'}: {fault}" for at, fault in self._walk(value, schema, "")]

    def _walk(self, value: Any, schema: Schema, at: str) -> Iterator[tuple[str, str]]:
        if "$ref" in schema:
            yield from self._walk(value, self.schemas[schema["$ref"]], at)
        elif "anyOf" in schema:
            yield from self._walk_alternatives(value, schema["anyOf"], at)
        elif fault := self._plain_fault(value, schema):
            yield at, fault
        elif isinstance(value, dict):
            yield from self._walk_group(value, schema, at)
        elif isinstance(value, list) and "items" in schema:
            for place, inner in enumerate(value):
                yield from self._walk(inner, schema["items"], f"{at}[{place}]")

    def _walk_alternatives(self, value: Any, offered: list[Schema], at: str) -> Iterator[tuple[str, str]]:
        found = []
        for schema in offered:
            faults = list(self._walk(value, schema, at))
            if not faults:
                return
            found.append(faults)
        yield from max(found, key=lambda faults: max(len(place) for place, _ in faults))

    def _plain_fault(self, value: Any, schema: Schema) -> str:
        kind = schema.get("type")
        if kind and not _is_of(value, kind):
            return f"{value!r} is not of type {kind}"
        if "enum" in schema and value not in schema["enum"] and value not in self.extra_words:
            return f"{value!r} is not one of {schema['enum']}"
        if isinstance(value, str) and len(value) > schema.get("maxLength", len(value)):
            return f"longer than {schema['maxLength']} characters"
        return ""

    def _walk_group(self, value: dict[str, Any], schema: Schema, at: str) -> Iterator[tuple[str, str]]:
        properties, others = schema.get("properties", {}), schema.get("additionalProperties", True)
        for name in schema.get("required", ()):
            if name not in value:
                yield f"{at}.{name}", "missing"
        for name, inner in value.items():
            if name in properties:
                yield from self._walk(inner, properties[name], f"{at}.{name}")
            elif others is False:
                yield f"{at}.{name}", "unknown"
            elif isinstance(others, dict):
                yield from self._walk(inner, others, f"{at}.{name}")


def _is_of(value: Any, kind: str) -> bool:
    if kind in ("integer", "number"):
        return isinstance(value, int if kind == "integer" else (int, float)) and not isinstance(value, bool)
    return isinstance(value, KINDS[kind])
