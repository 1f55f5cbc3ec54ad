"""What a reader never wants to see.

mutes_of() loads a reader's mutes, Mutes.visible() leaves them out of a queryset, Mutes.hides() judges one article.

Decided row by row in the database, so that lists refill and counts hold: not by the search index, which knows the
opening and the author too and lists every match in the archive for a common word. A list looks at a few hundred rows,
and each is folded once and compared with fixed texts; nothing that a reader typed is a pattern.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from itertools import groupby
from typing import Any

from django.db.models import BooleanField, Exists, F, Func, OuterRef, QuerySet

from accounts.models import User
from articles.models import Article, ArticleQuerySet, Mute
from articles.search.hits import words_of
from articles.search.query import IS_UNSPACED, PART_OF_WORD, takes_endings, with_articles
from articles.topics.keys import forms_of

# Between the parts of a text: no reader can type it and no phrase reaches across it.
EDGE = "\x01"


@dataclass(frozen=True, slots=True)
class Mutes:
    """One reader's. `topics` holds keys, `words` folded words or words in a row, as Topic.key and Mute.word do."""

    source_ids: frozenset[int] = frozenset()
    topics: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.source_ids or self.topics or self.words)

    @property
    def key(self) -> tuple[tuple, ...]:
        """Hashable, and the same for the same mutes in every process."""
        return (tuple(sorted(self.source_ids)), tuple(sorted(self.topics)), tuple(sorted(self.words)))

    @property
    def needles(self) -> tuple[str, ...]:
        """What a muted text holds, in the form that said() gives texts."""
        return _needles(self.topics, self.words)

    def visible(self, articles: ArticleQuerySet) -> ArticleQuerySet:
        """`articles` without what is muted; the queryset as it came where nothing is."""
        if self.source_ids:
            articles = articles.exclude(source__in=sorted(self.source_ids))
        if needles := self.needles:
            articles = articles.filter(~Says(needles))
        return articles

    def visible_by(self, rows: QuerySet, path: str) -> QuerySet:
        """`rows` of another model, without those whose article (at `path`) is muted."""
        if not self:
            return rows
        # Correlated: of a list of all visible articles SQLite would make a table first.
        return rows.filter(Exists(self.visible(Article.objects.filter(pk=OuterRef(path)))))

    def but_for_source(self, source_id: int) -> Mutes:
        """For the page of that source, which was asked for."""
        return replace(self, source_ids=self.source_ids - {source_id})

    def but_for_topic(self, key: str) -> Mutes:
        """For the page of that topic, which was asked for."""
        return replace(self, topics=self.topics - {key})

    def hides_words(self, headline: str, note: str = "") -> bool:
        """Whether an editor's own headline or note, or a topic's name, holds a muted word."""
        return any(needle in said(headline, note, ()) for needle in self.needles)

    def hides(self, article: Article) -> bool:
        """The same of one article in hand. No query."""
        if article.source_id in self.source_ids:
            return True
        text = said(article.headline, article.standfirst, tuple(map(str, article.categories)))
        return any(needle in text for needle in self.needles)


NO_MUTES = Mutes()


def mutes_of(user: User | None) -> Mutes:
    """One query; none for visitors."""
    if user is None:
        return NO_MUTES
    return mutes_from(Mute.objects.filter(user=user).select_related("topic"))


def mutes_from(rows: Iterable[Mute]) -> Mutes:
    """The rows must bring their topics along."""
    rows = list(rows)
    return Mutes(
        frozenset(row.source_id for row in rows if row.source_id),
        frozenset(row.topic.key for row in rows if row.topic),
        frozenset(row.word for row in rows if row.word),
    )


def word_of(typed: str) -> str:
    """What was typed as Mute.word keeps it: folded words with one blank between; "" for no word at all."""
    return " ".join(words_of(typed))


@lru_cache(maxsize=256)
def _needles(topics: frozenset[str], words: frozenset[str]) -> tuple[str, ...]:
    labels = (f"{EDGE} {form} {EDGE}" for key in topics for form in forms_of(key))
    return tuple(sorted({*labels, *(needle for word in words for needle in needles_of(word))}))


def needles_of(word: str) -> tuple[str, ...]:
    """Where a language has no blanks between words, a word is looked for anywhere in the text.

    In Korean particles are written behind a word, in Arabic the article before it.
    """
    if is_unspaced(word):
        return (word,)
    return (f" {word}",) if takes_endings(word) else tuple(f" {form} " for form in with_articles(word))


def is_unspaced(word: str) -> bool:
    return bool(IS_UNSPACED.search(word))


@lru_cache(maxsize=8192)
def said(headline: str, standfirst: str, labels: tuple[str, ...]) -> str:
    """Everything of an article that a mute looks at, folded, each part between EDGEs and each word between blanks."""
    parts = (" ".join(words_of(part)) for part in (headline, standfirst, *labels))
    return EDGE + "".join(f" {part} {EDGE}" for part in parts if part)


class Says(Func):
    """Whether an article's headline, standfirst or labels hold one of the needles."""

    output_field = BooleanField()
    conditional = True

    def __init__(self, needles: Iterable[str]) -> None:
        super().__init__(F("headline"), F("standfirst"), F("categories"))
        self.needles = tuple(needles)

    @property
    def identity(self) -> tuple:
        return (*super().identity, self.needles)

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, list]:
        columns = [compiler.compile(column)[0] for column in self.source_expressions]
        return f"articles_say({', '.join(columns)}, %s)", ["\n".join(self.needles)]

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, list]:
        names = ("headline", "standfirst", "categories")
        columns = dict(zip(names, (compiler.compile(column)[0] for column in self.source_expressions), strict=True))
        hints = sorted({max(needle.strip(f" {EDGE}").split(), key=len) for needle in self.needles})
        # lower() knows one sigma.
        likely, sought = ([f"%{part.replace('ς', 'σ')}%" for part in some] for some in (hints, self.needles))
        return POSTGRES.format(**columns), [likely, no_word(), sought]


# said() in SQL, and a look at the bare letters before it: most rows of a list in English hold none of them, and to
# see that costs a fifth of folding the row. articles_search_fold is of migration 0026; what it leaves between words is
# no_word()'s to say: a Hindi or Urdu full stop, a Hebrew hyphen, signs that nobody sees, pictures.
PARTS = """chr(1) || ' ' || {headline} || ' ' || chr(1) || ' ' || {standfirst} || ' ' || chr(1) || ' '
    || replace({categories}::text, '", "', '"' || chr(1) || '"') || ' ' || chr(1)"""
POSTGRES = rf"""CASE
    WHEN octet_length({PARTS}) = char_length({PARTS}) AND NOT lower({PARTS}) LIKE ANY(%s::text[]) THEN false
    ELSE regexp_replace(translate(articles_search_fold({PARTS}), 'ς', 'σ'), %s, ' ', 'g') LIKE ANY(%s::text[])
    END"""
LAST_LOOKED_AT = 0x1FBFF  # beyond are Chinese signs and what has no name


@cache
def no_word() -> str:
    """A pattern of everything that parts words as words_of() has it, but for EDGE and what is ASCII."""
    signs = [chr(code) for code in range(0x80, LAST_LOOKED_AT + 1) if not 0xD800 <= code < 0xE000]
    runs = groupby(signs, key=lambda sign: bool(PART_OF_WORD.match(sign)))
    apart = [list(run) for is_part, run in runs if not is_part]
    return rf"[\s{''.join(f'{run[0]}-{run[-1]}' for run in apart)}]+"


def _says(headline: str, standfirst: str, categories: str, needles: str) -> bool:
    text = said(headline, standfirst, _labels(categories))
    return any(needle in text for needle in needles.split("\n"))


def teach(connection: Any, **_: object) -> None:
    """Give a new connection to SQLite the function that Says calls. Receives Django's signal connection_created."""
    if connection.vendor == "sqlite":
        connection.connection.create_function("articles_say", 4, _says, deterministic=True)


@lru_cache(maxsize=8192)
def _labels(categories: str) -> tuple[str, ...]:
    return tuple(map(str, json.loads(categories or "[]")))
