"""One title's own page: what it is, what we may show of it, what it published."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.context import reader_of
from accounts.models import User
from articles.countries import country_name
from articles.languages import language_name
from articles.models import Article, Permission, Reading, Source
from articles.muting import NO_MUTES, Mutes, mutes_of
from articles.pages.cards import Card, card_of, recounted, saved_ids_of
from articles.pages.choices import Choice, follows_and_mutes, source_choice
from articles.pages.keyset import cursor_of, parse_cursor
from articles.pages.told import told_mutes
from articles.sections import SECTIONS

STORIES_PER_PAGE = 20
MOST_READ = 5
# Readings are looked up from the title's recent articles: a week of the whole site's readings is too many to walk.
MOST_READ_PUBLISHED_WITHIN = timedelta(days=30)
WEEK = timedelta(days=7)

INCLUDED = {
    Permission.HEADLINE: "Headlines. The articles are read at {name}.",
    Permission.TEASER: "Headlines and the opening of each article. The rest is read at {name}, on its own terms.",
    Permission.OPEN: "Every article whole, for everybody.",
    Permission.FULL: "The opening of every article for everybody, the whole text for members and during the free days.",
}


@dataclass(frozen=True, slots=True)
class SectionCount:
    name: str
    url: str
    count: int


@dataclass(frozen=True, slots=True)
class SourcePage:
    """One title: what it is, what we may show of it, what it published."""

    source: Source
    country: str
    language: str
    included: str
    licence: str
    licence_url: str  # like the homepage empty unless a browser may be sent there
    homepage: str
    homepage_host: str
    choice: Choice  # whether the reader follows or mutes it
    is_first_page: bool
    today_note: str  # "23 articles since midnight"
    lead: Card | None
    cards: list[Card]
    older_url: str
    most_read: list[Card]
    sections: list[SectionCount]

    @property
    def is_empty(self) -> bool:
        return not (self.lead or self.cards)


@require_safe
def source_page(request: HttpRequest, slug: str) -> HttpResponse:
    source = get_object_or_404(Source, slug=slug, is_active=True)
    before = parse_cursor(request.GET.get("before", ""))
    user = reader_of(request)
    page = build_source_page(source, user, before, timezone.localtime(), mutes_of(user))
    context = {"page": page, "here": "sources", "told_mutes": told_mutes(request)}
    return render(request, "articles/source.html", context)


def build_source_page(
    source: Source, user: User | None, before: tuple[datetime, int] | None, now: datetime, mutes: Mutes = NO_MUTES
) -> SourcePage:
    """`now` is local: its midnight starts "today". A fixed number of queries, three more for readers, one with mutes.

    A muted title's own page was asked for: it is shown, and says that it is muted.
    """
    others = mutes.but_for_source(source.pk)
    newest = others.visible(Article.objects.for_cards().filter(source=source)).newest()
    found = list((newest.before(*before) if before else newest)[: STORIES_PER_PAGE + 1])
    shown = found[:STORIES_PER_PAGE]
    saved_ids = saved_ids_of(user, shown)
    cards = recounted([_section_card(article, saved_ids) for article in shown], mutes)
    has_lead = before is None and bool(cards)
    homepage = web_address(source.homepage)
    return SourcePage(
        source=source,
        country=country_name(source.country),
        language=language_name(source.language),
        included=INCLUDED[Permission(source.permission)].format(name=source.name),
        licence=licence_name(source.licence),
        licence_url=web_address(source.licence_url),
        homepage=homepage,
        homepage_host=(urlsplit(homepage).hostname or "").removeprefix("www."),
        choice=source_choice(source, *follows_and_mutes(user, source.pk in mutes.source_ids, source=source)),
        is_first_page=before is None,
        today_note=today_note(source, now, others) if before is None else "",
        lead=cards[0] if has_lead else None,
        cards=cards[1:] if has_lead else cards,
        older_url=f"?before={cursor_of(shown[-1].published_at, shown[-1].pk)}" if len(found) > len(shown) else "",
        most_read=recounted(most_read(source, now, others), mutes),
        sections=section_counts(source, now, others),
    )


def most_read(source: Source, now: datetime, mutes: Mutes = NO_MUTES) -> list[Card]:
    """What members opened most in the last seven days, among the title's articles of the last thirty."""
    readings = Reading.objects.filter(
        article__source=source,
        article__published_at__gte=now - MOST_READ_PUBLISHED_WITHIN,
        article__withdrawn_at=None,
        read_at__gte=now - WEEK,
    )
    ids = list(
        readings.values("article")
        .annotate(count=Count("pk"))
        .order_by("-count", "-article")
        .values_list("article", flat=True)[: MOST_READ * (4 if mutes else 1)]
    )
    articles = mutes.visible(Article.objects.for_cards()).in_bulk(ids)
    return [_section_card(articles[pk]) for pk in ids if pk in articles][:MOST_READ]


def section_counts(source: Source, now: datetime, mutes: Mutes = NO_MUTES) -> list[SectionCount]:
    """Where the title reported in the last seven days, the busiest section first."""
    rows = (
        mutes.visible(Article.objects.visible().filter(source=source, published_at__gte=now - WEEK))
        .order_by()
        .values_list("section")
        .annotate(count=Count("pk"))
        .order_by("-count", "section")
    )
    return [SectionCount(SECTIONS[section], section_url(section), count) for section, count in rows]


def today_note(source: Source, now: datetime, mutes: Mutes = NO_MUTES) -> str:
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    count = mutes.visible(Article.objects.visible().filter(source=source, published_at__gte=midnight)).count()
    return f"{count} {'article' if count == 1 else 'articles'} since midnight" if count else ""


def section_url(section: str) -> str:
    return reverse("front") if section == "top" else reverse("section", args=[section])


def web_address(url: str) -> str:
    """`url` where it is an http(s) address, else nothing: a catalogue is somebody else's file."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme in {"http", "https"} and parts.hostname else ""


def licence_name(spdx: str) -> str:
    """ "CC-BY-ND-4.0" -> "CC BY-ND 4.0"."""
    return re.sub(r"^CC-(.+)-(\d\S*)$", r"CC \1 \2", spdx)


def _section_card(article: Article, saved_ids: frozenset[int] = frozenset()) -> Card:
    """On the title's own page its name would say nothing: the section stands in its place."""
    return replace(card_of(article, saved_ids), kicker=article.section_name, kicker_url=section_url(article.section))
