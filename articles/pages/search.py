"""Search: what was typed, filtered and ordered, with its hits marked."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from accounts.context import reader_of
from accounts.models import User
from articles.languages import language_name, main_language
from articles.models import Article, Source
from articles.pages import words
from articles.pages.cards import Card, cards_of, saved_ids_of
from articles.search.find import MOST, Found, Match, search
from articles.search.hits import Piece, marked
from articles.search.query import MOST_CHARACTERS, SLUG, SearchQuery, parse_query

PER_PAGE = 20
MOST_PAGES = 5
MOST_OFFERED = 8
MOST_HINTS = 4
LANGUAGE = re.compile(r"[a-z]{2,3}", re.ASCII)
PERIODS = {
    "day": ("Past day", timedelta(days=1)),
    "week": ("Past week", timedelta(days=7)),
    "month": ("Past month", timedelta(days=30)),
}


@dataclass(frozen=True, slots=True)
class Hit:
    card: Card
    headline: tuple[Piece, ...]
    dek: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """One value that a filter offers."""

    value: str
    label: str
    count: int | None
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Removal:
    """A filter that is set, and the address without it."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Form:
    """What the address asks for; values that mean nothing are dropped."""

    text: str
    period: str
    sources: tuple[str, ...]
    languages: tuple[str, ...]
    newest_first: bool
    page: int

    def url(self, **changes: object) -> str:
        """The same search with other values; page one unless said."""
        values = {
            "q": self.text,
            "when": self.period,
            "source": self.sources,
            "lang": self.languages,
            "sort": "new" if self.newest_first else "",
            "page": "",
            **changes,
        }
        return "?" + urlencode({name: value for name, value in values.items() if value}, doseq=True)


@dataclass(frozen=True, slots=True)
class SearchPage:
    form: Form
    is_blank: bool  # nothing was asked
    is_too_slow: bool
    count_words: str
    range_words: str  # "21 to 40"
    hits: list[Hit]
    titles: list[Source]  # titles whose name was typed
    periods: list[Choice]
    sources: list[Choice]
    languages: list[Choice]
    removals: list[Removal]
    next_url: str
    previous_url: str
    ends_early: bool  # there are more matches than we turn pages for
    hints: list[str]
    examples: list[str]


@require_safe
def search_page(request: HttpRequest) -> HttpResponse:
    page = build_search(form_of(request), reader_of(request), timezone.now())
    return render(request, "articles/search.html", {"page": page})


def form_of(request: HttpRequest) -> Form:
    asked = request.GET
    page = asked.get("page", "")
    return Form(
        text=" ".join(asked.get("q", "").replace("\0", " ").split())[:MOST_CHARACTERS],
        period=asked.get("when", "") if asked.get("when") in PERIODS else "",
        sources=_few(asked.getlist("source"), SLUG),
        languages=_few(asked.getlist("lang"), LANGUAGE),
        newest_first=asked.get("sort") == "new",
        page=int(page) if page in {str(number) for number in range(1, MOST_PAGES + 1)} else 1,
    )


def _few(values: Sequence[str], shape: re.Pattern[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if shape.fullmatch(value)))[:MOST_OFFERED]


def build_search(form: Form, user: User | None, now: datetime) -> SearchPage:
    """At most four queries: what the words find, the same within the filters, the cards, titles by that name.

    One more for readers: what they have saved.
    """
    query = _with_period(parse_query(form.text), form, now)
    narrow = replace(query, sources=form.sources or query.sources, languages=form.languages)
    every = search(query, now, newest_first=form.newest_first)
    found = every if narrow == query else search(narrow, now, newest_first=form.newest_first)
    start = (form.page - 1) * PER_PAGE
    end = start + PER_PAGE
    has_more = end < len(found.matches)
    return SearchPage(
        form=form,
        is_blank=narrow.is_empty and not narrow.has_filters,
        is_too_slow=found.is_too_slow,
        count_words=_count_words(found),
        range_words=f"{start + 1} to {min(end, len(found.matches))}",
        hits=_hits(query, found.matches[start:end], user),
        titles=_titles(query) if form.page == 1 else [],
        periods=[Choice("", "Any time", None, not form.period)]
        + [Choice(value, label, None, value == form.period) for value, (label, _) in PERIODS.items()],
        sources=_choices(every, form.sources, lambda match: (match.source_slug, match.source_name)),
        languages=_choices(every, form.languages, lambda match: (_language(match), language_name(match.language))),
        removals=_removals(form, every.matches),
        next_url=form.url(page=form.page + 1) if has_more and form.page < MOST_PAGES else "",
        previous_url=form.url(page=form.page - 1 if form.page > 2 else "") if form.page > 1 else "",
        ends_early=has_more and form.page == MOST_PAGES,
        hints=_hints(query),
        examples=_examples(now),
    )


def _with_period(query: SearchQuery, form: Form, now: datetime) -> SearchQuery:
    """The later of what was typed and what was chosen."""
    if not form.period:
        return query
    since = now - PERIODS[form.period][1]
    return replace(query, published_from=max(since, query.published_from or since))


def _hits(query: SearchQuery, matches: Sequence[Match], user: User | None) -> list[Hit]:
    articles = _load([match.article_id for match in matches])
    cards = cards_of(articles, saved_ids_of(user, articles) if articles else frozenset())
    return [Hit(card, marked(query, card.headline), marked(query, card.dek)) for card in cards]


def _load(ids: Sequence[int]) -> list[Article]:
    if not ids:
        return []
    found = Article.objects.for_cards().in_bulk(ids)
    return [found[pk] for pk in ids if pk in found]


def _language(match: Match) -> str:
    return main_language(match.language)


def _choices(found: Found, chosen: Sequence[str], key: Callable[[Match], tuple[str, str]]) -> list[Choice]:
    """The most frequent values among what was found, those that are chosen always; counts only where they are all."""
    counts = Counter(key(match) for match in found.matches)
    offered = [pair for pair, _ in counts.most_common(MOST_OFFERED)]
    offered += [pair for pair in counts if pair[0] in chosen and pair not in offered]
    return [
        Choice(value, label, None if found.is_cut else counts[value, label], value in chosen)
        for value, label in offered
    ]


def _removals(form: Form, found: Sequence[Match]) -> list[Removal]:
    names = {match.source_slug: match.source_name for match in found}
    removals = [Removal(PERIODS[form.period][0], form.url(when=""))] if form.period else []
    removals += [
        Removal(names.get(slug, slug), form.url(source=[other for other in form.sources if other != slug]))
        for slug in form.sources
    ]
    return removals + [
        Removal(language_name(code), form.url(lang=[other for other in form.languages if other != code]))
        for code in form.languages
    ]


def _titles(query: SearchQuery) -> list[Source]:
    """Titles by name, where what was typed could be one."""
    name = " ".join(query.terms)
    if len(name) < 3 or query.unwanted:
        return []
    return list(Source.objects.filter(is_active=True, name__icontains=name)[:3])


def _count_words(found: Found) -> str:
    if found.is_cut:
        return f"More than {MOST} results"
    return words.counted(len(found.matches), "result")


def _hints(query: SearchQuery) -> list[str]:
    """Shorter searches to try where nothing was found: each word alone."""
    single = dict.fromkeys(word for term in query.terms for word in term.split() if len(word) > 2)
    return list(single)[:MOST_HINTS] if len(single) > 1 else []


def _examples(now: datetime) -> list[str]:
    return ["water treaty", '"four-day week"', f"rents after:{now:%Y-%m}-01", "strike -football"]
