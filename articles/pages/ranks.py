"""What leads and what members open. Light rows only: whole articles are loaded for what a page shows.

leading()  stories by their rank, newest() articles by recency -> candidates for a place on a front
top_stories()  what members opened in the last hours, filled up with what leads
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Case, F, FloatField, Sum, Value, When, Window
from django.db.models.functions import RowNumber

from articles.models import Article, ArticleQuerySet, Reading, Story
from articles.pages.cards import Card
from articles.pages.plan import Candidate, each_event_once
from articles.pictures.shown import has_picture, picture_of

RECENT = timedelta(hours=48)
PER_SECTION = 16  # Top News may take seven of one section, and the section itself shows seven
RANK_COUNT = 10
NEWEST_COUNT = 120
NEWEST_OF_TITLES = 40
OPENED_WITHIN_HOURS = 3
OPENED_COUNT = 40


@dataclass(frozen=True, slots=True)
class TopStories:
    candidates: tuple[Candidate, ...]
    note: str  # how they were ranked


@dataclass(frozen=True, slots=True)
class Ranks:
    """Top stories as the page shows them."""

    title: str
    note: str
    cards: list[Card]


def leading(now: datetime, section: str = "") -> list[Candidate]:
    """The visible article of each leading story of the last two days, best first, so many of each section.

    Two queries; a third where a lead was taken down and another report has to stand in.
    """
    stories = Story.objects.ranked().filter(last_at__gte=now - RECENT)
    if section:
        stories = stories.filter(section=section)
    by_rank = Window(
        RowNumber(),
        partition_by=F("section"),
        order_by=[F("score").desc(), F("last_at").desc(), F("pk").desc()],
    )
    rows = list(stories.annotate(place=by_rank).filter(place__lte=PER_SECTION).values_list("pk", "section", "lead_id"))
    visible = {
        one.article_id: one for one in _candidates(Article.objects.visible().filter(pk__in=[row[2] for row in rows]))
    }
    stand_ins = _stand_ins([pk for pk, _, lead_id in rows if lead_id not in visible])
    return [
        Candidate(face.article_id, pk, face.source_id, section, face.has_picture)
        for pk, section, lead_id in rows
        if (face := visible.get(lead_id) or stand_ins.get(pk))
    ]


def _stand_ins(story_ids: Sequence[int]) -> dict[int, Candidate]:
    """story id -> its newest visible report; a copy only where there is nothing else."""
    if not story_ids:
        return {}
    reports = Article.objects.visible().filter(story__in=story_ids).order_by("is_copy", "-published_at", "-pk")
    found: dict[int, Candidate] = {}
    for candidate in _candidates(reports):
        found.setdefault(candidate.event, candidate)
    return found


def newest() -> list[Candidate]:
    return _candidates(Article.objects.visible().newest()[:NEWEST_COUNT])


def newest_of(source_ids: Collection[int]) -> list[Candidate]:
    """Of these titles; no query for none."""
    if not source_ids:
        return []
    return _candidates(Article.objects.visible().filter(source__in=source_ids).newest()[:NEWEST_OF_TITLES])


def candidate_of(article: Article) -> Candidate:
    return Candidate(article.pk, article.story_id, article.source_id, article.section, picture_of(article) is not None)


def _candidates(articles: ArticleQuerySet) -> list[Candidate]:
    rows = articles.annotate(is_pictured=has_picture())
    return [Candidate(*row) for row in rows.values_list("pk", "story_id", "source_id", "section", "is_pictured")]


def ranks_of(chosen: TopStories, cards: Mapping[int, Card], title: str = "") -> Ranks:
    """`cards` by article id; what was taken down after it was chosen is left out."""
    return Ranks(
        title=title or f"Top stories on {settings.SITE_NAME} right now",
        note=chosen.note,
        cards=[cards[one.article_id] for one in chosen.candidates if one.article_id in cards],
    )


def top_stories(ranked: Sequence[Candidate], now: datetime, most: int, section: str = "") -> TopStories:
    """One query. What is only covered follows what was opened, and the note says which of them these are."""
    opened = list(each_event_once(_most_opened(now, section)))[:most]
    covered = list(each_event_once(ranked, {one.event for one in opened}))[: most - len(opened)]
    return TopStories((*opened, *covered), _note(opened, covered))


def _note(opened: Sequence[Candidate], covered: Sequence[Candidate]) -> str:
    if not opened:
        return "Most covered right now"
    if not covered:
        return "Most opened by members in the past three hours"
    return "Most opened by members in the past three hours, then most covered"


def _most_opened(now: datetime, section: str) -> list[Candidate]:
    """By distinct readers (a reading is stored once per reader); each hour that has passed halves one's weight."""
    ages = [
        When(read_at__gte=now - timedelta(hours=hour + 1), then=Value(0.5**hour)) for hour in range(OPENED_WITHIN_HOURS)
    ]
    readings = Reading.objects.filter(
        read_at__gte=now - timedelta(hours=OPENED_WITHIN_HOURS),
        read_at__lte=now,
        article__withdrawn_at=None,
        article__source__is_active=True,
    )
    if section:
        readings = readings.filter(article__section=section)
    rows = (
        readings.values_list("article_id", "article__story_id", "article__source_id", "article__section")
        .annotate(weight=Sum(Case(*ages, output_field=FloatField())))
        .order_by("-weight", "-article_id")[:OPENED_COUNT]
    )
    return [Candidate(*row) for *row, _ in rows]
