"""Which edition is current in a time zone. Pure: `now` and the zone in, instants out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

DAY = timedelta(days=1)
# In the reader's zone. Clocks are changed by night: neither hour has ever been skipped but together with its whole day.
HOURS = {"morning": time(7), "evening": time(18)}
SENT_WITHIN = timedelta(hours=4)  # a morning letter at noon is no morning letter
FAR = timedelta(hours=6)  # between two evenings of one date: a reader has moved that far
SPAN = 2  # days before and after today that surely hold the edition before and after now


@dataclass(frozen=True, slots=True)
class Slot:
    """One edition in one zone: `day` is the local date, `due_at` the instant in UTC."""

    day: date
    part: str  # "morning" | "evening"
    due_at: datetime

    def is_sent_at(self, now: datetime) -> bool:
        return self.due_at <= now < self.due_at + SENT_WITHIN


def slot_of(day: date, part: str, zone: tzinfo) -> Slot | None:
    """None for a day that the zone left out (Samoa had no 30 December 2011). KeyError for no part of ours.

    An hour that is skipped falls on the instant an hour later by the wall, one that comes twice on its first time.
    """
    due_at = datetime.combine(day, HOURS[part], zone).astimezone(UTC)
    return Slot(day, part, due_at) if due_at.astimezone(zone).date() == day else None


def current_slot(now: datetime, zone: tzinfo) -> Slot:
    """The newest edition that is due by now."""
    return max((slot for slot in _around(now, zone) if slot.due_at <= now), key=lambda slot: slot.due_at)


def next_slot(now: datetime, zone: tzinfo) -> Slot:
    return min((slot for slot in _around(now, zone) if slot.due_at > now), key=lambda slot: slot.due_at)


def slot_before(slot: Slot, zone: tzinfo) -> Slot:
    return current_slot(slot.due_at - timedelta(microseconds=1), zone)


def is_elsewhere(slot: Slot, due_at: datetime) -> bool:
    """Whether an edition of the same day and part that was due then was one of a place far from the slot's."""
    return abs(slot.due_at - due_at) >= FAR


def _around(now: datetime, zone: tzinfo) -> list[Slot]:
    today = now.astimezone(zone).date()
    days = [today + number * DAY for number in range(-SPAN, SPAN + 1)]
    return [slot for day in days for part in HOURS if (slot := slot_of(day, part, zone))]
