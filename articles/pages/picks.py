"""Our Picks: what editors chose, why and who. Below it what they chose before."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.context import reader_of
from accounts.models import User
from articles.models import Pick
from articles.models.pick import PickQuerySet
from articles.muting import NO_MUTES, Mutes, mutes_of
from articles.pages import words
from articles.pages.cards import Card, pick_card, saved_ids_of
from articles.pages.keyset import cursor_of, parse_cursor
from articles.pages.rows import PickRow
from articles.statements import Statement

PICK_COUNT = 4  # where they are one row of another page
LIVE_COUNT = 100  # an editor who never ends a pick must not make the page endless
EARLIER_COUNT = 20
AnyPick = TypeVar("AnyPick", Pick, PickRow)


@dataclass(frozen=True, slots=True)
class PicksPage:
    live: list[Card]
    earlier: list[Card]
    older_cursor: str  # empty on the last page
    is_first_page: bool

    @property
    def is_empty(self) -> bool:
        return not (self.live or self.earlier)


@require_safe
def picks_page(request: HttpRequest) -> HttpResponse:
    cursor = request.GET.get("before", "")
    before = parse_cursor(cursor)
    if cursor and before is None:
        raise Http404("no such page of picks")
    user = reader_of(request)
    page = build_picks_page(user, before, timezone.now(), mutes_of(user))
    return render(request, "articles/picks.html", {"page": page, "here": "picks"})


def build_picks_page(
    user: User | None, before: tuple[datetime, int] | None, now: datetime, mutes: Mutes = NO_MUTES
) -> PicksPage:
    """Two queries, one more for readers; `before` is the end and the key of the last pick of the page before."""
    live = live_picks(now, mutes=mutes) if before is None else []
    found = list(_earlier(now, before, mutes)[: EARLIER_COUNT + 1])
    earlier = [pick for pick in found[:EARLIER_COUNT] if not mutes.hides_words(pick.headline, pick.note)]
    saved_ids = saved_ids_of(user, [pick.article for pick in [*live, *earlier]])
    return PicksPage(
        live=[replace(pick_card(pick, pick.article, saved_ids), why=chosen_by([pick])) for pick in live],
        earlier=[_earlier_card(pick, saved_ids, now) for pick in earlier],
        older_cursor=cursor_of(found[-2].ends_at, found[-2].pk) if len(found) > EARLIER_COUNT else "",
        is_first_page=before is None,
    )


def live_picks(now: datetime, most: int = LIVE_COUNT, mutes: Mutes = NO_MUTES) -> list[Pick]:
    """In the editors' order, an article once. Nothing that was taken down, whatever its dates say."""
    return _each_once(_shown(Pick.objects.live(now), mutes)[: LIVE_COUNT if mutes else most], mutes)[:most]


def live_rows(now: datetime, mutes: Mutes = NO_MUTES) -> list[PickRow]:
    """The same for one row of another page, which loads their articles with its own."""
    rows = _live_rows(now, mutes=mutes)
    picks = [PickRow(pk, headline, note, editor or "", *article) for pk, headline, note, editor, *article in rows]
    return _each_once(picks, mutes)[:PICK_COUNT]


@Statement
def _live_rows(now: datetime, mutes: Mutes = NO_MUTES) -> QuerySet:
    return _visible(Pick.objects.live(now), mutes).values_list(
        *("pk", "headline_override", "note", "editor__name"),
        *("article_id", "article__story_id", "article__source_id", "article__section"),
    )[: LIVE_COUNT if mutes else PICK_COUNT]


def _each_once(picks: Iterable[AnyPick], mutes: Mutes) -> list[AnyPick]:
    """By their articles, whose own words were looked at before; without picks whose words are muted."""
    by_article: dict[int, AnyPick] = {}
    for pick in picks:
        if not mutes.hides_words(pick.headline_override, pick.note):
            by_article.setdefault(pick.article_id, pick)
    return list(by_article.values())


def chosen_by(picks: Iterable[Pick]) -> str:
    return words.chosen_by(pick.editor.name if pick.editor else "" for pick in picks)


def _earlier(now: datetime, before: tuple[datetime, int] | None, mutes: Mutes) -> PickQuerySet:
    ended = _shown(Pick.objects.filter(ends_at__lte=now), mutes)
    if before:
        ended = ended.filter(Q(ends_at__lt=before[0]) | Q(pk__lt=before[1]), ends_at__lte=before[0])
    return ended.order_by("-ends_at", "-pk")


def _shown(picks: PickQuerySet, mutes: Mutes) -> PickQuerySet:
    return _visible(picks, mutes).select_related("article__source", "article__story", "article__picture", "editor")


def _visible(picks: PickQuerySet, mutes: Mutes) -> PickQuerySet:
    return mutes.visible_by(picks.filter(article__withdrawn_at=None, article__source__is_active=True), "article")


def _earlier_card(pick: Pick, saved_ids: frozenset[int], now: datetime) -> Card:
    chosen_on = words.day(pick.starts_at, now, timezone.get_current_timezone())
    card = pick_card(pick, pick.article, saved_ids)
    return replace(card, why=f"{chosen_by([pick])}, {chosen_on}", picture_variant="")
