"""Requests against the TypedDicts inside the installed SDK, which are of exactly the version it pins.

The SDK opens every list of words (`Literal["a", "b"] | str`), so that mypy no longer sees a wrong one. Here the
`| str` beside a list of words is dropped again.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from functools import cache
from importlib import import_module
from typing import Any

import typing_extensions

WRAPPERS = (typing_extensions.NotRequired, typing_extensions.Required, typing.Annotated)
LITERALS = (typing.Literal, typing_extensions.Literal)


@cache
def params_type(name: str) -> Any:
    """`checkout.SessionCreateParams` -> the TypedDict of that name below stripe.params."""
    package, _, name = name.rpartition(".")
    return getattr(import_module(f"stripe.params.{package}".rstrip(".")), name)


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return typing_extensions.get_type_hints(kind, localns={**vars(typing), "StripeContext": Any}, include_extras=True)


@cache
def _alternatives(kind: Any) -> tuple[Any, ...]:
    """What a union offers; () when it is none. A list of words loses the `str` that opens it."""
    if typing_extensions.get_origin(kind) not in (typing.Union, types.UnionType):
        return ()
    offered = typing_extensions.get_args(kind)
    words = {word for one in offered if _is_literal(one) for word in typing_extensions.get_args(one)}
    # `Literal[""] | str` means: empty to unset, else free text. Only real words make a list of words.
    if words - {""}:
        offered = tuple(one for one in offered if one is not str)
    return offered


def _is_literal(kind: Any) -> bool:
    return typing_extensions.get_origin(kind) in LITERALS


def coerce(value: Any, kind: Any) -> Any:
    """Text from a form -> the number, truth or decimal that `kind` asks for; what cannot be turned stays as it is."""
    origin, args = typing_extensions.get_origin(kind), typing_extensions.get_args(kind)
    if origin in WRAPPERS:
        return coerce(value, args[0])
    if offered := _alternatives(kind):
        return _coerce_to_one(value, offered)
    if isinstance(value, str):
        return _coerce_text(value, kind)
    if isinstance(value, dict) and typing_extensions.is_typeddict(kind):
        hints = _hints(kind)
        return {name: coerce(inner, hints[name]) if name in hints else inner for name, inner in value.items()}
    if isinstance(value, list) and origin is list:
        return [coerce(inner, args[0]) for inner in value]
    return value


def _coerce_to_one(value: Any, offered: tuple[Any, ...]) -> Any:
    turned = [coerce(value, one) for one in offered]
    for candidate, one in zip(turned, offered, strict=True):
        if not faults(candidate, one):
            return candidate
    return next((candidate for candidate in turned if candidate is not value), value)


def _coerce_text(text: str, kind: Any) -> Any:
    if kind is bool:
        return {"true": True, "false": False}.get(text.lower(), text)
    if kind not in (int, float, Decimal):
        return text
    try:
        return kind(text)
    except (ValueError, InvalidOperation):
        return text


def faults(value: Any, kind: Any, at: str = "") -> list[str]:
    """Everything in which `value` differs from `kind`, each naming its place; [] when it fits."""
    origin, args = typing_extensions.get_origin(kind), typing_extensions.get_args(kind)
    if origin in WRAPPERS:
        return faults(value, args[0], at)
    if typing_extensions.is_typeddict(kind):
        return _faults_of_group(value, kind, at)
    if offered := _alternatives(kind):
        return min((faults(value, one, at) for one in offered), key=lambda found: _rank(found, value))
    if origin in LITERALS:
        return [] if value in args else [f"{at}: {value!r} is not one of {list(args)}"]
    if origin is list:
        return _faults_of_list(value, args[0], at)
    if origin is dict:
        return [] if isinstance(value, Mapping) else [f"{at}: a group of values is expected, not {value!r}"]
    return _faults_of_plain(value, kind, at)


def _rank(found: list[str], value: Any) -> tuple[int, int]:
    """The alternative that fits, else the one that got furthest into the value."""
    return (len(found) > 0, -max((fault.count(".") + fault.count("[") for fault in found), default=0))


def _faults_of_group(value: Any, kind: Any, at: str) -> list[str]:
    if not isinstance(value, Mapping):
        return [f"{at or 'the request'}: a group of values is expected, not {value!r}"]
    hints, dot = _hints(kind), f"{at}." if at else ""
    found = [f"{dot}{name}: missing" for name in sorted(kind.__required_keys__) if name not in value]
    for name, inner in value.items():
        found += faults(inner, hints[name], f"{dot}{name}") if name in hints else [f"{dot}{name}: unknown parameter"]
    return found


def _faults_of_list(value: Any, kind: Any, at: str) -> list[str]:
    if not isinstance(value, list):
        return [f"{at}: a list is expected, not {value!r}"]
    return [fault for place, inner in enumerate(value) for fault in faults(inner, kind, f"{at}[{place}]")]


def _faults_of_plain(value: Any, kind: Any, at: str) -> list[str]:
    if not isinstance(kind, type):
        return []
    if kind is float:
        kind = (int, float)
    if isinstance(value, bool) is not (kind is bool) or not isinstance(value, kind):
        expected = getattr(kind, "__name__", "number")
        return [f"{at}: {expected} is expected, not {value!r}"]
    return []
