"""How well a text answers a query, and where in it the hits are. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import unescape

from articles.search.query import NO_LETTER, TOKEN, WORD, SearchQuery, forms_of, takes_endings

UNWRITTEN = re.compile("[\u0300-\u036f\u0610-\u061a\u0640\u064b-\u065f\u0670\u20d0-\u20f0\ufe0f]")
# Letters with a stroke through them, and letters that are two, which Unicode does not take apart.
LIKE_OTHERS = str.maketrans(
    {
        **{"ى": "ي", "ة": "ه", "ß": "ss", "æ": "ae", "œ": "oe", "þ": "th"},
        **{"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ı": "i", "ħ": "h", "ŧ": "t"},
    }
)
HALVED_AFTER_DAYS = 30  # of two texts that answer alike the fresher is wanted
SNIPPET_WORDS = 32
WORDS_BEFORE = 6  # the first hit of a snippet
MOST_SNIPPET_TEXT = 40_000  # characters of a text that are looked through for one
ENDS_BLOCK = re.compile(r"</(?:p|h[1-6]|li|dt|dd|blockquote|figcaption|t[dhr]|div|pre)>|<[bh]r */?>", re.I)
TAG = re.compile(r"<[^>]*>")

Alternatives = tuple[tuple[str, ...], ...]  # rows of words, any of which will do


@dataclass(frozen=True, slots=True)
class Piece:
    text: str
    is_hit: bool = False


def folded(text: str) -> str:
    """As the index compares (migration 0026): no case, no accents, "ss" for "ß", one alef, no Arabic vowel signs."""
    if text.isascii():
        return text.lower()
    plain = UNWRITTEN.sub("", unicodedata.normalize("NFKD", NO_LETTER.sub(" ", text).lower()))
    return unicodedata.normalize("NFC", plain.translate(LIKE_OTHERS))


def relevance(query: SearchQuery, headline: str, standfirst: str, byline: str, age_days: float) -> float:
    """What a match is ordered by: hits in the headline, then in byline and standfirst; a hit in the opening alone is 0.

    `byline` is the author and the title's name. Never negative.
    """
    score, sought = 0.0, _sought(query)
    for weight, text in ((4.0, headline), (2.0, byline), (1.0, standfirst)):
        plain = folded(text)
        # Most texts say nothing of what is asked: they need not be cut into words to see that.
        likely = [runs for beginnings, runs in sought if any(some in plain for some in beginnings)]
        if likely:
            words = TOKEN.findall(plain)
            score += weight * sum(_says(words, runs) for runs in likely)
    return score / (1 + max(0.0, age_days) / HALVED_AFTER_DAYS)


@lru_cache(maxsize=64)
def _sought(query: SearchQuery) -> tuple[tuple[tuple[str, ...], Alternatives], ...]:
    """For each term what a text has to contain somewhere to say it, and the rows of words that do say it."""
    return tuple((tuple(run[0].rstrip("*") for run in runs), runs) for runs in _runs_of(query))


def words_of(text: str) -> list[str]:
    return WORD.findall(folded(text))


def tokens_of(text: str) -> list[str]:
    """Its words as the index holds them: where a language has no blanks between words, its letters."""
    return TOKEN.findall(folded(text))


def has_term(words: Sequence[str], term: str) -> bool:
    """Whether a text of these words says the term, each word as a whole: a name is."""
    return _says(words, _runs(term))


def answers(query: SearchQuery, *texts: str) -> bool:
    """Whether each term is said in one of the texts, so that nobody need be shown where it stands."""
    words = [tokens_of(text) for text in texts]
    return all(any(_says(row, runs) for row in words) for runs in _runs_of(query))


def text_of(html: str) -> str:
    """The text of clean HTML on one line, as far as a snippet may come from it."""
    plain = unescape(TAG.sub("", ENDS_BLOCK.sub(" ", html[:MOST_SNIPPET_TEXT])))
    return " ".join(plain.split())


def snippet(query: SearchQuery, text: str) -> tuple[Piece, ...]:
    """The few words of a text that say most of the terms, marked; nothing where it says none."""
    found = list(TOKEN.finditer(text))
    start = _densest(query, [folded(match[0]) for match in found])
    if start is None:
        return ()
    start = max(0, start - WORDS_BEFORE)
    end = min(start + SNIPPET_WORDS, len(found))
    cut = text[found[start].start() : found[end].start() if end < len(found) else len(text)].strip()
    return marked(query, f"{'… ' if start else ''}{cut}{' …' if end < len(found) else ''}")


def _densest(query: SearchQuery, words: Sequence[str]) -> int | None:
    """The first word of the stretch that says the most different terms, the earliest such one."""
    places = sorted(
        (place, term)
        for term, runs in enumerate(_runs_of(query))
        for place in {place for run in runs for place in _places(run, words)}
    )
    best, most, last = None, 0, 0
    said: Counter[int] = Counter()
    for start, term in places:
        while last < len(places) and places[last][0] < start + SNIPPET_WORDS - WORDS_BEFORE:
            said[places[last][1]] += 1
            last += 1
        if len(said) > most:
            best, most = start, len(said)
        said[term] -= 1
        if not said[term]:
            del said[term]
    return best


def marked(query: SearchQuery, text: str) -> tuple[Piece, ...]:
    """The text in pieces that joined give it back exactly. A phrase is marked as a whole."""
    found = list(TOKEN.finditer(text))
    words = [folded(match[0]) for match in found]
    hits = sorted(
        {
            (found[place].start(), found[place + len(run) - 1].end())
            for runs in _runs_of(query)
            for run in runs
            for place in _places(run, words)
        }
    )
    return tuple(_cut(text, hits))


@lru_cache(maxsize=64)
def _runs_of(query: SearchQuery) -> tuple[Alternatives, ...]:
    """For each term the rows of words that stand for it; "*" ends the beginning of a word."""
    alternatives = [_beginning(term) if takes_endings(term) else _runs(term) for term in query.terms]
    if beginning := _beginning(query.beginning):
        alternatives.append(beginning)
    return tuple(alternatives)


def _beginning(term: str) -> Alternatives:
    tokens = tokens_of(term)
    return ((*tokens[:-1], f"{tokens[-1]}*"),) if tokens else ()


@lru_cache(maxsize=1024)
def _runs(term: str) -> Alternatives:
    runs = (tuple(tokens_of(form)) for form in forms_of(term))
    return tuple(run for run in runs if run)


def _says(words: Sequence[str], runs: Alternatives) -> bool:
    # A single word, as nearly every term is, needs no walk through the row.
    return any(run[0] in words if len(run) == 1 and run[0][-1] != "*" else bool(_places(run, words)) for run in runs)


def _places(run: Sequence[str], words: Sequence[str]) -> list[int]:
    """Where the run stands in the row of words."""
    starts = _places_of(run[0], words)
    return [start for start in starts if len(run) == 1 or _follows(run, words[start : start + len(run)])]


def _places_of(wanted: str, words: Sequence[str]) -> list[int]:
    if wanted.endswith("*"):
        return [place for place, word in enumerate(words) if _is(wanted, word)]
    places, place = [], -1
    for _ in range(words.count(wanted)):
        place = words.index(wanted, place + 1)
        places.append(place)
    return places


def _follows(run: Sequence[str], words: Sequence[str]) -> bool:
    return len(words) == len(run) and all(map(_is, run, words))


def _is(wanted: str, word: str) -> bool:
    return word.startswith(wanted[:-1]) if wanted.endswith("*") else word == wanted


def _cut(text: str, hits: Sequence[tuple[int, int]]) -> Iterator[Piece]:
    """`hits` are (start, end) in order; where two overlap the first one stands."""
    place = 0
    for start, end in hits:
        if start < place:
            continue
        if start > place:
            yield Piece(text[place:start])
        yield Piece(text[start:end], is_hit=True)
        place = end
    if place < len(text):
        yield Piece(text[place:])
