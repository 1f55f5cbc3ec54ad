"""Rows of a catalogue: one source with its feeds, checked. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from unicodedata import normalize

from articles.sections import SECTIONS

PERMISSIONS = ("headline", "teaser", "open", "full")
SLUG = re.compile(r"[a-z0-9_]+(?:-[a-z0-9_]+)*")
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
LENGTHS = {"name": 120, "slug": 80, "homepage": 500, "description": 300, "language": 16, "licence": 40}
LINKS = ("homepage", "licence_url", "licence_stated_at")


@dataclass(frozen=True, slots=True)
class FeedRow:
    url: str
    section: str = "top"


@dataclass(frozen=True, slots=True)
class SourceRow:
    """Facts that the catalogue does not state are empty: they leave alone what is stored."""

    name: str
    slug: str
    homepage: str
    feeds: tuple[FeedRow, ...]
    description: str = ""
    country: str = ""
    language: str = ""
    permission: str = ""  # "" leaves it to whoever loads the row
    licence: str = ""
    licence_url: str = ""
    licence_stated_at: str = ""
    weight: float | None = None


@dataclass(frozen=True, slots=True)
class BadRow:
    name: str
    reason: str


@dataclass(slots=True)
class Rows:
    good: list[SourceRow] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)


def read_json(document: bytes) -> Rows:
    """A catalogue in JSON: a list of objects with the names of SourceRow. Raises ValueError where it is none."""
    listed = json.loads(document)
    if not isinstance(listed, list):
        raise ValueError("A catalogue is a list of sources.")
    return checked_rows(listed)


def checked_rows(listed: Iterable[object]) -> Rows:
    rows, slugs = Rows(), set()
    for number, facts in enumerate(listed, start=1):
        try:
            row = row_of(facts)
            if row.slug in slugs:
                raise ValueError(f"the slug {row.slug!r} is taken by an earlier row")
        except ValueError as error:
            rows.bad.append(BadRow(_name_of(facts) or f"row {number}", str(error)))
        else:
            slugs.add(row.slug)
            rows.good.append(row)
    return rows


def _name_of(facts: object) -> str:
    return str(facts.get("name") or facts.get("slug") or "")[:120] if isinstance(facts, dict) else ""


def row_of(facts: object) -> SourceRow:
    """Raises ValueError with what is wrong, in words for whoever keeps the list."""
    if not isinstance(facts, dict):
        raise ValueError("not an object")
    row = SourceRow(
        name=_text(facts, "name"),
        slug=_text(facts, "slug") or slug_of(_text(facts, "name")),
        homepage=_text(facts, "homepage"),
        feeds=tuple(_feeds(facts.get("feeds"))),
        description=_text(facts, "description"),
        country=_text(facts, "country").upper(),
        language=_text(facts, "language"),
        permission=_text(facts, "permission"),
        licence=_text(facts, "licence"),
        licence_url=_text(facts, "licence_url"),
        licence_stated_at=_text(facts, "licence_stated_at"),
        weight=_weight(facts.get("weight")),
    )
    if problem := _problem(row):
        raise ValueError(problem)
    return row


def _problem(row: SourceRow) -> str:
    for name, length in LENGTHS.items():
        if len(getattr(row, name)) > length:
            return f"{name} is longer than {length} characters"
    for name in LINKS:
        link = getattr(row, name)
        if (link or name == "homepage") and not link.startswith(("http://", "https://")):
            return f"{name} is not a web address"
    if not row.name:
        return "it has no name"
    if not SLUG.fullmatch(row.slug):
        return f"the slug {row.slug!r} is not made of small letters, digits and hyphens"
    if row.country and not re.fullmatch(r"[A-Z]{2}", row.country):
        return f"the country {row.country!r} is not two letters"
    if row.language and not LANGUAGE.fullmatch(row.language):
        return f"the language {row.language!r} is not a language tag"
    if row.permission and row.permission not in PERMISSIONS:
        return f"the permission {row.permission!r} is not one of {', '.join(PERMISSIONS)}"
    if row.permission == "open" and not (row.licence and row.licence_url and row.licence_stated_at):
        return "an open source names its licence, licence_url and licence_stated_at"
    return ""


def _feeds(listed: object) -> Iterable[FeedRow]:
    if not isinstance(listed, list) or not listed:
        raise ValueError("it has no feeds")
    for feed in listed:
        facts: Mapping[str, Any] = feed if isinstance(feed, dict) else {}
        url, section = _text(facts, "url"), _text(facts, "section") or "top"
        if not url.startswith(("http://", "https://")) or len(url) > 1000:
            raise ValueError(f"{url[:80]!r} is not the address of a feed")
        if section not in SECTIONS:
            raise ValueError(f"the section {section!r} of {url} is unknown")
        yield FeedRow(url, section)


def _text(facts: Mapping[str, Any], name: str) -> str:
    value = facts.get(name, "")
    if not isinstance(value, str) or not value.isprintable():
        raise ValueError(f"{name} is not a line of text")
    return value.strip()


def _weight(value: object) -> float | None:
    if value is None or value == "":
        return None
    try:
        weight = float(str(value))
    except ValueError:
        weight = -1.0
    if not 0 <= weight <= 100:
        raise ValueError("weight is not a number from 0 to 100")
    return weight


def slug_of(name: str) -> str:
    """ "Le Monde" -> "le-monde"; "" for a name in another script."""
    ascii_name = normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", ascii_name).strip("-")[:80].strip("-")
