"""The list of titles as a newspaper would print it: A to Z, without the article. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from articles.languages import main_language

# By language, because "Los" is an article in El País' language and half a city in the Los Angeles Times.
LEADING_ARTICLES = {
    "de": "der|die|das",
    "en": "the",
    "es": "el|la|los|las",
    "fr": "le|la|les",
    "it": "il|lo|la|i|gli|le",
    "nl": "de|het",
    "pt": "o|a|os|as",
}
DIGITS = "0–9"
OTHER_SCRIPTS = "Other scripts"


@dataclass(frozen=True, slots=True)
class Title:
    """One source as the directory lists it; `country` and `language` are codes."""

    name: str
    slug: str
    country: str
    language: str

    @property
    def sort_name(self) -> str:
        """The name by which it is looked up: "The Lagos Reader" -> "Lagos Reader", "L'Équipe" -> "Équipe"."""
        words = LEADING_ARTICLES.get(main_language(self.language), "the")
        elided = "|l['’]" if main_language(self.language) in {"fr", "it"} else ""
        short = re.sub(rf"^(?:(?:the|{words})\s+{elided})(?=\w)", "", self.name, flags=re.IGNORECASE)
        return short or self.name

    @property
    def heading(self) -> str:
        """ "A" to "Z" whatever the accents, "0–9", or one heading for all scripts that we do not order."""
        first = next((letter for letter in self.sort_name if letter.isalnum()), " ")
        if first.isdigit():
            return DIGITS
        latin = re.match(r"LATIN (?:CAPITAL|SMALL) (?:LETTER|LIGATURE) ([A-Z])", unicodedata.name(first, ""))
        return latin[1] if latin else OTHER_SCRIPTS


@dataclass(frozen=True, slots=True)
class Group:
    heading: str
    titles: tuple[Title, ...]

    @property
    def anchor(self) -> str:
        return {DIGITS: "l-0", OTHER_SCRIPTS: "l-other"}.get(self.heading, f"l-{self.heading}")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a visitor asked the directory for; empty asks for everything."""

    q: str = ""
    country: str = ""
    language: str = ""

    @property
    def is_narrow(self) -> bool:
        return bool(self.q or self.country or self.language)

    def includes(self, title: Title) -> bool:
        return (
            (not self.country or title.country == self.country)
            and (not self.language or main_language(title.language) == self.language)
            and fold(self.q) in fold(title.name)
        )


def fold(text: str) -> str:
    """For comparing: case, accents and typographers' apostrophes do not matter."""
    plain = unicodedata.normalize("NFKD", text.replace("’", "'"))
    return "".join(letter for letter in plain if not unicodedata.combining(letter)).casefold()


def grouped(titles: Iterable[Title]) -> list[Group]:
    """Titles under their headings, both in order."""
    ordered = sorted(titles, key=lambda title: (*_place(title.heading), fold(title.sort_name)))
    return [Group(heading, tuple(group)) for heading, group in groupby(ordered, key=lambda title: title.heading)]


def _place(heading: str) -> tuple[int, str]:
    return {DIGITS: 1, OTHER_SCRIPTS: 2}.get(heading, 0), heading
