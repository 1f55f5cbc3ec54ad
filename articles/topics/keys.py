"""Labels compared: "Wildfires", "wildfire" and "WILDFIRES " are one topic. Pure."""

from __future__ import annotations

from functools import lru_cache

from articles.search.hits import words_of

MOST_LETTERS = 80
SHORTEST_PLURAL = 5  # "Mars" and "gas" keep their "s"
LAST_LATIN = "\u024f"


@lru_cache(maxsize=8192)
def key_of(label: str) -> str:
    """The words of a label without case, accents and the last word's plural "s"; "" for a label that says nothing."""
    words = words_of(label[:MOST_LETTERS])
    if not words or all(word.isdigit() for word in words):
        return ""
    return " ".join([*words[:-1], _singular(words[-1])])


def _singular(word: str) -> str:
    is_plural = len(word) >= SHORTEST_PLURAL and word[-1] == "s" and word[-2] != "s" and max(word) <= LAST_LATIN
    return word[:-1] if is_plural else word


def forms_of(key: str) -> tuple[str, ...]:
    """The labels, folded, that have this key."""
    plural = f"{key}s"
    return (key, plural) if key_of(plural) == key else (key,)
