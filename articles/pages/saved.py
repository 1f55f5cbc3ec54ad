"""What a reader put aside: newest first, with the time it takes to read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.core.exceptions import BadRequest
from django.db.models import Count, Q, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.context import reader_of
from accounts.models import User
from articles.models import Article, Saved
from articles.models.article import READING_WORDS_PER_MINUTE
from articles.muting import NO_MUTES, Mutes, mutes_of
from articles.pages.back import back, sign_in
from articles.pages.cards import Card, card_of, pick_card, recounted, saved_ids_of
from articles.pages.keyset import cursor_of, parse_cursor
from articles.pages.picks import live_picks

SAVED_PER_PAGE = 30
PICKS_SHOWN = 4
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, slots=True)
class SavedLine:
    """One saved article; `card` is None once it was withdrawn, and then only its source and day are left."""

    article_id: int
    source_name: str
    when: str
    card: Card | None


@dataclass(frozen=True, slots=True)
class SavedPage:
    article_count: int
    minutes: int
    lines: list[SavedLine]
    is_first_page: bool
    older_url: str
    has_muted: bool  # of the lines
    picks: list[Card]  # to begin with, where nothing is saved yet


@require_http_methods(["GET", "HEAD", "POST"])
def saved_page(request: HttpRequest) -> HttpResponse:
    user = reader_of(request)
    if user is None:
        return sign_in(request)
    if request.method == "POST":
        change_saved(user, article_id_of(request.POST.get("id", "")), request.POST.get("want", ""))
        return back(request, "saved")
    before = parse_cursor(request.GET.get("before", ""))
    page = build_saved_page(user, before, timezone.localtime(), mutes_of(user))
    return render(request, "articles/saved.html", {"page": page})


def article_id_of(raw: str) -> int:
    """BadRequest for anything but a number that a key could be."""
    if not (raw.isascii() and raw.isdigit() and len(raw) <= 18):
        raise BadRequest("id must be the number of an article")
    return int(raw)


def change_saved(user: User, article_id: int, want: str = "") -> None:
    """Save or remove, as `want` says and as often as it is asked; "" for the other of what is the case now.

    Only the reader's own row. Http404 for no such article.
    """
    mine = Saved.objects.filter(user=user, article=article_id)
    if want != "save" and (mine.delete()[0] or want == "remove"):
        return
    if not Article.objects.visible().filter(pk=article_id).exists():
        raise Http404("No such article")
    Saved.objects.bulk_create([Saved(user=user, article_id=article_id)], ignore_conflicts=True)


def build_saved_page(
    user: User, before: tuple[datetime, int] | None, now: datetime, mutes: Mutes = NO_MUTES
) -> SavedPage:
    """`now` is local: "today" and "yesterday" are the reader's. What is saved was chosen: no mute takes it away."""
    mine = Saved.objects.filter(user=user).select_related("article__source").order_by("-saved_at", "-pk")
    rows = list((_after(mine, *before) if before else mine)[: SAVED_PER_PAGE + 1])
    shown = rows[:SAVED_PER_PAGE]
    articles = Article.objects.for_cards().in_bulk([row.article_id for row in shown])
    totals = mine.order_by().aggregate(count=Count("pk"), words=Sum("article__word_count"))
    return SavedPage(
        article_count=totals["count"],
        minutes=round((totals["words"] or 0) / READING_WORDS_PER_MINUTE),
        lines=_lines(shown, articles, now, mutes),
        is_first_page=before is None,
        older_url=f"?before={cursor_of(shown[-1].saved_at, shown[-1].pk)}" if len(rows) > len(shown) else "",
        has_muted=any(map(mutes.hides, articles.values())),
        picks=[] if totals["count"] else first_picks(user, now, mutes),
    )


def first_picks(user: User, now: datetime, mutes: Mutes) -> list[Card]:
    """The editors' choice, for a reader who has nothing saved yet."""
    picks = live_picks(now, PICKS_SHOWN, mutes)
    saved_ids = saved_ids_of(user, [pick.article for pick in picks])
    return [pick_card(pick, pick.article, saved_ids) for pick in picks]


def when_saved(saved_at: datetime, now: datetime) -> str:
    """ "Saved today", "Saved on Thursday", after a week "Saved on 3 November"; both times in one zone."""
    days = (now.date() - saved_at.date()).days
    if days <= 0:
        return "Saved today"
    if days == 1:
        return "Saved yesterday"
    if days < 7:
        return f"Saved on {WEEKDAYS[saved_at.weekday()]}"
    return f"Saved on {saved_at:%-d %B}" if saved_at.year == now.year else f"Saved on {saved_at:%-d %B %Y}"


def _after(rows, saved_at: datetime, pk: int):
    """Keyset: what follows the row (saved_at, pk)."""
    return rows.filter(Q(saved_at__lt=saved_at) | Q(pk__lt=pk), saved_at__lte=saved_at)


def _lines(rows: Sequence[Saved], articles: Mapping[int, Article], now: datetime, mutes: Mutes) -> list[SavedLine]:
    """One query with mutes: how many titles also report each event."""
    lines = [_line(row, articles.get(row.article_id), now) for row in rows]
    cards = iter(recounted([line.card for line in lines if line.card], mutes))
    return [replace(line, card=next(cards)) if line.card else line for line in lines]


def _line(row: Saved, article: Article | None, now: datetime) -> SavedLine:
    when = when_saved(row.saved_at.astimezone(now.tzinfo), now)
    card = None
    if article is not None:
        minutes = article.reading_minutes
        card = replace(
            card_of(article),
            is_saved=True,
            why=when,
            time_note=f"{minutes} min read" if minutes else "",
        )
    return SavedLine(row.article_id, row.article.source.name, when, card)
