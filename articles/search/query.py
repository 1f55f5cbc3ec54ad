"""What was typed -> what is looked for. Any text is a query; nothing in it can be an error. Pure.

delta water              both words, each also in its English plural or singular
مياه                     an Arabic word with its article or without, and with what is written to the article
삼성전자                 in Korean the beginning of a word: particles are written behind it without a blank
東京                     these letters in a row: languages without blanks between words are looked through by the letter
"shrinking delta"        these words in this order
C++ C# F# .NET           with their signs, which the index leaves out, in public text
-football                not this word; a minus before a phrase does the same
source:clearwater        a title by its address here or by its name, in quotation marks where that has blanks; several
                         mean any of them
section:climate
after:2026-01-31         published on that day or later
before:2026-02-14        published before that day (both as the reader's clock says)
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, tzinfo

from articles.sections import SECTIONS

MOST_CHARACTERS = 200  # typed; the rest is ignored
MOST_TERMS = 12
MOST_SOURCES = 10

PIECE = re.compile(r'(-?)"([^"]*)"|(source:"[^"]*"|\S+)', re.IGNORECASE)
# Fractions, numbers in circles and words in a square are letters to Unicode and signs to readers, as "™" is.
NO_LETTERS = "\u00bc-\u00be\u2150-\u215f\u2460-\u24ff\u3200-\u33ff"
NO_LETTER = re.compile(f"[{NO_LETTERS}\u2100-\u2101\u2103\u2105-\u2106\u2109\u2116-\u2117\u2120-\u2122]")
# Languages that write no blank between words: Thai and Lao, Burmese, Khmer, Japanese and Chinese.
UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
IS_UNSPACED = re.compile(f"[{UNSPACED}]")
# Signs above, below and beside letters are part of a word: Hindi and Thai write their vowels with them.
SIGNS = [sign for sign in map(chr, range(0x300, 0x1800)) if unicodedata.category(sign).startswith("M")]
PART_OF_WORD = re.compile(rf"[^\W_{NO_LETTERS}]|[{''.join(SIGNS)}]")
WORD = re.compile(rf"[^\W_{NO_LETTERS}](?:{PART_OF_WORD.pattern})*")
# As the index holds texts: a letter of a language without blanks is a word by itself.
UNSPACED_SIGNS, SPACED_SIGNS = (
    "".join(sign for sign in SIGNS if bool(IS_UNSPACED.match(sign)) is is_unspaced) for is_unspaced in (True, False)
)
LETTER = rf"[^\W_{NO_LETTERS}{UNSPACED}]"
TOKEN = re.compile(rf"{LETTER}(?:{LETTER}|[{SPACED_SIGNS}])*|(?=[^\W{NO_LETTERS}])[{UNSPACED}]|[{UNSPACED_SIGNS}]")
# Quotation marks of any country are the plain one; the stroke that lengthens an Arabic word is no letter.
ALIKE = str.maketrans({**dict.fromkeys("“”„«»", '"'), "ـ": None})
SIGNED = re.compile(r"(?<!\w)(?:[a-z](?:\+\+|#)|\.net)(?![\w+#])", re.IGNORECASE)
OPERATOR = re.compile(r"(source|section|after|before):(.*)", re.IGNORECASE)
LONGEST_SLUG = 80
SLUG = re.compile(rf"[-\w]{{1,{LONGEST_SLUG}}}", re.ASCII)
NAME = re.compile(r'[^".:/]*')
LAST_LATIN = "\u024f"
IES, CONSONANT_Y = re.compile(r"(?<=..)ies$"), re.compile(r"[^aeiou]y$")
HISSED, HISS = re.compile(r"(?<=.)(?:ch|sh|x|z|ss)es$"), re.compile(r"(?:ch|sh|x|z)$")
# "The", "and the", "with the", "to the": Arabic writes them to the word.
ARABIC_ARTICLES = ("ال", "وال", "بال", "لل")
IS_ARABIC = re.compile(f"(?P<article>{'|'.join(ARABIC_ARTICLES)})?(?P<bare>[\u0621-\u064a]{{3,}})")
IS_KOREAN = re.compile("[\uac00-\ud7a3]{2}$")
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """What an article must have. A term is a word, or several in a row that are divided by one blank."""

    terms: tuple[str, ...] = ()  # all of them
    unwanted: tuple[str, ...] = ()  # none of them
    beginning: str = ""  # of a word
    signed: tuple[str, ...] = ()  # words of `terms` as they are written: all of them
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
        """What leaves out some of what the index finds."""
        days = self.published_from or self.published_before
        return bool(self.signed or self.sources or self.languages or self.section or days)


def parse_query(text: str, *, zone: tzinfo = UTC, is_unfinished: bool = False) -> SearchQuery:
    """As much of a text as is looked at. What is not understood is looked for as it stands.

    `zone`: whose days are meant. `is_unfinished`: somebody is still typing, so the last word may be the beginning of
    one.
    """
    query = SearchQuery()
    typed = unicodedata.normalize("NFKC", NO_LETTER.sub(" ", whole_words(text))).translate(ALIKE)
    for minus, phrase, bare in PIECE.findall(typed):
        operator = OPERATOR.fullmatch(bare)
        if operator and not operator[2]:
            continue  # Its value is still to come.
        narrowed = _narrowed(query, operator[1].lower(), operator[2], zone) if operator else None
        if narrowed is not None:
            query = narrowed
        elif minus or bare.startswith("-"):
            query = replace(query, unwanted=_with_term(query.unwanted, phrase or bare))
        else:
            query = replace(
                query,
                terms=_with_term(query.terms, phrase or bare),
                signed=(*query.signed, *SIGNED.findall(phrase or bare))[:MOST_TERMS],
            )
    if is_unfinished and query.terms and " " not in query.terms[-1] and typed.endswith(query.terms[-1]):
        return replace(query, terms=query.terms[:-1], beginning=query.terms[-1])
    return query


def whole_words(text: str) -> str:
    """What is looked at of a text, at most MOST_CHARACTERS: a word that would be cut is left out."""
    cut = text[:MOST_CHARACTERS]
    return cut.rpartition(" ")[0] or cut if text[MOST_CHARACTERS:][:1].strip() else cut


def _narrowed(query: SearchQuery, name: str, value: str, zone: tzinfo) -> SearchQuery | None:
    """The query with one condition more; None where the value is none."""
    if name == "source" and (slug := slug_of(value)):
        return replace(query, sources=(*query.sources, slug)[:MOST_SOURCES])
    if name == "section" and value.lower() in SECTIONS:
        return replace(query, section=value.lower())
    day = midnight(value, zone) if name in {"after", "before"} else None
    if day is None:
        return None
    return replace(query, published_from=day) if name == "after" else replace(query, published_before=day)


def slug_of(value: str) -> str:
    """An address of ours as it is, a title's name as one: "The Harbour Ledger" is the-harbour-ledger; else ""."""
    value = value.strip('"')
    if SLUG.fullmatch(value):
        return value.lower()
    return "-".join(WORD.findall(value)).lower()[:LONGEST_SLUG] if NAME.fullmatch(value) else ""


def midnight(text: str, zone: tzinfo) -> datetime | None:
    """Where a day begins in a zone, in UTC; None for anything but a date written 2026-01-31."""
    if not DATE.fullmatch(text):
        return None
    try:
        return datetime.combine(date.fromisoformat(text), time(), zone).astimezone(UTC)
    except (ValueError, OverflowError):  # the first and the last day there are begin in no year in some zones
        return None


def _with_term(terms: tuple[str, ...], text: str) -> tuple[str, ...]:
    """One term more, made of the words in a text: "e-mail" is two words in a row, "--" is nothing."""
    term = " ".join(WORD.findall(text))
    if not term or term in terms or len(terms) == MOST_TERMS:
        return terms
    return (*terms, term)


def forms_of(term: str) -> tuple[str, ...]:
    """A term and, for a single word in Latin letters, its English plural or singular as far as the ending tells.

    An Arabic one as with_articles() has it.
    """
    if len(term) < 4 or not term.isalpha() or max(term) > LAST_LATIN:
        return with_articles(term)
    small = term.lower()
    if IES.search(small):
        return (term, term[:-1], f"{term[:-3]}y")  # "movies" and "ferries"
    if HISSED.search(small):
        return (term, term[:-1], term[:-2])  # "axes" and "taxes"
    if small.endswith("s"):
        return (term,) if small.endswith("ss") else (term, term[:-1])
    if CONSONANT_Y.search(small):
        return (term, f"{term[:-1]}ies")
    return (term, f"{term}es" if HISS.search(small) else f"{term}s")


def with_articles(term: str) -> tuple[str, ...]:
    """A term and, for a single Arabic word, the word without its article and with each of the ways to write it."""
    if not (arabic := IS_ARABIC.fullmatch(term)):
        return (term,)
    bare = arabic["bare"]
    return tuple(dict.fromkeys((term, bare, *(f"{article}{bare}" for article in ARABIC_ARTICLES))))


def takes_endings(term: str) -> bool:
    """Whether this is a Korean word. Of a single syllable it would be the beginning of too many others."""
    return " " not in term and bool(IS_KOREAN.search(term))


def spaced(term: str) -> str:
    """A term as the index holds it: "東京MX" are the words "東 京 MX" in a row."""
    return " ".join(TOKEN.findall(term))
