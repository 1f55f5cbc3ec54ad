"""How well a text answers a query, and where in it the hits are. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from articles.search.query import WORD, SearchQuery, forms_of

UNWRITTEN = re.compile("[\u0300-\u036f\u0610-\u061a\u0640\u064b-\u065f\u0670]")
ONE_LETTER = str.maketrans("ىة", "يه")
HALVED_AFTER_DAYS = 30  # of two texts that answer alike the fresher is wanted

Alternatives = tuple[tuple[str, ...], ...]  # rows of words, any of which will do


@dataclass(frozen=True, slots=True)
class Piece:
    text: str
    is_hit: bool = False


def folded(text: str) -> str:
    """As the index compares: no case, no accents, one alef, no Arabic vowel signs."""
    text = text.lower()
    return text if text.isascii() else UNWRITTEN.sub("", unicodedata.normalize("NFKD", text)).translate(ONE_LETTER)


def relevance(query: SearchQuery, headline: str, standfirst: str, byline: str, age_days: float) -> float:
    """What a match is ordered by: hits in the headline, then in byline and standfirst; a hit in the opening alone is 0.

    `byline` is the author and the title's name. Never negative.
    """
    score = 0.0
    for weight, text in ((4.0, headline), (2.0, byline), (1.0, standfirst)):
        words = words_of(text)
        score += weight * sum(1 for runs in _runs_of(query) if _says(words, runs))
    return score / (1 + max(0.0, age_days) / HALVED_AFTER_DAYS)


def words_of(text: str) -> list[str]:
    return WORD.findall(folded(text))


def has_term(words: Sequence[str], term: str) -> bool:
    """Whether a text of these words says the term."""
    return _says(words, _runs(term))


def marked(query: SearchQuery, text: str) -> tuple[Piece, ...]:
    """The text in pieces that joined give it back exactly. A phrase is marked as a whole."""
    found = list(WORD.finditer(text))
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
    alternatives = [_runs(term) for term in query.terms]
    if query.beginning:
        alternatives.append(((f"{folded(query.beginning)}*",),))
    return tuple(alternatives)


def _runs(term: str) -> Alternatives:
    return tuple(tuple(folded(form).split()) for form in forms_of(term))


def _says(words: Sequence[str], runs: Alternatives) -> bool:
    # A single word, as nearly every term is, needs no walk through the row.
    return any(run[0] in words if len(run) == 1 and run[0][-1] != "*" else bool(_places(run, words)) for run in runs)


def _places(run: Sequence[str], words: Sequence[str]) -> list[int]:
    """Where the run stands in the row of words."""
    starts = range(len(words) - len(run) + 1)
    return [start for start in starts if all(map(_is, run, words[start : start + len(run)]))]


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
