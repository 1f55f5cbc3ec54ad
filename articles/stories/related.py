"""Which articles go with one: those that share its rare terms, then the newest. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from articles.stories.fingerprint import Terms, inverse_frequency

LEAST_SHARED = 2
MOST_OF_ONE_TITLE = 2


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A recent article that may be related."""

    article_id: int
    source_id: int
    story_id: int | None
    terms: Terms


def choose(terms: Terms, neighbours: Sequence[Neighbour], limit: int) -> list[int]:
    """Article ids, the nearest first: one per story, a title at most twice. The rest in the order given."""
    rarity = inverse_frequency([terms, *(neighbour.terms for neighbour in neighbours)])
    nearness = {neighbour.article_id: _nearness(terms, neighbour.terms, rarity) for neighbour in neighbours}
    chosen: list[int] = []
    stories: set[int] = set()
    titles: Counter[int] = Counter()
    for neighbour in sorted(neighbours, key=lambda one: -nearness[one.article_id]):
        if len(chosen) == limit:
            break
        if neighbour.story_id in stories or titles[neighbour.source_id] == MOST_OF_ONE_TITLE:
            continue
        chosen.append(neighbour.article_id)
        titles[neighbour.source_id] += 1
        if neighbour.story_id is not None:
            stories.add(neighbour.story_id)
    return chosen


def _nearness(one: Terms, other: Terms, rarity: dict[str, float]) -> float:
    """What they share, rare terms counting most, for the length of both."""
    shared = one.keys() & other.keys()
    if len(shared) < LEAST_SHARED:
        return 0.0
    return sum(one[term] * other[term] * rarity[term] ** 2 for term in shared) / sqrt(len(one) * len(other))
