"""Stripe's form encoding: a[b][0][c]=1."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl


def decode(form: str) -> dict[str, Any]:
    """`a[b]=1&a[c][0]=2` -> {"a": {"b": "1", "c": ["2"]}}. Every leaf stays text; `a[]=` counts up."""
    root: dict[str, Any] = {}
    for name, value in parse_qsl(form, keep_blank_values=True):
        steps = [name.split("[", 1)[0], *re.findall(r"\[([^\]]*)\]", name)]
        place = root
        for step in steps[:-1]:
            place = place.setdefault(step or str(len(place)), {})
            if not isinstance(place, dict):
                raise ValueError(f"{name} is both a value and a group of values")
        place[steps[-1] or str(len(place))] = value
    return {name: _with_lists(value) for name, value in root.items()}


def _with_lists(value: Any) -> Any:
    """Groups whose names are all numbers are lists."""
    if not isinstance(value, dict):
        return value
    if value and all(name.isdigit() for name in value):
        return [_with_lists(value[name]) for name in sorted(value, key=int)]
    return {name: _with_lists(inner) for name, inner in value.items()}
