"""What leads and what readers open. Light rows only: whole articles are loaded for what a page shows.

leading()  stories by their rank, newest() articles by recency -> candidates for a place on a front
top_stories()  what readers opened of what they saw in the last hours, filled up with what leads
day_of()   what stood in Top News in the past day: no title may have more than its share of that
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import F, QuerySet, Value, Window
from django.db.models.functions import Coalesce, RowNumber

from articles.models import Article, ArticleQuerySet, Story, TopChoice
from articles.models.story import StoryQuerySet
from articles.muting import NO_MUTES, Mutes
from articles.pages import plan, reasons
from articles.pages.cards import Card
from articles.pages.plan import RANK_COUNT as RANK_COUNT
from articles.pages.plan import Candidate, Coverage, Day, Share
from articles.pictures.shown import has_picture, picture_of
from articles.statements import Statement
from articles.stories.rank import NOBODY, Audience

RECENT = timedelta(hours=48)
DAY = timedelta(hours=24)
PER_SECTION = 16  # Top News may take seven of one section, and the section itself shows seven
PER_SECTION_OF_MUTERS = 48  # what is muted leaves holes, and the next best fill them
NEWEST_COUNT = 120
NEWEST_OF_TITLES = 40
OF_TITLES_WITHIN = timedelta(days=21)


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


def leading(now: datetime, section: str = "", mutes: Mutes = NO_MUTES) -> list[Candidate]:
    """The visible article of each leading story of the last two days, best first, so many of each section.

    Two queries; a third where a lead was taken down or is muted and another report has to stand in.
    """
    since = now - RECENT
    rows = _best_in(section, since, mutes=mutes) if section else _best(since, mutes=mutes)
    visible = {one.article_id: one for one in _candidates(_leads({row[2] for row in rows}, mutes=mutes))}
    stand_ins = _stand_ins({pk for pk, _, lead_id, *_ in rows if lead_id not in visible}, mutes)
    return [
        Candidate(
            *(face.article_id, pk, face.source_id, section, face.has_picture),
            Coverage(*facts, Audience(shown, read) if shown else NOBODY),
        )
        for pk, section, lead_id, *facts, shown, read in rows
        if (face := visible.get(lead_id) or stand_ins.get(pk))
    ]


@Statement
def _best(since: datetime, mutes: Mutes = NO_MUTES) -> QuerySet:
    return _of_each_section(Story.objects.ranked().filter(last_at__gte=since), mutes)


@Statement
def _best_in(section: str, since: datetime, mutes: Mutes = NO_MUTES) -> QuerySet:
    return _of_each_section(Story.objects.ranked().filter(last_at__gte=since, section=section), mutes)


def _of_each_section(stories: StoryQuerySet, mutes: Mutes) -> QuerySet:
    by_rank = Window(
        RowNumber(),
        # Not the bare column, or SQLite would walk all stories there ever were in the order of their sections.
        partition_by=Coalesce("section", Value("")),
        order_by=[F("score").desc(), F("last_at").desc(), F("pk").desc()],
    )
    most = PER_SECTION_OF_MUTERS if mutes else PER_SECTION
    best = stories.annotate(place=by_rank).filter(place__lte=most)
    return best.values_list(
        *("pk", "section", "lead_id", "title_count", "first_at", "last_at"),
        *("audience__shown", "audience__opened"),
    )


@Statement
def _leads(ids: Collection[int], mutes: Mutes = NO_MUTES) -> QuerySet:
    return _light(mutes.visible(Article.objects.visible().filter(pk__in=ids)))


def _stand_ins(story_ids: Collection[int], mutes: Mutes) -> dict[int, Candidate]:
    """story id -> its newest visible report; a copy only where there is nothing else."""
    found: dict[int, Candidate] = {}
    for candidate in _candidates(_reports(story_ids, mutes=mutes)):
        found.setdefault(candidate.event, candidate)
    return found


@Statement
def _reports(story_ids: Collection[int], mutes: Mutes = NO_MUTES) -> QuerySet:
    reports = mutes.visible(Article.objects.visible().filter(story__in=story_ids))
    return _light(reports.order_by("is_copy", "-published_at", "-pk"))


def day_of(now: datetime) -> Day:
    """One query."""
    return dict(_chosen(now - DAY))


@Statement
def _chosen(since: datetime) -> QuerySet:
    return TopChoice.objects.filter(last_at__gt=since).values_list("article_id", "source_id")


def with_other_faces(leading: Sequence[Candidate], day: Day, mutes: Mutes = NO_MUTES) -> list[Candidate]:
    """Where a title has had its share of the day, another title's report stands for the story, if there is one.

    No query as long as none has; one otherwise.
    """
    share = Share(day)
    spent = {one.event for one in leading if not share.has_room_for(one) and one.coverage.title_count > 1}
    if not spent:
        return list(leading)
    faces: dict[int, Candidate] = {}
    for candidate in _candidates(_own_reports(spent, mutes=mutes)):
        if share.has_room_for(candidate):
            faces.setdefault(candidate.event, candidate)
    return [replace(one, **_face(faces[one.event])) if one.event in faces else one for one in leading]


@Statement
def _own_reports(story_ids: Collection[int], mutes: Mutes = NO_MUTES) -> QuerySet:
    return _light(mutes.visible(Article.objects.visible().filter(story__in=story_ids, is_copy=False)).newest())


def _face(report: Candidate) -> dict[str, object]:
    return {
        "article_id": report.article_id,
        "source_id": report.source_id,
        "has_picture": report.has_picture,
    }


def newest(mutes: Mutes = NO_MUTES) -> list[Candidate]:
    return _candidates(_newest(mutes=mutes))


@Statement
def _newest(mutes: Mutes = NO_MUTES) -> QuerySet:
    return _light(mutes.visible(Article.objects.visible()).newest()[:NEWEST_COUNT])


def newest_of(source_ids: Collection[int], now: datetime, mutes: Mutes = NO_MUTES) -> list[Candidate]:
    """Of these titles, in the last weeks: all that several of them ever published would have to be sorted.

    No query for none.
    """
    return _candidates(_newest_of(source_ids, now - OF_TITLES_WITHIN, mutes=mutes))


@Statement
def _newest_of(source_ids: Collection[int], since: datetime, mutes: Mutes = NO_MUTES) -> QuerySet:
    recent = Article.objects.visible().filter(source__in=source_ids, published_at__gte=since)
    return _light(mutes.visible(recent).newest()[:NEWEST_OF_TITLES])


def candidate_of(article: Article) -> Candidate:
    return Candidate(article.pk, article.story_id, article.source_id, article.section, picture_of(article) is not None)


def _candidates(rows: Iterable[Sequence[Any]]) -> list[Candidate]:
    return [Candidate(*row) for row in rows]


def _light(articles: ArticleQuerySet) -> QuerySet:
    """A Candidate's columns."""
    rows = articles.annotate(is_pictured=has_picture())
    return rows.values_list("pk", "story_id", "source_id", "section", "is_pictured")


def ranks_of(chosen: TopStories, cards: Mapping[int, Card], now: datetime, title: str = "") -> Ranks:
    """`cards` by article id; what was taken down after it was chosen is left out."""
    found = [(one, cards[one.article_id]) for one in chosen.candidates if one.article_id in cards]
    return Ranks(
        title=title or f"Top stories on {settings.SITE_NAME} right now",
        note=chosen.note,
        cards=[with_reason(card, reasons.why_in_top_stories(one, _told_of(card), now)) for one, card in found],
    )


def reasoned(candidates: Iterable[Candidate], cards: Mapping[int, Card], now: datetime) -> list[Card]:
    """Each with the reason of its rank; without those that were taken down after they were chosen."""
    found = [(one, cards[one.article_id]) for one in candidates if one.article_id in cards]
    return [with_reason(card, reasons.why_ranked(one, _told_of(card), now)) for one, card in found]


def with_reason(card: Card, why: str) -> Card:
    return replace(card, why=why)


def _told_of(card: Card) -> reasons.Told:
    return reasons.Told(card.article.source.name, card.also_count, card.article.is_copy)


def top_stories(ranked: Sequence[Candidate], most: int) -> TopStories:
    """What readers opened among what leads, then what titles report most."""
    return told(plan.top_stories(ranked, most))


def told(candidates: Sequence[Candidate]) -> TopStories:
    """With the note that says what ranked them."""
    opened_count = sum(1 for one in candidates if one.audience.opened)
    return TopStories(tuple(candidates), _note(opened_count, len(candidates) - opened_count))


def _note(opened_count: int, covered_count: int) -> str:
    if not opened_count:
        return "Most covered right now"
    if not covered_count:
        return "Opened most by those who saw them in the past three hours"
    return "Opened most by those who saw them in the past three hours, then most covered"
