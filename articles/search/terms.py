"""SearchQuery -> what the index is asked for. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from articles.search.hits import has_term, tokens_of
from articles.search.query import MOST_SOURCES, WORD, SearchQuery, forms_of, spaced, takes_endings

MOST_TITLES = 50  # that one word may name


@dataclass(frozen=True, slots=True)
class Title:
    """A source by its name, in folded words."""

    pk: int
    slug: str
    name: str
    words: tuple[str, ...]
    is_open: bool = False  # its texts are everybody's

    @property
    def number(self) -> str:
        """The word that stands for it in the index (migration 0002)."""
        return f"titlenumber{self.pk}"


@dataclass(frozen=True, slots=True)
class Terms:
    """One of each row of `wanted`, none of `unwanted`, and `beginning`; one of the titles `of`.

    "*" at the end of a term stands for the rest of its last word.
    """

    wanted: tuple[tuple[str, ...], ...] = ()
    unwanted: tuple[str, ...] = ()
    beginning: str = ""
    of: tuple[str, ...] = ()  # the words of titles: the index leaves out what a filter would only read and drop
    open_titles: tuple[str, ...] = ()  # the words of the titles whose texts are everybody's

    def __bool__(self) -> bool:
        return bool(self.wanted or self.unwanted or self.beginning)


@lru_cache(maxsize=4096)
def title_of(pk: int, slug: str, name: str, *, is_open: bool = False) -> Title:
    """Kept: every search asks for every title."""
    return Title(pk, slug, name, tuple(tokens_of(name)), is_open)


def terms_of(query: SearchQuery, titles: Iterable[Title]) -> Terms:
    """Each term in its forms, and in the words that stand in the index for the titles it names."""
    titles = list(titles)
    return Terms(
        wanted=tuple((*map(_indexed, forms_of(term)), *_numbers(term, titles)) for term in query.terms),
        unwanted=tuple(word for term in query.unwanted for word in (_indexed(term), *_numbers(term, titles))),
        beginning=f"{beginning}*" if (beginning := spaced(query.beginning)) else "",
        of=_of(query.sources, titles),
        open_titles=tuple(title.number for title in titles if title.is_open),
    )


def named(query: SearchQuery, titles: Iterable[Title]) -> list[Title]:
    """Titles whose name says everything that was typed, the shortest name first."""
    if not query.terms or query.unwanted:
        return []
    found = [title for title in titles if all(has_term(title.words, term) for term in query.terms)]
    return sorted(found, key=lambda title: (len(title.words), title.name))


def with_known_sources(query: SearchQuery, titles: Iterable[Title]) -> SearchQuery:
    """`source:guardian` also means a title that is only called so; what names none stays and finds nothing."""
    titles = list(titles)
    slugs = dict.fromkeys(slug for asked in query.sources for slug in _slugs(asked, titles))
    return replace(query, sources=tuple(slugs)[:MOST_SOURCES])


def _indexed(term: str) -> str:
    return f"{spaced(term)}*" if takes_endings(term) else spaced(term)


def _of(slugs: Collection[str], titles: Iterable[Title]) -> tuple[str, ...]:
    """Their words in the index; none where one of them is not known, for its articles would be missed."""
    found = {title.slug: title.number for title in titles if title.slug in slugs}
    return tuple(found.values()) if len(found) == len(set(slugs)) else ()


def _slugs(asked: str, titles: Iterable[Title]) -> list[str]:
    if any(title.slug == asked for title in titles):
        return [asked]
    term = " ".join(WORD.findall(asked.replace("_", " ")))
    return [title.slug for title in titles if term and has_term(title.words, term)] or [asked]


def _numbers(term: str, titles: Iterable[Title]) -> list[str]:
    return [title.number for title in titles if has_term(title.words, term)][:MOST_TITLES]
