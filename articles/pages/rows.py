"""Articles as light rows: what a page of many cards shows of each, without a model for it and three for what it names.

A row has the names and the properties of the model, so that whatever draws a card or decides about one takes both.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import QuerySet

from articles.models import Article, ArticleQuerySet
from articles.models.article import ArticleFacts
from articles.statements import Statement


class SourceRow(NamedTuple):
    name: str
    slug: str
    permission: str


class StoryRow(NamedTuple):
    title_count: int


class PictureRow(NamedTuple):
    key: str
    width: int | None
    height: int | None
    widths: list[int]


@dataclass(eq=False, slots=True)
class ArticleRow(ArticleFacts):
    pk: int
    source_id: int
    story_id: int | None
    picture_id: int | None
    section: str
    headline: str
    standfirst: str
    author: str
    language: str
    word_count: int
    has_body: bool
    is_opened: bool
    is_copy: bool
    image_url: str
    image_width: int | None
    image_height: int | None
    image_alt: str
    image_caption: str
    thumbnail_url: str
    thumbnail_width: int | None
    published_at: datetime
    source: SourceRow
    story: StoryRow | None
    picture: PictureRow | None


class PickRow(NamedTuple):
    """An editor's choice before its article is loaded: who chose it and why, and what a plan needs to know."""

    pk: int
    headline_override: str
    note: str
    editor_name: str  # "" where the editor has left or gave none
    article_id: int
    story_id: int | None
    source_id: int
    section: str


OWN = tuple(name for name in ArticleRow.__slots__ if name not in {"source", "story", "picture"})
OF_SOURCE = tuple(f"source__{name}" for name in SourceRow._fields)
OF_PICTURE = tuple(f"picture__{name}" for name in PictureRow._fields)
STORY_AT = len(OWN) + len(OF_SOURCE)
PICTURE_AT = STORY_AT + len(StoryRow._fields)
COLUMNS = (*OWN, *OF_SOURCE, "story__title_count", *OF_PICTURE)


def rows_of(articles: ArticleQuerySet) -> list[ArticleRow]:
    """In their order; one query. `articles` are visible ones."""
    return _articles(articles.values_list(*COLUMNS))


def rows_by_id(ids: Iterable[int]) -> dict[int, ArticleRow]:
    """Of those that may be shown. No query for none."""
    return {row.pk: row for row in _articles(_by_id(set(ids)))}


@Statement
def _by_id(ids: Collection[int]) -> QuerySet:
    return Article.objects.visible().filter(pk__in=ids).values_list(*COLUMNS)


def _articles(rows: Iterable[Sequence[Any]]) -> list[ArticleRow]:
    return [
        ArticleRow(
            *row[: len(OWN)],
            SourceRow(*row[len(OWN) : STORY_AT]),
            StoryRow(row[STORY_AT]) if row[STORY_AT] is not None else None,
            PictureRow(*row[PICTURE_AT:]) if row[PICTURE_AT] is not None else None,
        )
        for row in rows
    ]
