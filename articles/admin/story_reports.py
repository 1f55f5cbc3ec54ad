"""The reports of stories as an editor sees them, and what came back ticked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from django.db.models import QuerySet

from articles.admin import desk
from articles.admin.states import moment
from articles.languages import language_name, main_language
from articles.models import Article, Copy, Placement, Story

MOST_SHOWN = 300


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One report of a story; what is said of it is empty where there is nothing to say."""

    article: Article  # with its source
    published: str  # "08:10", "yesterday 18:30"
    language: str
    state: str  # why readers cannot see it
    copy_of: str  # the title whose words it has; "another title" where that is not known
    placed: str  # "by Ines Carrow, yesterday 18:30"
    is_lead: bool = False
    is_ticked: bool = False


@dataclass(frozen=True, slots=True)
class StoryRows:
    """A story with its newest MOST_SHOWN reports."""

    story: Story
    rows: list[ReportRow] = field(default_factory=list)
    article_count: int = 0

    @property
    def seen(self) -> str:
        """What the editor was shown, as it comes back with what he decides: "4:11,12,13"."""
        return f"{self.story.pk}:{','.join(str(row.article.pk) for row in self.rows)}"

    @property
    def unseen_count(self) -> int:
        return self.article_count - len(self.rows)


def rows_of(story: Story, now: datetime, zone: tzinfo, ticked: Iterable[int] = ()) -> StoryRows:
    """Four queries, whatever the number of reports."""
    standing = Article.objects.filter(story=story)
    articles = list(standing.select_related("source").newest()[:MOST_SHOWN])
    rows = report_rows(story, articles, now, zone, ticked)
    return StoryRows(story, rows, standing.count() if len(articles) == MOST_SHOWN else len(articles))


def rows_among(story: Story, article_ids: Iterable[int], now: datetime, zone: tzinfo) -> StoryRows:
    """Of these articles those that stand in the story."""
    articles = list(
        Article.objects.filter(story=story, pk__in=list(article_ids)).select_related("source").newest()[:MOST_SHOWN]
    )
    return StoryRows(story, report_rows(story, articles, now, zone), len(articles))


def report_rows(
    story: Story, articles: list[Article], now: datetime, zone: tzinfo, ticked: Iterable[int] = ()
) -> list[ReportRow]:
    """Two queries: who placed them, and whose words they have."""
    ids, chosen = [article.pk for article in articles], set(ticked)
    placed = {one.article_id: one for one in Placement.objects.filter(article__in=ids).select_related("editor")}
    originals = _originals(Copy.objects.filter(article__in=ids))
    return [
        ReportRow(
            article=article,
            published=moment(article.published_at, now, zone),
            language="" if main_language(article.language) == "en" else language_name(article.language),
            state=desk.why_hidden(article),
            copy_of=originals.get(article.pk, "another title") if article.is_copy else "",
            placed=_placed_words(placed.get(article.pk), now, zone),
            is_lead=article.pk == story.lead_id,
            is_ticked=article.pk in chosen,
        )
        for article in articles
    ]


def _originals(copies: QuerySet[Copy]) -> dict[int, str]:
    return dict(copies.values_list("article_id", "original__source__name"))


def _placed_words(placement: Placement | None, now: datetime, zone: tzinfo) -> str:
    if placement is None:
        return ""
    who = str(placement.editor) if placement.editor else "an editor who has left"
    return f"by {who}, {moment(placement.placed_at, now, zone)}"


def ids_in(text: str) -> list[int] | None:
    """ "4,5" -> [4, 5], each once; "" -> []; None where it cannot be read."""
    parts = [part for part in text.split(",") if part]
    if not all(part.isascii() and part.isdecimal() and len(part) < 19 for part in parts):
        return None
    return list(dict.fromkeys(map(int, parts)))


def seen_in(texts: Iterable[str]) -> dict[int, int] | None:
    """StoryRows.seen of several stories -> article id -> story id; None where it cannot be read."""
    seen: dict[int, int] = {}
    for text in texts:
        story, _, articles = text.partition(":")
        story_ids, article_ids = ids_in(story), ids_in(articles)
        if not story_ids or article_ids is None:
            return None
        seen |= dict.fromkeys(article_ids, story_ids[0])
    return seen
