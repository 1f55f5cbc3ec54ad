"""The front page: a visitor's with the promise and the price, a reader's with what the reader follows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.context import reader_of
from accounts.models import User
from articles.languages import main_language
from articles.models import Article, Follow, Source
from articles.muting import NO_MUTES, Mutes, mutes_of
from articles.pages import words
from articles.pages.article import is_visit
from articles.pages.cards import source_url
from articles.pages.moment import kept
from articles.pages.news import ROWS, News, build_news
from articles.pages.showings import licensed_of, note_showing
from articles.quick.holes import Told, tell
from articles.sections import SECTIONS
from articles.statements import Statement
from billing.facts import Offer
from billing.plans import current_offer

MARK_COUNT = 24
MARK_STYLES = ("", "w-c", "w-r", "w-i", "w-s")


@dataclass(frozen=True, slots=True)
class Title:
    """As much of a source as this page shows."""

    pk: int
    name: str
    slug: str
    language: str
    weight: float
    article_count: int  # of a day


@dataclass(frozen=True, slots=True)
class Hero:
    """One line for each title, as tall as what it published in the past 24 hours."""

    path: str
    width: int
    title_count: int
    article_count: int

    @property
    def label(self) -> str:
        return f"{words.counted(self.title_count, 'upright line')}, one for each title, by how much it published"

    @property
    def caption(self) -> str:
        return (
            f"Each line is one of our {words.counted(self.title_count, 'title')}, the taller the more it published "
            f"in the past 24 hours: {words.counted(self.article_count, 'article')} in all."
        )


@dataclass(frozen=True, slots=True)
class Mark:
    """A title's name, set in one of our five ways: a publisher's own logo is never imitated."""

    name: str
    url: str
    style: str
    language: str


@dataclass(frozen=True, slots=True)
class Titles:
    count: int
    hero: Hero | None
    marks: list[Mark]


@dataclass(frozen=True, slots=True)
class VisitorFront:
    news: News
    hero: Hero | None
    marks: list[Mark]
    sources_phrase: str
    all_sources: str
    offer: Offer
    trial_ends_at: datetime  # for somebody who signs up now


@dataclass(frozen=True, slots=True)
class ReaderFront:
    news: News
    sections: list[tuple[str, str]]  # followed: slug, name
    follows_nothing: bool


@require_safe
def front_page(request: HttpRequest) -> HttpResponse:
    user, now = reader_of(request), timezone.now()
    template = "articles/front_member.html" if user else "articles/front.html"
    page = build_reader_front(user, now, mutes_of(user)) if user else build_visitor_front(now)
    if is_visit(request):
        note_showing(user, "front", page.news.articles, now)
    if user:
        tell(told_of(user, page.news.articles))
    return render(request, template, {"page": page, "here": "top", "is_front": True})


def told_of(user: User, articles: Iterable[Article]) -> Told:
    """Nothing on the page depends on what the reader may read; whether a showing counts does."""
    licensed = licensed_of(articles)
    return Told(
        reader_id=user.pk,
        showing="front",
        licensed_ids=tuple(one.pk for one in licensed),
        is_shown_to_all=bool(licensed) and not licensed[0].is_walled,
    )


def build_visitor_front(now: datetime) -> VisitorFront:
    """Two queries on top of the news."""
    titles = kept("titles", now, lambda: titles_of_day(now - timedelta(hours=24)))
    return VisitorFront(
        news=build_news(now),
        hero=titles.hero,
        marks=titles.marks,
        sources_phrase=words.sources_phrase(titles.count),
        all_sources=f"All {titles.count} sources" if titles.count > 1 else "The source",
        offer=current_offer(),
        trial_ends_at=now + timedelta(days=settings.TRIAL_DAYS),
    )


def build_reader_front(user: User, now: datetime, mutes: Mutes = NO_MUTES) -> ReaderFront:
    """One query on top of the news. Who follows titles only sees every section, as visitors do."""
    follows = list(Follow.objects.filter(user=user).values_list("section", "source_id"))
    sections = {section for section, _ in follows if section}
    source_ids = {source_id for _, source_id in follows if source_id}
    rows = [row for row in ([block for block in row if block[0] in sections] for row in ROWS) if row]
    return ReaderFront(
        news=build_news(now, user, rows or ROWS, source_ids, mutes),
        sections=[(slug, name) for slug, name in SECTIONS.items() if slug in sections],
        follows_nothing=not follows,
    )


def titles_of_day(since: datetime) -> Titles:
    """Two queries."""
    withdrawn = Counter(source_id for (source_id,) in _withdrawn(since))
    titles = [Title(*row, count - withdrawn[row[0]]) for *row, count in _active_titles(since)]
    return Titles(len(titles), hero_of([title.article_count for title in titles]), marks_of(titles))


@Statement
def _active_titles(since: datetime) -> QuerySet:
    """A Title's columns. Every title's articles are counted in its own index, which does not say what was withdrawn:
    that would take a look at each article of the day.
    """
    recent = Article.objects.filter(source=OuterRef("pk"), published_at__gte=since).order_by()
    count = recent.values("source").annotate(count=Count("pk")).values("count")
    titles = Source.objects.filter(is_active=True).annotate(article_count=Coalesce(Subquery(count), 0))
    return titles.order_by("name").values_list("pk", "name", "slug", "language", "weight", "article_count")


@Statement
def _withdrawn(since: datetime) -> QuerySet:
    """By their titles."""
    gone = Article.objects.filter(published_at__gte=since, withdrawn_at__isnull=False)
    return gone.order_by().values_list("source_id")


def hero_of(counts: Sequence[int]) -> Hero | None:
    """None where nothing was published: a row of stubs says nothing."""
    if not any(counts):
        return None
    return Hero(
        path=words.bars_path(counts),
        width=len(counts) * words.BAR_STEP,
        title_count=len(counts),
        article_count=sum(counts),
    )


def marks_of(titles: Iterable[Title]) -> list[Mark]:
    """The weightiest titles, of equals the busiest, by name."""
    first = sorted(titles, key=lambda title: (-title.weight, -title.article_count))[:MARK_COUNT]
    return [_mark(title, place) for place, title in enumerate(sorted(first, key=lambda title: title.name.casefold()))]


def _mark(title: Title, place: int) -> Mark:
    """Capitals and italics are for names in Latin letters only."""
    is_latin = all(ord(letter) < 0x250 for letter in title.name)
    return Mark(
        name=title.name,
        url=source_url(title.slug),
        style=MARK_STYLES[place % len(MARK_STYLES)] if is_latin else "",
        language=main_language(title.language),
    )
