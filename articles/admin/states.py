"""What a pick is doing, in words an editor would say. Pure: instants are aware, `zone` is the editor's."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, tzinfo


@dataclass(frozen=True, slots=True)
class PickState:
    kind: str  # live | scheduled | ended | gone
    words: str


def moment(then: datetime, now: datetime, zone: tzinfo) -> str:
    """ "08:10" for today, "tomorrow 06:00", "yesterday 18:30", else "Monday 24 November 06:00"."""
    local, today = then.astimezone(zone), now.astimezone(zone).date()
    time = f"{local:%H:%M}"
    match (local.date() - today).days:
        case 0:
            return time
        case 1:
            return f"tomorrow {time}"
        case -1:
            return f"yesterday {time}"
    year = "" if local.year == today.year else f" {local.year}"
    return f"{local:%A %-d %B}{year} {time}"


def pick_state(starts_at: datetime, ends_at: datetime | None, gone: str, now: datetime, zone: tzinfo) -> PickState:
    """`gone` says why readers cannot be shown the article at all ("article withdrawn"); empty where they can."""
    if ends_at is not None and ends_at <= now:
        return PickState("ended", f"ended {moment(ends_at, now, zone)}")
    if gone:
        return PickState("gone", gone)
    until = f", until {moment(ends_at, now, zone)}" if ends_at else ""
    if starts_at > now:
        return PickState("scheduled", f"starts {moment(starts_at, now, zone)}{until}")
    return PickState("live", f"live since {moment(starts_at, now, zone)}{until}")


def coming_changes(windows: Iterable[tuple[datetime, datetime | None]], now: datetime, limit: int) -> list[datetime]:
    """The next instants at which the strip changes by itself, in order, `limit` at the most."""
    instants = {instant for window in windows for instant in window if instant is not None and instant > now}
    return sorted(instants)[:limit]


def place_in_turn(order: list[int], moved: Iterable[int]) -> list[int]:
    """The order of ids with the moved ones put, in their given turn, into the places they hold together.

    A list seen through a filter is therefore ordered as its editor saw it, and what was hidden stays where it is.
    Unknown and repeated ids are passed over.
    """
    known = set(order)
    turn = [pk for pk in dict.fromkeys(moved) if pk in known]
    incoming, placed = iter(turn), set(turn)
    return [next(incoming) if pk in placed else pk for pk in order]
