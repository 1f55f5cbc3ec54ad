"""The order of the picks: how the list shows it, how a new one is read from a request, how it is written to the log."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.admin.views.main import ChangeList
from django.contrib.contenttypes.models import ContentType
from django.forms.utils import flatatt
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from articles.admin.desk import Move
from articles.models import Pick

LARGEST_ID = 2**63 - 1


class DeskList(ChangeList):
    """The desk in the editors' order, whatever the address asks for; what has ended by its end."""

    @property
    def shows_ended(self) -> bool:
        return self.params.get("state") == "ended"

    def get_ordering(self, request, queryset) -> list[str]:
        return ["-ends_at", "-pk"] if self.shows_ended else ["position", "-starts_at", "-pk"]

    def get_results(self, request) -> None:
        super().get_results(request)
        if self.shows_ended:
            return
        for above, below in pairwise(self.result_list):
            above.below, below.above = below, above
        for pick in self.result_list:
            pick.has_place = True


def place(pick: Pick) -> str | SafeString:
    """A handle to drag, and two buttons that do the same from the keyboard and without a script."""
    if not getattr(pick, "has_place", False):
        return ""
    return format_html(
        '<div class="place" id="place-{}" tabindex="-1">'
        '<div class="drag handle" pk="{}" order="{}" title="Drag to reorder">&nbsp;</div>{}{}</div>',
        pick.pk,
        pick.pk,
        pick.position,
        move_button("up", "↑", pick, getattr(pick, "above", None)),
        move_button("down", "↓", pick, getattr(pick, "below", None)),
    )


def move_button(way: str, arrow: str, pick: Pick, neighbour: Pick | None) -> SafeString:
    """Changes places with the neighbour in the list as it is seen; switched off at the end of the list."""
    attributes = {
        "class": "move",
        "formaction": reverse("admin:articles_pick_sortable_update"),
        "name": way,
        "value": f"{pick.pk},{neighbour.pk}" if neighbour else "",
        "aria-label": f"Move {way}: {pick.headline}",
        "disabled": neighbour is None,
    }
    return format_html("<button{}>{}</button>", flatatt(attributes), arrow)


def asked_turn(request: HttpRequest) -> list[int] | None:
    """Ids in their new turn, None where they cannot be read. The order numbers that the script sends are not used."""
    try:
        turn = [int(pk) for pk in named_picks(request)]
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        return None
    return turn if all(0 < pk <= LARGEST_ID for pk in turn) else None


def named_picks(request: HttpRequest) -> Sequence[str | int]:
    if request.content_type == "application/json":
        return [pk for pk, _order in json.loads(request.body)["updatedItems"]]
    if "up" in request.POST:
        return request.POST["up"].split(",")
    return request.POST["down"].split(",")[::-1]


def log_moves(request: HttpRequest, moves: list[Move]) -> None:
    kind = ContentType.objects.get_for_model(Pick)
    LogEntry.objects.bulk_create(
        LogEntry(
            user_id=request.user.pk,
            content_type=kind,
            object_id=move.pick.pk,
            object_repr=str(move.pick)[:200],
            action_flag=CHANGE,
            change_message=f"Moved from place {move.old_place} to place {move.new_place}.",
        )
        for move in moves
    )
