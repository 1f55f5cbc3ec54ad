"""The directory: every title, to look through or to search."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from articles.countries import country_name
from articles.languages import language_name, main_language
from articles.models import Source
from articles.pages import words
from articles.pages.directory import Group, Title, Wanted, fold, grouped

LONGEST_QUERY = 100


@dataclass(frozen=True, slots=True)
class Choice:
    """One line of a select."""

    value: str
    name: str


@dataclass(frozen=True, slots=True)
class Line:
    """One title in the directory."""

    name: str
    url: str
    place: str  # "Switzerland, French"
    language: str  # of the name, where a screen reader could not guess it


@dataclass(frozen=True, slots=True)
class Letter:
    heading: str
    short: str  # in the row of letters
    anchor: str
    lines: list[Line]


@dataclass(frozen=True, slots=True)
class Directory:
    """The page of all titles; the counts are of all of them, `letters` holds what was asked for."""

    wanted: Wanted
    heading: str
    title_count: int
    found_count: int
    countries: list[Choice]
    languages: list[Choice]
    letters: list[Letter]


@require_safe
def sources_page(request: HttpRequest) -> HttpResponse:
    wanted = Wanted(
        q=clean_query(request.GET.get("q", "")),
        country=request.GET.get("country", "")[:2].upper(),
        language=main_language(request.GET.get("lang", ""))[:8],
    )
    return render(request, "articles/sources.html", {"page": build_directory(wanted), "here": "sources"})


def build_directory(wanted: Wanted) -> Directory:
    """One query, whatever was asked: a few hundred short rows are sifted faster here than by any index."""
    titles = all_titles()
    found = [title for title in titles if wanted.includes(title)]
    return Directory(
        wanted=wanted,
        heading=words.sources_phrase(len(titles)),
        title_count=len(titles),
        found_count=len(found),
        countries=_choices({title.country for title in titles}, country_name),
        languages=_choices({main_language(title.language) for title in titles}, language_name),
        letters=[_letter(group) for group in grouped(found)],
    )


def find_titles(q: str, limit: int) -> list[Title]:
    """Titles by a part of their name, in the directory's order; none for an empty question."""
    wanted = Wanted(q=clean_query(q))
    if not wanted.q:
        return []
    found = grouped(title for title in all_titles() if wanted.includes(title))
    return [title for group in found for title in group.titles][:limit]


def all_titles() -> list[Title]:
    rows = Source.objects.filter(is_active=True).order_by().values_list("name", "slug", "country", "language")
    return [Title(*row) for row in rows]


def clean_query(raw: str) -> str:
    return raw.replace("\0", "").strip()[:LONGEST_QUERY]


def _choices(codes: Iterable[str], name_of: Callable[[str], str]) -> list[Choice]:
    return sorted((Choice(code, name_of(code)) for code in codes if code), key=lambda choice: fold(choice.name))


def _letter(group: Group) -> Letter:
    return Letter(
        heading=group.heading,
        short=group.heading.split()[0],
        anchor=group.anchor,
        lines=[_line(title) for title in group.titles],
    )


def _line(title: Title) -> Line:
    parts = [country_name(title.country)] if title.country else []
    if main_language(title.language) != "en":
        parts.append(language_name(title.language))
    return Line(
        name=title.name,
        url=reverse("source", args=[title.slug]),
        place=", ".join(parts),
        language="" if title.name.isascii() else title.language,
    )
