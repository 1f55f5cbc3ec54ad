"""What was typed -> what is looked for. Any text is a query; nothing in it can be an error. Pure.

delta water              both words, each also in the plural or singular that an "s" makes
"shrinking delta"        these words in this order
-football                not this word; a minus before a phrase does the same
source:clearwater        a title by its address here; several mean any of them
section:climate
after:2026-01-31         published on that day or later
before:2026-02-14        published before that day (both in UTC)
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time

from articles.sections import SECTIONS

MOST_CHARACTERS = 200  # typed; the rest is ignored
MOST_TERMS = 12
MOST_SOURCES = 10

PIECE = re.compile(r'(-?)"([^"]*)"|(\S+)')
# Signs above, below and beside letters are part of a word: Hindi and Thai write their vowels with them.
SIGNS = "".join(sign for sign in map(chr, range(0x300, 0x1100)) if unicodedata.category(sign).startswith("M"))
WORD = re.compile(rf"[^\W_](?:[^\W_]|[{SIGNS}])*")
# Quotation marks of any country are the plain one; the stroke that lengthens an Arabic word is no letter.
ALIKE = str.maketrans({**dict.fromkeys("“”„«»", '"'), "ـ": None})
OPERATOR = re.compile(r"(source|section|after|before):(.+)", re.IGNORECASE)
SLUG = re.compile(r"[-\w]{1,80}", re.ASCII)
LAST_LATIN = "\u024f"
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """What an article must have. A term is a word, or several in a row that are divided by one blank."""

    terms: tuple[str, ...] = ()  # all of them
    unwanted: tuple[str, ...] = ()  # none of them
    beginning: str = ""  # of a word
    sources: tuple[str, ...] = ()  # slugs, any of them
    languages: tuple[str, ...] = ()  # main languages, "en", any of them
    section: str = ""
    published_from: datetime | None = None
    published_before: datetime | None = None

    @property
    def is_empty(self) -> bool:
        return not (self.terms or self.unwanted or self.beginning)

    @property
    def has_filters(self) -> bool:
        return bool(self.sources or self.languages or self.section or self.published_from or self.published_before)


def parse_query(text: str, *, is_unfinished: bool = False) -> SearchQuery:
    """The first MOST_CHARACTERS of a text. What is not understood is looked for as it stands.

    `is_unfinished`: somebody is still typing, so the last word may be the beginning of one.
    """
    query = SearchQuery()
    typed = unicodedata.normalize("NFC", text[:MOST_CHARACTERS]).translate(ALIKE)
    for minus, phrase, bare in PIECE.findall(typed):
        operator = OPERATOR.fullmatch(bare)
        narrowed = _narrowed(query, operator[1].lower(), operator[2]) if operator else None
        if narrowed is not None:
            query = narrowed
        elif minus or bare.startswith("-"):
            query = replace(query, unwanted=_with_term(query.unwanted, phrase or bare))
        else:
            query = replace(query, terms=_with_term(query.terms, phrase or bare))
    if is_unfinished and query.terms and " " not in query.terms[-1] and typed.endswith(query.terms[-1]):
        return replace(query, terms=query.terms[:-1], beginning=query.terms[-1])
    return query


def _narrowed(query: SearchQuery, name: str, value: str) -> SearchQuery | None:
    """The query with one condition more; None where the value is none."""
    if name == "source" and SLUG.fullmatch(value):
        return replace(query, sources=(*query.sources, value.lower())[:MOST_SOURCES])
    if name == "section" and value.lower() in SECTIONS:
        return replace(query, section=value.lower())
    day = _day(value) if name in {"after", "before"} else None
    if day is None:
        return None
    return replace(query, published_from=day) if name == "after" else replace(query, published_before=day)


def _day(text: str) -> datetime | None:
    """Where a day begins, in UTC; None for anything but a date written 2026-01-31."""
    if not DATE.fullmatch(text):
        return None
    try:
        return datetime.combine(date.fromisoformat(text), time(), UTC)
    except ValueError:
        return None


def _with_term(terms: tuple[str, ...], text: str) -> tuple[str, ...]:
    """One term more, made of the words in a text: "e-mail" is two words in a row, "--" is nothing."""
    term = " ".join(WORD.findall(text))
    if not term or term in terms or len(terms) == MOST_TERMS:
        return terms
    return (*terms, term)


def forms_of(term: str) -> tuple[str, ...]:
    """A term and, for a single word in Latin letters, its plural or singular as far as an "s" makes it."""
    if len(term) < 4 or not term.isalpha() or max(term) > LAST_LATIN:
        return (term,)
    if term[-1] in "sS":
        return (term,) if term[-2] in "sS" else (term, term[:-1])
    return (term, f"{term}s")
