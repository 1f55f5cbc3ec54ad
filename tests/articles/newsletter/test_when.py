from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import pytest

from articles.newsletter.when import SENT_WITHIN, current_slot, next_slot, slot_before, slot_of
from articles.newsletter.words import comes_next

ZONES = [
    *("Etc/GMT+12", "Pacific/Pago_Pago", "America/Los_Angeles", "America/St_Johns", "UTC", "Europe/London"),
    *("Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Auckland", "Pacific/Chatham", "Pacific/Kiritimati"),
]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def editions_between(start: datetime, hours: int, zone: ZoneInfo) -> list:
    """What somebody who looks every quarter of an hour is shown, each once."""
    seen = [current_slot(start + timedelta(minutes=15 * step), zone) for step in range(hours * 4)]
    return list(dict.fromkeys(seen))


@pytest.mark.parametrize("name", ZONES)
def test_every_zone_has_a_morning_and_an_evening_each_day_at_seven_and_at_six(name):
    zone = ZoneInfo(name)
    found = editions_between(at("2026-11-20T00:00"), 24 * 7, zone)[1:]
    assert [slot.part for slot in found[:2]] in (["morning", "evening"], ["evening", "morning"])
    assert len(found) == 14
    local = [slot.due_at.astimezone(zone) for slot in found]
    assert {(one.hour, one.minute) for one in local} == {(7, 0), (18, 0)}
    assert [one.date() for one in local] == [slot.day for slot in found]


@pytest.mark.parametrize(
    ("name", "changes_on"),
    [
        ("Europe/London", "2026-03-29"),
        ("Europe/London", "2026-10-25"),
        ("America/Los_Angeles", "2026-03-08"),
        ("America/Los_Angeles", "2026-11-01"),
        ("Pacific/Auckland", "2026-04-05"),
        ("Pacific/Auckland", "2026-09-27"),
        ("Australia/Lord_Howe", "2026-10-04"),
        ("America/Santiago", "2026-09-06"),
    ],
)
def test_a_day_on_which_clocks_change_has_one_morning_and_one_evening(name, changes_on):
    zone, day = ZoneInfo(name), date.fromisoformat(changes_on)
    start = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=36)
    found = [(slot.day, slot.part) for slot in editions_between(start, 96, zone)]
    assert len(found) == len(set(found))
    assert found.count((day, "morning")) == found.count((day, "evening")) == 1


def test_a_morning_that_does_not_exist_gives_one_edition():
    # In 2011 Samoa went from 29 to 31 December; the whole day with both its editions was left out.
    zone = ZoneInfo("Pacific/Apia")
    found = [(slot.day.day, slot.part) for slot in editions_between(at("2011-12-29T12:00"), 96, zone)]
    assert slot_of(date(2011, 12, 30), "morning", zone) is None
    assert found[:5] == [(28, "evening"), (29, "morning"), (29, "evening"), (31, "morning"), (31, "evening")]


def test_an_hour_that_comes_twice_gives_its_first():
    # No zone puts its clocks back at breakfast; one of our own does.
    class TwiceSeven(tzinfo):
        """+1 until 06:15 UTC, then +0: the clock shows 07:00 at 06:00 and again at 07:00 UTC."""

        turn = at("2026-06-10T06:15")

        def utcoffset(self, local):
            naive = local.replace(tzinfo=None)
            early = naive - timedelta(hours=1) < self.turn.replace(tzinfo=None)
            late = naive >= self.turn.replace(tzinfo=None)
            if early and late:
                return timedelta(hours=0 if local.fold else 1)
            return timedelta(hours=1 if early else 0)

        def dst(self, local):
            return timedelta(0)

        def tzname(self, local):
            return "TwiceSeven"

        def fromutc(self, moment):
            naive = moment.replace(tzinfo=None)
            is_early = naive < self.turn.replace(tzinfo=None)
            is_second = not is_early and naive < self.turn.replace(tzinfo=None) + timedelta(hours=1)
            return (naive + timedelta(hours=1 if is_early else 0)).replace(tzinfo=self, fold=int(is_second))

    mornings = [
        slot
        for slot in editions_between(at("2026-06-09T20:00"), 40, TwiceSeven())
        if (slot.day, slot.part) == (date(2026, 6, 10), "morning")
    ]
    assert [slot.due_at for slot in mornings] == [at("2026-06-10T06:00")]


def test_the_one_before_and_the_one_after_follow_each_other():
    zone = ZoneInfo("Asia/Kathmandu")
    slot = current_slot(at("2026-11-27T05:00"), zone)
    assert (slot.day, slot.part) == (date(2026, 11, 27), "morning")
    assert current_slot(slot.due_at, zone) == next_slot(slot_before(slot, zone).due_at, zone) == slot


def test_a_morning_letter_at_noon_is_no_morning_letter():
    slot = slot_of(date(2026, 11, 27), "morning", ZoneInfo("Europe/London"))
    assert slot.is_sent_at(at("2026-11-27T07:00"))
    assert slot.is_sent_at(at("2026-11-27T10:59"))
    assert not slot.is_sent_at(slot.due_at + SENT_WITHIN)
    assert not slot.is_sent_at(at("2026-11-27T06:59"))


@pytest.mark.parametrize(
    ("now", "said"),
    [
        ("2026-11-27T03:00", "this morning at 07:00"),
        ("2026-11-27T09:00", "this evening at 18:00"),
        ("2026-11-27T21:00", "tomorrow morning at 07:00"),
    ],
)
def test_the_next_edition_is_named_by_the_readers_calendar(now, said):
    zone = ZoneInfo("Europe/London")
    assert comes_next(next_slot(at(now), zone), at(now), zone) == said
