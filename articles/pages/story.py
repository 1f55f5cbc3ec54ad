"""Full coverage: one event, every title that reports it, whose words are copies, and how it unfolded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from accounts.context import reader_of
from accounts.models import User
from articles.countries import country_name
from articles.languages import language_name, main_language
from articles.models import Article, Copy, Follow, Permission, Source, Story, StoryMove
from articles.muting import NO_MUTES, Mutes, mutes_of
from articles.pages.cards import Card, article_url, card_of, cards_of, recounted, saved_ids_of, story_url
from articles.pages.coverage import Sighting, coverage_phrase, fold
from articles.pages.keyset import cursor_of, parse_cursor
from articles.pages.linked_data import script_json
from articles.pages.timeline import Timeline, timeline_of
from articles.pictures.shown import preview_url

REPORT_COUNT = 60  # of a page
MOST_SIGHTINGS = 5000  # the newest; no story that was one event has come near
ALSO_COUNT = 8  # titles with the same words that are named at once
RELATED_COUNT = 4


@dataclass(frozen=True, slots=True)
class AlsoAt:
    """A title that has the same words."""

    source_name: str
    url: str
    is_walled: bool


@dataclass(frozen=True, slots=True)
class Report:
    """One article on the event, with its source."""

    article: Article
    country: str
    language: str  # by name, empty for English
    also: tuple[AlsoAt, ...] = ()  # copies, folded under it

    @property
    def also_named(self) -> tuple[AlsoAt, ...]:
        return self.also[:ALSO_COUNT]

    @property
    def also_more(self) -> tuple[AlsoAt, ...]:
        return self.also[ALSO_COUNT:]


@dataclass(frozen=True, slots=True)
class Coverage:
    """The visible reports of a story, newest first, and which of them stand under which."""

    sightings: Sequence[Sighting]
    folded: dict[int, tuple[Sighting, ...]]
    lead_id: int

    def older_than(self, before: tuple[datetime, int] | None) -> list[Sighting]:
        """Those with a row of their own; all of them without a cursor."""
        rows = [one for one in self.sightings if one.article_id in self.folded and one.article_id != self.lead_id]
        return rows if before is None else [one for one in rows if (one.published_at, one.article_id) < before]


@dataclass(frozen=True, slots=True)
class StoryPage:
    url: str
    section_name: str
    section_url: str
    lead: Card
    lead_report: Report
    reports: list[Report]
    coverage: str  # "7 titles in 2 languages, 3 more with a copy"
    timeline: Timeline | None
    related: list[Card]
    linked_data: SafeString
    image_url: str
    older_cursor: str  # empty on the last page
    is_first_page: bool
    story_id: int
    is_followed: bool

    @property
    def note(self) -> str:
        return f"In all {self.coverage}; newest first"


@require_safe
def story_page(request: HttpRequest, pk: int, slug: str) -> HttpResponse:
    cursor = request.GET.get("before", "")
    before = parse_cursor(cursor)
    if cursor and before is None:
        raise Http404("no such page of the story")
    user, now = reader_of(request), timezone.now()
    mutes = mutes_of(user)
    story = Story.objects.filter(pk=pk).first()
    coverage = coverage_of(story, mutes) if story else None
    if story is None or coverage is None:
        return without_reports(request, pk, story, mutes)
    page = build_story_page(story, coverage, user, before, now, mutes)
    # The address carries the lead's headline. A reader may have muted just that: then any headline will do.
    if request.path != page.url and not mutes:
        return HttpResponsePermanentRedirect(page.url)
    return render(request, "articles/story.html", {"page": page, "here": story.section})


def without_reports(request: HttpRequest, pk: int, story: Story | None, mutes: Mutes) -> HttpResponse:
    """To the story that took the articles over; else there is nothing, or nothing that this reader wants to see."""
    move = StoryMove.objects.select_related("story__lead").filter(old_story_id=pk).first()
    if move:
        return HttpResponsePermanentRedirect(move.story.get_absolute_url())
    if mutes and story and Article.objects.visible().filter(story=story).exists():
        return render(request, "articles/story.html", {"page": None})
    raise Http404(f"nothing is left of story {pk}")


def coverage_of(story: Story, mutes: Mutes = NO_MUTES) -> Coverage | None:
    """None where nothing of it is to be seen. Two queries."""
    reports = mutes.visible(Article.objects.visible().filter(story=story)).newest()
    rows = reports.values_list(
        *("pk", "source_id", "source__name", "language", "published_at", "headline"),
        *("is_copy", "has_body", "is_opened", "source__permission"),
    )
    sightings = [_sighting(*row) for row in rows[:MOST_SIGHTINGS]]
    if not sightings:
        return None
    # The story's lead, or where that was taken down the newest report that is no copy.
    lead = min(sightings, key=lambda one: (one.article_id != story.lead_id, one.is_copy))
    originals = dict(Copy.objects.filter(article__story=story).values_list("article_id", "original_id"))
    return Coverage(sightings, fold(sightings, originals, lead.article_id), lead.article_id)


def _sighting(
    pk: int,
    source_id: int,
    source_name: str,
    language: str,
    published_at: datetime,
    headline: str,
    is_copy: bool,
    has_body: bool,
    is_opened: bool,
    permission: str,
) -> Sighting:
    article = Article(has_body=has_body, is_opened=is_opened, source=Source(permission=permission))
    code = main_language(language)
    return Sighting(pk, source_id, source_name, code, published_at, headline, is_copy, article.is_walled)


def build_story_page(
    story: Story,
    coverage: Coverage,
    user: User | None,
    before: tuple[datetime, int] | None,
    now: datetime,
    mutes: Mutes = NO_MUTES,
) -> StoryPage:
    """One query and what related articles cost; two more for readers, one with mutes.

    `before` is where the page before ended.
    """
    from articles.stories.run import related_articles  # late: numpy comes along, and most pages go without

    rows = coverage.older_than(before)
    shown = rows[:REPORT_COUNT]
    articles = Article.objects.for_cards().in_bulk([coverage.lead_id, *(one.article_id for one in shown)])
    lead = articles[coverage.lead_id]
    related = [] if before else related_articles(lead, RELATED_COUNT, now, mutes)
    saved_ids = saved_ids_of(user, [lead, *related])
    reports = [
        report_of(articles[one.article_id], coverage.folded[one.article_id])
        for one in shown
        if one.article_id in articles
    ]
    return StoryPage(
        url=story_url(lead),
        section_name=story.get_section_display(),
        section_url=reverse("section", args=[story.section]),
        lead=replace(card_of(lead, saved_ids), also_count=0),  # the list below says it
        lead_report=report_of(lead, coverage.folded[lead.pk]),
        reports=reports,
        coverage=coverage_phrase(coverage.sightings),
        timeline=None if before else timeline_of(coverage.sightings, now, timezone.get_current_timezone()),
        related=recounted(cards_of(related, saved_ids), mutes),
        linked_data=script_json(linked_data(lead, coverage, reports)),
        image_url="" if lead.source.permission == Permission.HEADLINE else preview_url(lead),
        older_cursor=cursor_of(shown[-1].published_at, shown[-1].article_id) if len(rows) > REPORT_COUNT else "",
        is_first_page=before is None,
        story_id=story.pk,
        is_followed=user is not None and Follow.objects.filter(user=user, report__story=story).exists(),
    )


def report_of(article: Article, copies: Iterable[Sighting] = ()) -> Report:
    return Report(
        article=article,
        country=country_name(article.source.country),
        language="" if main_language(article.language) == "en" else language_name(article.language),
        also=tuple(AlsoAt(one.source_name, article_url(one.article_id, one.headline), one.is_walled) for one in copies),
    )


def linked_data(lead: Article, coverage: Coverage, reports: Sequence[Report]) -> dict[str, Any]:
    """The page as search engines read it: a list of links, in the order in which they stand."""
    listed = [lead, *(report.article for report in reports)]
    times = [one.published_at for one in coverage.sightings]
    return {
        "@context": "https://schema.org",
        "@type": "CollectionPage",
        "url": settings.SITE_URL + story_url(lead),
        "name": f"{lead.headline}: full coverage",
        "datePublished": min(times).isoformat(timespec="seconds"),
        "dateModified": max(times).isoformat(timespec="seconds"),
        "mainEntity": {
            "@type": "ItemList",
            "numberOfItems": len(coverage.sightings),
            "itemListElement": [
                {
                    "@type": "ListItem",
                    "position": place,
                    "name": article.headline,
                    "url": settings.SITE_URL + article_url(article.pk, article.headline),
                }
                for place, article in enumerate(listed, 1)
            ],
        },
    }
