"""What of a text stands in SQLite's search index; PostgreSQL has articles_search_fold for it. Pure.

The triggers that keep the index (migrations 0027 and 0028) call these two as functions of SQL. An entry is taken out by
the words with which it was put in, so whoever changes what they give makes the index anew, in a migration.

Chinese, Japanese, Thai, Lao, Burmese and Khmer have no blanks between words: each of their letters becomes a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import chain
from typing import Any
from unicodedata import category, normalize

from articles.search.query import NO_LETTER, UNSPACED

# What Unicode does not take apart: letters with a stroke through them, letters that are two, Arabic letters that
# readers take for one. Latin accents are the tokenizer's affair.
LIKE_OTHERS = {
    **{"ß": "ss", "æ": "ae", "œ": "oe", "þ": "th"},
    **{"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ı": "i", "ħ": "h", "ŧ": "t"},
    **{"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ة": "ه", "ؤ": "و", "ئ": "ي"},
}
# Arabic vowel signs, and what makes a sign a picture.
UNWRITTEN = [*map(chr, range(0x610, 0x61B)), *map(chr, range(0x64B, 0x660)), "\u0640", "\u0670", "\ufe0f"]
ALIKE = (  # letters and numbers, of which some have a form that is as good
    range(0xAA, 0x180),  # Latin
    range(0x380, 0x530),  # Greek and Russian
    range(0x958, 0x960),  # Hindi, with a dot
    range(0xE00, 0xF00),  # Thai and Lao
    range(0x2070, 0x20A0),  # "²" and "₂"
    range(0x2150, 0x2189),  # fractions, Roman numbers
    range(0x2460, 0x249C),  # numbers in circles
    range(0x3200, 0x3400),  # words in a square
    range(0xFB00, 0xFB07),  # "ﬁ"
    range(0xFF10, 0xFF5B),  # as wide as a Chinese sign
)
TAG = re.compile("<(?:[^<>]*>)?")
ENTITY = re.compile("&(?:amp|lt|gt|quot|nbsp);")  # all that clean HTML has
ASCII = bytes(range(128))


def indexed(text: str) -> str:
    """A plain text, its letters as they are compared."""
    if text.isascii():
        return text
    like_others, pattern = _letters()
    if _surely_has_none(text, pattern):
        return text
    return pattern.sub(lambda match: like_others.get(match[0], f" {match[0]} "), text)


def indexed_html(html: str) -> str:
    """The words of clean HTML. Two blocks are no row of words, but an element inside a word parts it as well."""
    text = TAG.sub(" ", html[html.partition("<")[0].find(">") + 1 :])
    return indexed(ENTITY.sub(" ", text) if "&" in text else text)


def _surely_has_none(text: str, pattern: re.Pattern[str]) -> bool:
    """Of a text that is ASCII but for some signs those alone are looked through: a fourth of the time for all of it."""
    encoded = text.encode()
    return len(encoded) < 1.25 * len(text) and not pattern.search(encoded.translate(None, ASCII).decode())


def teach(connection: Any, **_: object) -> None:
    """Give a new connection to SQLite these functions. Receives Django's signal connection_created."""
    if connection.vendor == "sqlite":
        for function in (indexed, indexed_html):
            connection.connection.create_function(f"articles_{function.__name__}", 1, function, deterministic=True)


@cache
def _letters() -> tuple[dict[str, str], re.Pattern[str]]:
    """What stands in the place of some letters, and the pattern of all that do not stay as they are."""
    like_others = dict(_alike()) | LIKE_OTHERS | dict.fromkeys(UNWRITTEN, "")
    return like_others, re.compile(f"[{UNSPACED}{''.join(map(re.escape, like_others))}]")


def _alike() -> Iterator[tuple[str, str]]:
    for letter in map(chr, chain(*ALIKE)):
        if category(letter)[0] in "LN" and (plain := _plain(letter)) != letter:
            yield letter, plain


def _plain(letter: str) -> str:
    if letter.lower() in LIKE_OTHERS:
        return LIKE_OTHERS[letter.lower()]
    if NO_LETTER.match(letter):
        return " "
    if "\u0370" <= letter <= "\u052f":
        return "".join(sign for sign in normalize("NFD", letter) if not "\u0300" <= sign <= "\u036f")
    alike = normalize("NFKC", letter)
    if "\u0e00" <= letter <= "\u0eff" and alike != letter:
        return f" {' '.join(alike)} "
    return letter if alike == normalize("NFC", letter) and letter < "\u0900" else alike
