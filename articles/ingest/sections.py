"""Where an article belongs, by what its publisher files it under. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

GENERAL = "top"
MAX_CATEGORY = 200  # characters that are looked at
PATH = re.compile(r"\s*(?:[>/|»›→]|::|\\)+\s*")


def section_of(categories: Sequence[str], rules: Mapping[str, str], default: str) -> str:
    """The section of an article whose feed belongs to `default`.

    A feed that names a section keeps it. In a general one the first category with a rule decides. `rules` maps names
    in lower case (as `normal` writes them) to sections. Of "News > Sport > Football" the whole is looked for first,
    then its longer beginnings without the last part, then each part, the last and most exact one first.
    """
    if default != GENERAL:
        return default
    for category in categories:
        for name in _names(category):
            if name in rules:
                return rules[name]
    return default


def normal(name: str) -> str:
    """Names are compared so: without case, with single blanks."""
    return " ".join(name.casefold().split())


def _names(category: str) -> Iterator[str]:
    """What a category may be called in the rules, the most exact first."""
    whole = normal(category[:MAX_CATEGORY])
    yield whole
    parts = [part for part in PATH.split(whole) if part]
    if len(parts) < 2:
        return
    for length in range(len(parts), 1, -1):
        yield " > ".join(parts[:length])
        yield "/".join(parts[:length])
    yield from reversed(parts)
