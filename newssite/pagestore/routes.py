"""Which addresses may be kept, and which parameters mean something there. What is not listed is not kept."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from django.conf import settings
from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import QueryDict
from django.urls import Resolver404, resolve
from django.utils.http import urlencode

LONGEST_PATH = 500
LONGEST_QUERY = 2000
NOT_FOUND = ""  # the route of an address that leads nowhere
# Route -> the parameters that its view reads (tests/newssite/test_pagestore.py compares them with the views).
ROUTES: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("front", "article", "article_short", "article_history", "briefing", "briefing_past"), ()),
    **dict.fromkeys(("section", "topic", "story", "story_short", "source", "picks"), ("before",)),
    **dict.fromkeys(("fetcher", "privacy", "terms", "plans", "app", "offline"), ()),
    **dict.fromkeys(("feeds", "feed_top", "feed_picks", "feed_section", "feed_topic"), ()),
    **dict.fromkeys(("news_sitemap", "robots", "manifest"), ()),
    "sources": ("q", "country", "lang"),
    "search": ("q", "when", "from", "to", "section", "source", "lang", "sort", "exact", "page", "before"),
    "how_we_choose": ("at",),
    "sitemap": ("page",),
    NOT_FOUND: (),
}
# Read for what is new: while news comes in they are made anew every other second.
NEWS_ROUTES = frozenset({"front", "section"})
# A form's boxes: every value counts. Of any other parameter Django's views read the last.
SEVERAL = frozenset({("search", "source"), ("search", "lang")})


def kept_query(path: str, query: str) -> str | None:
    """The query as the page is kept under it, and as its view will see it; None for what is not kept.

    Parameters that mean nothing are left out, the others stand in one order: no address makes a second copy of a page.
    """
    if len(path) > LONGEST_PATH or len(query) > LONGEST_QUERY:
        return None
    route = route_of(path)
    if route is None or route not in ROUTES or (route == NOT_FOUND and query):
        return None
    return meaningful(route, query) if query else ""


def follows_news(path: str) -> bool:
    return route_of(path) in NEWS_ROUTES


# Sent paths are without end, so the oldest give way.
@lru_cache(maxsize=2048)
def route_of(path: str) -> str | None:
    """The name of a route without namespace; NOT_FOUND where Django finds none, None for what is not Django's."""
    if path.startswith((settings.STATIC_URL, settings.PICTURE_URL)):
        return None
    try:
        match = resolve(text_of(path))
    except UnicodeError:
        return None
    except Resolver404:
        return NOT_FOUND
    return None if match.namespaces else match.url_name


def text_of(path: str) -> str:
    """PATH_INFO as WSGI hands it over (bytes read as Latin-1) as Django reads it."""
    return path.encode("latin-1").decode("utf-8", "strict")


def meaningful(route: str, query: str) -> str | None:
    """None for a query that Django itself would refuse."""
    try:
        given = QueryDict(query)
    except (BadRequest, SuspiciousOperation, ValueError):
        return None
    kept = [(name, value) for name in ROUTES[route] for value in values_of(route, name, given) if value]
    return str(urlencode(kept))


def values_of(route: str, name: str, given: QueryDict) -> list[str]:
    values = [str(value) for value in given.getlist(name)]
    return values if (route, name) in SEVERAL else values[-1:]
