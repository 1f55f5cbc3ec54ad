"""What stands on the picks desk, in which order, and the strip at any instant to come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from django.db import transaction
from django.db.models import Q

from articles.admin.states import coming_changes, moment, place_in_turn
from articles.models import Article, Pick
from articles.pages.picks import PICK_COUNT, live_picks

COMING_STRIPS = 4


@dataclass(frozen=True, slots=True)
class Strip:
    """Our Picks as readers will see it from `at` on."""

    at: datetime
    words: str  # "Now" | "From tomorrow 06:00"
    on_front: Sequence[Pick]
    on_picks_page: Sequence[Pick]  # those for which the front page has no room


@dataclass(frozen=True, slots=True)
class Move:
    pick: Pick
    old_place: int
    new_place: int


def on_desk(now: datetime):
    """Live and scheduled picks, in the editors' order."""
    return Pick.objects.filter(Q(ends_at=None) | Q(ends_at__gt=now)).order_by("position", "-starts_at", "pk")


def picks_of_article(article: Article, starts_at: datetime, ends_at: datetime | None):
    """The picks of one article whose time shares an instant with the window; None ends never."""
    begun = Q() if ends_at is None else Q(starts_at__lt=ends_at)
    return Pick.objects.filter(begun, Q(ends_at=None) | Q(ends_at__gt=starts_at), article=article)


def why_hidden(article: Article) -> str:
    """Why readers cannot be shown the article (with its source); empty where they can."""
    if article.withdrawn_at:
        return "article withdrawn"
    return "" if article.source.is_active else "source switched off"


def strips(now: datetime, zone: tzinfo) -> list[Strip]:
    """Now, and after each of the next changes by date, by the very function that readers' pages use."""
    windows = on_desk(now).values_list("starts_at", "ends_at")
    coming = coming_changes(windows, now, COMING_STRIPS)
    return [strip_at(now, "Now")] + [strip_at(at, f"From {moment(at, now, zone)}") for at in coming]


def strip_at(at: datetime, words: str) -> Strip:
    picks = live_picks(at)
    return Strip(at, words, picks[:PICK_COUNT], picks[PICK_COUNT:])


@transaction.atomic
def reorder(turn: Sequence[int], now: datetime) -> list[Move]:
    """Put the picks named by id in that turn, into the places they hold together; says which changed places.

    Writes changed_at too: the front page is kept under the newest one.
    """
    picks = {pick.pk: pick for pick in on_desk(now).select_related("article").select_for_update(of=("self",))}
    old_places = {pk: place for place, pk in enumerate(picks, 1)}
    new_places = {pk: place for place, pk in enumerate(place_in_turn(list(picks), turn), 1)}
    renumbered = [pick for pk, pick in picks.items() if pick.position != new_places[pk]]
    for pick in renumbered:
        pick.position = new_places[pick.pk]
        pick.changed_at = now
    Pick.objects.bulk_update(renumbered, ["position", "changed_at"])
    return [Move(picks[pk], old_places[pk], place) for pk, place in new_places.items() if place != old_places[pk]]
