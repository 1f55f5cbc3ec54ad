"""A section: what leads it, then everything in it, newest first, by time of day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.context import reader_of
from accounts.models import User
from articles.models import Article, ArticleQuerySet, Follow
from articles.muting import NO_MUTES, Mutes, mutes_of
from articles.pages import ranks, words
from articles.pages.article import is_visit
from articles.pages.cards import Card, cards_of, recounted, saved_ids_of, with_angles
from articles.pages.keyset import cursor_of, parse_cursor
from articles.pages.plan import Candidate, each_event_once, picture_first, spread
from articles.pages.rows import ArticleRow, rows_by_id, rows_of
from articles.pages.showings import note_showing
from articles.sections import SECTIONS

LEAD_COUNT = 4
LEAD_ANGLES = 3
RIVER_COUNT = 30
RANKED_COUNT = 40  # on the page of Top News, which ends
RANK_COUNT = 5
REPORTER_COUNT = 8
TOP = "top"


@dataclass(frozen=True, slots=True)
class Stretch:
    """The reports of one part of a day, under its heading."""

    heading: str
    cards: list[Card]


@dataclass(frozen=True, slots=True)
class Reporter:
    """A title and how many articles it has published in the section today."""

    name: str
    url: str
    count: int


@dataclass(frozen=True, slots=True)
class SectionPage:
    slug: str
    name: str
    leads: list[Card]
    ranked: list[Card]  # what follows the leads on Top News; other sections have a river
    river: list[Stretch]
    older_cursor: str  # empty on the last page
    is_first_page: bool
    top_stories: ranks.Ranks
    reporters: list[Reporter]
    is_followed: bool

    @property
    def articles(self) -> list[Article | ArticleRow]:
        """Everything that the page shows."""
        river = [card for stretch in self.river for card in stretch.cards]
        return [card.article for card in [*self.leads, *self.ranked, *river, *self.top_stories.cards]]

    @property
    def is_top(self) -> bool:
        return self.slug == TOP

    @property
    def is_empty(self) -> bool:
        return not (self.leads or self.river)


@require_safe
def section_page(request: HttpRequest, slug: str) -> HttpResponse:
    if slug not in SECTIONS:
        raise Http404(f"no section {slug}")
    cursor = request.GET.get("before", "")
    before = parse_cursor(cursor)
    if cursor and (before is None or slug == TOP):
        raise Http404("no such page of the section")
    user, now = reader_of(request), timezone.now()
    mutes = mutes_of(user)
    page = build_top_page(user, now, mutes) if slug == TOP else build_section_page(slug, user, before, now, mutes)
    if is_visit(request):
        note_showing(user, slug, page.articles, now)
    return render(request, "articles/section.html", {"page": page, "here": slug})


def build_section_page(
    slug: str, user: User | None, before: tuple[datetime, int] | None, now: datetime, mutes: Mutes = NO_MUTES
) -> SectionPage:
    """Six queries, two more for readers, one or two with mutes; `before` is the time and the key of the last report of
    the page before."""
    reports = mutes.visible(Article.objects.visible().in_section(slug).filter(is_copy=False)).newest()
    found = rows_of((reports.before(*before) if before else reports)[: LEAD_COUNT + RIVER_COUNT + 1])
    leading = ranks.leading(now, slug, mutes)
    leads = [] if before else _leads([*leading, *(ranks.candidate_of(article) for article in found)])
    top_stories = ranks.top_stories(leading, RANK_COUNT)
    loaded = _load([*leads, *top_stories.candidates])
    lead_ids = {one.article_id for one in leads}
    river = [article for article in found if article.pk not in lead_ids]
    shown = river[:RIVER_COUNT]
    saved_ids = saved_ids_of(user, [*loaded.values(), *shown])
    drawn = recounted(cards_of([*loaded.values(), *shown], saved_ids), mutes)
    cards = {card.article.pk: card for card in drawn[: len(loaded)]}
    return SectionPage(
        slug=slug,
        name=SECTIONS[slug],
        leads=_lead_cards(leads, cards, now, mutes),
        ranked=[],
        river=stretches(drawn[len(loaded) :], now),
        older_cursor=cursor_of(shown[-1].published_at, shown[-1].pk) if len(river) > RIVER_COUNT else "",
        is_first_page=before is None,
        top_stories=ranks.ranks_of(top_stories, cards, now, f"Top stories in {SECTIONS[slug]} right now"),
        reporters=reporters(now, slug, mutes),
        is_followed=user is not None and Follow.objects.filter(user=user, section=slug).exists(),
    )


def build_top_page(user: User | None, now: datetime, mutes: Mutes = NO_MUTES) -> SectionPage:
    """Top News as one ranked list. Seven queries, one more for readers, one or two with mutes."""
    day = ranks.day_of(now)
    leading = ranks.with_other_faces(ranks.leading(now, mutes=mutes), day, mutes)
    waiting = each_event_once([*leading, *ranks.newest(mutes)])
    ranked = list(spread(waiting, LEAD_COUNT + RANKED_COUNT, day=day))
    top_stories = ranks.top_stories(leading, RANK_COUNT)
    loaded = _load([*ranked, *top_stories.candidates])
    saved_ids = saved_ids_of(user, list(loaded.values()))
    cards = {card.article.pk: card for card in recounted(cards_of(loaded.values(), saved_ids), mutes)}
    return SectionPage(
        slug=TOP,
        name=SECTIONS[TOP],
        leads=_lead_cards(ranked[:LEAD_COUNT], cards, now, mutes),
        ranked=ranks.reasoned(ranked[LEAD_COUNT:], cards, now),
        river=[],
        older_cursor="",
        is_first_page=True,
        top_stories=ranks.ranks_of(top_stories, cards, now),
        reporters=reporters(now, mutes=mutes),
        is_followed=False,
    )


def _leads(candidates: Iterable[Candidate]) -> list[Candidate]:
    """The best first few, one with a picture at the head."""
    chosen = list(spread(each_event_once(candidates), LEAD_COUNT, is_strict=False))
    return picture_first(chosen) if chosen else []


def _load(candidates: Iterable[Candidate]) -> dict[int, ArticleRow]:
    return rows_by_id(one.article_id for one in candidates)


def _lead_cards(leads: Sequence[Candidate], cards: Mapping[int, Card], now: datetime, mutes: Mutes) -> list[Card]:
    """The first one with other titles' headlines. One query."""
    found = ranks.reasoned(leads, cards, now)
    return [*with_angles(found[:1], LEAD_ANGLES, mutes), *found[1:]]


def stretches(cards: Iterable[Card], now: datetime) -> list[Stretch]:
    """`cards` newest first; days begin at midnight in the current time zone."""
    zone = timezone.get_current_timezone()
    by_heading = groupby(cards, key=lambda card: words.part_of_day(card.article.published_at, now, zone))
    return [Stretch(heading, list(grouped)) for heading, grouped in by_heading]


def reporters(now: datetime, section: str = "", mutes: Mutes = NO_MUTES) -> list[Reporter]:
    """Who has published most since midnight."""
    today = words.midnight(now, timezone.get_current_timezone())
    articles = mutes.visible(Article.objects.visible().filter(published_at__gte=today))
    if section:
        articles = articles.in_section(section)
    return reporters_of(articles)


def reporters_of(articles: ArticleQuerySet) -> list[Reporter]:
    """Who has published most of these."""
    rows = (
        articles.order_by()
        .values_list("source__name", "source__slug")
        .annotate(count=Count("pk"))
        .order_by("-count", "source__name")[:REPORTER_COUNT]
    )
    return [Reporter(name, reverse("source", args=[slug]), count) for name, slug, count in rows]
