"""Full coverage: one event, every title that reports it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.context import reader_of
from accounts.models import User
from articles.countries import country_name
from articles.languages import language_name, main_language
from articles.models import Article, Story
from articles.pages import words
from articles.pages.cards import Card, card_of, cards_of, saved_ids_of, story_url
from articles.stories.run import related_articles

REPORT_COUNT = 300
RELATED_COUNT = 4


@dataclass(frozen=True, slots=True)
class Report:
    """One article on the event, with its source."""

    article: Article
    country: str
    language: str  # by name, empty for English


@dataclass(frozen=True, slots=True)
class StoryPage:
    url: str
    section_name: str
    section_url: str
    lead: Card
    reports: list[Report]
    coverage: str  # "7 titles in 2 languages"
    related: list[Card]

    @property
    def note(self) -> str:
        return f"{self.coverage}, newest first"


@require_safe
def story_page(request: HttpRequest, pk: int, slug: str) -> HttpResponse:
    story = get_object_or_404(Story, pk=pk)
    reports = reports_of(story)
    if not reports:
        raise Http404(f"nothing is left of story {pk}")
    lead = leading_report(story, reports)
    if request.path != story_url(lead):
        return HttpResponsePermanentRedirect(story_url(lead))
    page = build_story_page(lead, reports, reader_of(request), timezone.now())
    return render(request, "articles/story.html", {"page": page, "here": lead.story.section})


def reports_of(story: Story) -> list[Article]:
    """What is visible of it, newest first."""
    return list(Article.objects.for_cards().filter(story=story).newest()[:REPORT_COUNT])


def leading_report(story: Story, reports: Sequence[Article]) -> Article:
    """The story's lead, or where that was taken down the newest report that is no copy."""
    return min(reports, key=lambda report: (report.pk != story.lead_id, report.is_copy))


def build_story_page(lead: Article, reports: Sequence[Article], user: User | None, now: datetime) -> StoryPage:
    """One query for readers, and what related articles cost."""
    related = related_articles(lead, RELATED_COUNT, now)
    saved_ids = saved_ids_of(user, [lead, *related])
    section = lead.story.section
    return StoryPage(
        url=story_url(lead),
        section_name=lead.story.get_section_display(),
        section_url=reverse("section", args=[section]),
        lead=replace(card_of(lead, saved_ids), also_count=0),  # the list below says it
        reports=[report_of(article) for article in reports if article.pk != lead.pk],
        coverage=coverage_of(reports),
        related=cards_of(related, saved_ids),
    )


def coverage_of(reports: Iterable[Article]) -> str:
    """Copies are no titles of their own: somebody else wrote their report."""
    own = [report for report in reports if not report.is_copy]
    return words.coverage_phrase(
        len({report.source_id for report in own}), len({main_language(report.language) for report in own})
    )


def report_of(article: Article) -> Report:
    return Report(
        article=article,
        country=country_name(article.source.country),
        language="" if main_language(article.language) == "en" else language_name(article.language),
    )
