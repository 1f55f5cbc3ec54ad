"""The list of stories: found by the words of any of their reports, narrowed by section, titles and what editors did."""

from __future__ import annotations

import re

from django.contrib import admin
from django.db.models import Exists, OuterRef, Q

from articles.models import Article, Placement, StoryMove
from articles.models.story import StoryQuerySet
from articles.search.find import matching
from articles.search.query import parse_query

MOST_HITS = 500  # reports, the newest: what was typed is narrowed where it finds more
# "#4", "/story/4/eleven-river-states/"
ADDRESS = re.compile(r"(?:#|\S*/story/)([0-9]{1,18})(?:/\S*)?", re.ASCII)


class TitlesFilter(admin.SimpleListFilter):
    title = "number of titles"
    parameter_name = "titles"
    spans = {"1": (0, 1), "2": (2, 4), "5": (5, 9), "10": (10, 10_000)}
    words = {"1": "One", "2": "2 to 4", "5": "5 to 9", "10": "10 and more"}

    def lookups(self, request, model_admin):
        return list(self.words.items())

    def queryset(self, request, queryset):
        span = self.spans.get(self.value() or "")
        return queryset if span is None else queryset.filter(title_count__range=span)


class HandFilter(admin.SimpleListFilter):
    """What was merged away has no article left and shows only where it is asked for."""

    title = "what editors did"
    parameter_name = "hand"

    def lookups(self, request, model_admin):
        return [("placed", "Placed by hand"), ("merged", "Merged into another")]

    def queryset(self, request, queryset):
        merged = Exists(StoryMove.objects.filter(old_story_id=OuterRef("pk")))
        match self.value():
            case "merged":
                return queryset.filter(merged)
            case "placed":
                return queryset.filter(is_placed())
        return queryset.filter(~merged)


def is_placed() -> Exists:
    """Whether an editor has placed any of a story's articles."""
    return Exists(Placement.objects.filter(story=OuterRef("pk")))


def stories_called(text: str, stories: StoryQuerySet) -> StoryQuerySet:
    """Those with a report that answers the site's own search, or whose number or address this is. One query more."""
    text = text.strip()
    if address := ADDRESS.fullmatch(text):
        return stories.filter(pk=int(address[1]))
    query = parse_query(text, is_unfinished=True)
    if query.is_empty and not query.has_filters:
        return stories.none()
    hits = matching(query, Article.objects.filter(story__isnull=False)).newest()
    # Asked for at once: PostgreSQL's condition names the table of articles, which is another inside a query of stories.
    called = Q(pk__in=set(hits.values_list("story_id", flat=True)[:MOST_HITS]))
    if text.isascii() and text.isdecimal() and len(text) < 19:  # a year, or a story's number
        called |= Q(pk=int(text))
    return stories.filter(called)
