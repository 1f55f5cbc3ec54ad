"""What a reader follows, what else there is to follow, and the newest of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import BadRequest
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods

from accounts.context import reader_of
from accounts.models import User
from articles.models import Article, Follow, Source
from articles.pages.back import back, sign_in
from articles.pages.cards import Card, cards_of, saved_ids_of
from articles.pages.keyset import cursor_of, parse_cursor
from articles.pages.source import section_url
from articles.pages.sources import clean_query, find_titles
from articles.sections import SECTIONS

STORIES_PER_PAGE = 30
TITLES_FOUND = 12
# Top News is what everybody gets; it is no subject to follow.
SECTIONS_TO_FOLLOW = {slug: name for slug, name in SECTIONS.items() if slug != "top"}


@dataclass(frozen=True, slots=True)
class Followable:
    """A title or a section with the form values that follow it, or stop following it."""

    kind: str  # "source" | "section", the name of the form's field
    slug: str
    name: str
    url: str
    language: str = ""  # of the name, where it is not plain Latin
    is_followed: bool = False


@dataclass(frozen=True, slots=True)
class FollowingPage:
    followed: list[Followable]
    sections: list[Followable]  # not followed yet
    find: str
    found: list[Followable]
    cards: list[Card]
    is_first_page: bool
    older_url: str


@require_http_methods(["GET", "HEAD", "POST"])
def following_page(request: HttpRequest) -> HttpResponse:
    user = reader_of(request)
    if user is None:
        return sign_in(request)
    if request.method == "POST":
        post = request.POST
        change_follow(user, post.get("source", ""), post.get("section", ""), post.get("action", ""))
        return back(request, "following")
    before = parse_cursor(request.GET.get("before", ""))
    page = build_following_page(user, clean_query(request.GET.get("find", "")), before)
    return render(request, "articles/following.html", {"page": page, "here": "following"})


def change_follow(user: User, source_slug: str, section: str, action: str) -> None:
    """Follows or unfollows one source or one section; `action` "follow", "unfollow" or, empty, the other way round.

    Safe to send twice with an action named. Http404 for what does not exist, BadRequest for none or both.
    """
    if bool(source_slug) == bool(section):
        raise BadRequest("Name one source or one section")
    follow = _section_follow(user, section) if section else _source_follow(user, source_slug)
    mine = Follow.objects.filter(user=user, source=follow.source, section=follow.section)
    if action != "follow" and mine.delete()[0]:
        return
    if action != "unfollow":
        # The unique constraints make the second of two equal requests a line that changes nothing.
        Follow.objects.bulk_create([follow], ignore_conflicts=True)


def _section_follow(user: User, section: str) -> Follow:
    if section not in SECTIONS_TO_FOLLOW:
        raise Http404("No such section")
    return Follow(user=user, section=section)


def _source_follow(user: User, slug: str) -> Follow:
    # PostgreSQL refuses NUL in a value.
    return Follow(user=user, source=get_object_or_404(Source, slug=slug.replace("\0", ""), is_active=True))


def build_following_page(user: User, find: str, before: tuple[datetime, int] | None) -> FollowingPage:
    """A fixed number of queries however much is followed."""
    follows = list(
        Follow.objects.filter(Q(source=None) | Q(source__is_active=True), user=user).select_related("source")
    )
    sources = sorted((follow.source for follow in follows if follow.source), key=lambda source: source.name.casefold())
    sections = {follow.section for follow in follows if follow.section}
    found = _newest_of([source.pk for source in sources], sections, before) if follows else []
    shown = found[:STORIES_PER_PAGE]
    slugs = {source.slug for source in sources}
    return FollowingPage(
        followed=[
            *(_section(slug, True) for slug in SECTIONS_TO_FOLLOW if slug in sections),
            *(_source(source.name, source.slug, source.language, True) for source in sources),
        ],
        sections=[_section(slug, False) for slug in SECTIONS_TO_FOLLOW if slug not in sections],
        find=find,
        found=[
            _source(title.name, title.slug, title.language, title.slug in slugs)
            for title in find_titles(find, TITLES_FOUND)
        ],
        cards=cards_of(shown, saved_ids_of(user, shown)),
        is_first_page=before is None,
        older_url=f"?before={cursor_of(shown[-1].published_at, shown[-1].pk)}" if len(found) > len(shown) else "",
    )


def _newest_of(source_ids: list[int], sections: set[str], before: tuple[datetime, int] | None) -> list[Article]:
    """One more than a page holds, to know whether there is another."""
    newest = Article.objects.for_cards().filter(Q(source__in=source_ids) | Q(section__in=sections)).newest()
    return list((newest.before(*before) if before else newest)[: STORIES_PER_PAGE + 1])


def _section(slug: str, is_followed: bool) -> Followable:
    return Followable("section", slug, SECTIONS[slug], section_url(slug), is_followed=is_followed)


def _source(name: str, slug: str, language: str, is_followed: bool) -> Followable:
    url = Source(slug=slug).get_absolute_url()
    return Followable("source", slug, name, url, "" if name.isascii() else language, is_followed)
