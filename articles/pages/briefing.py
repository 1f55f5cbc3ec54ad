"""The briefing: an edition that ends. Everybody's for visitors, their own for readers, and those of the past days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.context import reader_of
from accounts.models import User
from articles.models import Article, Edition
from articles.muting import mutes_of
from articles.newsletter import choices, run, store
from articles.newsletter.choose import FEWEST
from articles.newsletter.when import HOURS, Slot, current_slot, next_slot, slot_of
from articles.newsletter.words import comes_next, edition_date, edition_name, length
from articles.pages.back import back, sign_in
from articles.pages.cards import Card, saved_ids_of

EARLIER = timedelta(days=4)


@dataclass(frozen=True, slots=True)
class EarlierEdition:
    name: str  # "Friday morning"
    date: str
    url: str


@dataclass(frozen=True, slots=True)
class BriefingPage:
    name: str
    date: str
    length: str
    cards: list[Card]
    is_current: bool
    is_early: bool  # too few stories yet, so it still changes
    next: str  # "this evening at 18:00"
    zone: str  # whose hours these are
    earlier: list[EarlierEdition]

    @property
    def is_empty(self) -> bool:
        return not self.cards


@require_safe
def briefing_page(request: HttpRequest) -> HttpResponse:
    user, now = reader_of(request), timezone.now()
    slot = current_slot(now, run.zone_of(user))
    return render(request, "articles/briefing.html", {"page": build_briefing(user, slot, now), "here": "briefing"})


@require_safe
def past_briefing_page(request: HttpRequest, day: str, part: str) -> HttpResponse:
    user, now = reader_of(request), timezone.now()
    slot = parse_slot(day, part, user)
    page = build_briefing(user, slot, now) if slot else None
    if page is None:
        raise Http404("no such edition")
    return render(request, "articles/briefing.html", {"page": page, "here": "briefing"})


@require_http_methods(["GET", "HEAD", "POST"])
def change_letters(request: HttpRequest) -> HttpResponse:
    """Which editions come by mail; the form stands on the account page and under the briefing."""
    user = reader_of(request)
    if user is None:
        return sign_in(request)
    if request.method != "POST":
        return redirect(reverse("account") + "#briefing")  # a reader comes here after signing in again
    post = request.POST
    refusal = choices.choose_letters(
        user, morning="morning" in post, evening="evening" in post, zone=post.get("time_zone", ""), now=timezone.now()
    )
    if refusal:
        messages.error(request, refusal.value)
    else:
        messages.success(request, choices.said(user))
    return back(request, "account") if post.get("next") else redirect(reverse("account") + "#briefing")


def parse_slot(day: str, part: str, user: User | None) -> Slot | None:
    """None for anything that names no edition of ours."""
    try:
        parsed = date.fromisoformat(day)
    except ValueError:
        return None
    # Near the ends of the calendar a zone's day has no instant.
    if part not in HOURS or not 2000 <= parsed.year <= 9000 or parsed.isoformat() != day:
        return None
    return slot_of(parsed, part, run.zone_of(user))


def build_briefing(user: User | None, slot: Slot, now: datetime) -> BriefingPage | None:
    """Three queries where the edition is kept; for readers two more, one more with mutes. None for one nobody made."""
    zone, mutes = run.zone_of(user), mutes_of(user)
    current = current_slot(now, zone)
    edition = _edition(user, slot, current, mutes, now)
    if edition is None:
        return None
    places = store.places_of(edition)
    articles = Article.objects.for_cards().in_bulk([place.article_id for place in places])
    saved_ids = saved_ids_of(user, list(articles.values()))
    cards = [card for _, card in run.cards_in(places, articles, mutes, saved_ids)]
    return BriefingPage(
        name=edition_name(slot),
        date=edition_date(slot, now, zone),
        length=length(len(cards), run.minutes_of(cards)) if cards else "",
        cards=cards,
        is_current=slot == current,
        is_early=edition.pk is None and len(cards) < FEWEST,
        next=comes_next(next_slot(now, zone), now, zone),
        zone=str(zone),
        earlier=_earlier(user, slot, now),
    )


def _edition(user: User | None, slot: Slot, current: Slot, mutes, now: datetime) -> Edition | None:
    return run.open_edition(user, slot, mutes, now) if slot == current else run.past_edition(user, slot)


def _earlier(user: User | None, shown: Slot, now: datetime) -> list[EarlierEdition]:
    zone = run.zone_of(user)
    found = store.past_editions(user, now - EARLIER, now)
    slots = [slot for day, part in found if (slot := slot_of(day, part, zone)) and slot != shown and slot.due_at <= now]
    return [EarlierEdition(edition_name(one), edition_date(one, now, zone), _url(one, now, zone)) for one in slots]


def _url(slot: Slot, now: datetime, zone) -> str:
    if slot == current_slot(now, zone):
        return reverse("briefing")
    return reverse("briefing_past", args=[slot.day.isoformat(), slot.part])
