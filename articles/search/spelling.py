"""A word that nobody writes -> the word that was probably meant. Pure.

One letter too many, one missing, one wrong or two exchanged, as nearly all slips are; in longer words also any vowels.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from articles.search.hits import folded
from articles.search.query import ALIKE, IS_UNSPACED, MOST_CHARACTERS, OPERATOR, PIECE, WORD

SHORTEST = 4  # letters; a shorter word is one slip from too many others
LONGEST = 24
SHORTEST_SKELETON = 4  # consonants that must agree where the vowels do not
MOST_SLIPS = 2
VOWELS = "aeiouyаеиоуыэюяіαεηιουω"
NO_CONSONANT = re.compile(f"[{VOWELS}]")
TWICE = re.compile(r"(.)\1+")
ALPHABETS = (
    "abcdefghijklmnopqrstuvwxyz",
    "абвгдежзиклмнопрстуфхцчшщъыьэюяієґђјљњћџ",
    "αβγδεζηθικλμνξοπρστυφχψως",
    "ابتثجحخدذرزسشصضطظعغفقكلمنهويءپچژگ",
    "אבגדהוזחטיכלמנסעפצקרשתםןץףך",
)


@dataclass(frozen=True, slots=True)
class KnownWord:
    """A word of the vocabulary: as it is compared, as it is written, and in how many articles."""

    word: str
    written: str
    article_count: int


def is_correctable(word: str) -> bool:
    return SHORTEST <= len(word) <= LONGEST and word.isalpha() and not IS_UNSPACED.search(word)


def skeleton(word: str) -> str:
    """What stays when vowels are mistaken and letters doubled: "seperate" and "separate" are both "sprt"."""
    return word[:1] + TWICE.sub(r"\1", NO_CONSONANT.sub("", word[1:]))


def slips(word: str) -> set[str]:
    """Every word that is one slip away."""
    halves = [(word[:place], word[place:]) for place in range(len(word) + 1)]
    letters = next((letters for letters in ALPHABETS if word[0] in letters), "")
    found = {a + b[1:] for a, b in halves if b}
    found |= {a + b[1] + b[0] + b[2:] for a, b in halves if len(b) > 1}
    found |= {a + letter + b[1:] for a, b in halves if b for letter in letters}
    found |= {a + letter + b for a, b in halves for letter in letters}
    return found - {word}


def nearest(word: str, candidates: Iterable[KnownWord]) -> KnownWord | None:
    """The fewest slips, then the most used; None where none is near."""
    near = [(distance(word, known.word), -known.article_count, known.word, known) for known in candidates]
    near = [row for row in near if 0 < row[0] <= _most_slips(word)]
    return min(near)[3] if near else None


def _most_slips(word: str) -> int:
    return MOST_SLIPS if len(word) > SHORTEST + 1 else 1


def distance(one: str, other: str) -> int:
    """Letters added, left out or replaced, and neighbours exchanged, that make one word the other."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        above, before, row = before, row, [i]
        for j, facing in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != facing))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == facing:
                cost = min(cost, above[j - 2] + 1)
            row.append(cost)
    return row[-1]


def words_to_check(terms: Collection[str]) -> list[str]:
    """The folded words of what is looked for that could be misspelt, each once."""
    words = (folded(word) for term in terms for word in term.split())
    return [word for word in dict.fromkeys(words) if is_correctable(word)]


def respelled(text: str, changes: Mapping[str, str]) -> str:
    """What was typed with other words in it; operators, quotation marks and unwanted words stay as they are.

    `changes` are of folded words.
    """
    typed = text[:MOST_CHARACTERS].translate(ALIKE)

    def changed(piece: re.Match[str]) -> str:
        if piece[0].startswith("-") or OPERATOR.fullmatch(piece[0]):
            return piece[0]
        return WORD.sub(lambda word: changes.get(folded(word[0]), word[0]), piece[0])

    return PIECE.sub(changed, typed)
