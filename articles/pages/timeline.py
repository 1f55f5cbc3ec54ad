"""How a story unfolded: which titles came in when. Pure: instants are aware, `zone` is the reader's."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from articles.pages import words
from articles.pages.coverage import Sighting
from billing.phrases import moment

MOST_STRETCHES = 12
NAMED = 4  # titles by name in one stretch
FEW_STRETCHES = 6
FIELD_WIDTH, FIELD_HEIGHT, MARGIN = 1000, 32, 4
TALL, SHORT = 4, 20  # where a line begins, from above

Key = tuple[date, int]  # a day and the hour at which the stretch begins


@dataclass(frozen=True, slots=True)
class Stretch:
    """An hour, a few, a day or a week in which something came in."""

    starts_at: datetime
    label: str  # "Thursday 07:00–08:00", "Friday", "Week of 17 November"
    first_name: str  # the title that had it first, in the first stretch only
    first_time: str  # "07:42"
    names: tuple[str, ...]  # titles with their first report, NAMED at the most
    more_count: int  # such titles beyond those named
    rest: str  # "2 further reports and 1 copy"

    @property
    def new_count(self) -> int:
        return bool(self.first_name) + len(self.names) + self.more_count


@dataclass(frozen=True, slots=True)
class Timeline:
    """Paths are of an SVG field FIELD_WIDTH by FIELD_HEIGHT: one upright line for each report, by its time."""

    begins_at: datetime
    ends_at: datetime
    begins: str  # "Thursday 26 November at 07:42"
    ends: str
    note: str  # "12 titles in 31 hours"
    first_path: str
    new_path: str
    other_path: str
    stretches: tuple[Stretch, ...]

    @property
    def is_short(self) -> bool:
        return len(self.stretches) <= FEW_STRETCHES


def timeline_of(sightings: Iterable[Sighting], now: datetime, zone: tzinfo) -> Timeline | None:
    """None where there is no course of events: a single title has reported."""
    ordered = sorted(sightings, key=lambda one: (one.published_at, one.article_id))
    arrivals = first_reports(ordered)
    if len(arrivals) < 2:
        return None
    first, begins_at, ends_at = arrivals[0], ordered[0].published_at, ordered[-1].published_at
    arrived = {one.article_id for one in arrivals}

    def path(some: Iterable[Sighting], top: int) -> str:
        return "".join(f"M{_x(one.published_at, begins_at, ends_at)} {FIELD_HEIGHT}V{top}" for one in some)

    return Timeline(
        begins_at=begins_at,
        ends_at=ends_at,
        begins=moment(begins_at, now, zone),
        ends=moment(ends_at, now, zone),
        note=f"{words.counted(len(arrivals), 'title')} {span(ends_at - arrivals[0].published_at)}",
        first_path=path([first], 0),
        new_path=path(arrivals[1:], TALL),
        other_path=path((one for one in ordered if one.article_id not in arrived), SHORT),
        stretches=stretches_of(ordered, arrivals, now, zone),
    )


def first_reports(ordered: Iterable[Sighting]) -> list[Sighting]:
    """The first report of its own of every title; copies are nobody's own."""
    first: dict[int, Sighting] = {}
    for one in ordered:
        if not one.is_copy:
            first.setdefault(one.source_id, one)
    return list(first.values())


def span(length: timedelta) -> str:
    """ "within an hour", "in 31 hours", "in 5 days"."""
    hours = round(length / timedelta(hours=1))
    if hours <= 1:
        return "within an hour"
    return f"in {hours} hours" if hours <= 48 else f"in {round(hours / 24)} days"


def _x(at: datetime, begins_at: datetime, ends_at: datetime) -> int:
    length = (ends_at - begins_at) or timedelta(seconds=1)
    return MARGIN + round((FIELD_WIDTH - 2 * MARGIN) * ((at - begins_at) / length))


def stretches_of(
    ordered: Sequence[Sighting], arrivals: Sequence[Sighting], now: datetime, zone: tzinfo
) -> tuple[Stretch, ...]:
    """The shortest stretches that are MOST_STRETCHES at the most (weeks may be more), without the empty ones."""
    for hours in (1, 3, 6, 24, 7 * 24):
        key_of = _keys(hours, zone)
        parts: dict[Key, list[Sighting]] = {}
        for one in ordered:
            parts.setdefault(key_of(one.published_at), []).append(one)
        if len(parts) <= MOST_STRETCHES:
            break
    labels = _labels(list(parts), hours, now.astimezone(zone).date())
    arrived = {one.article_id for one in arrivals}
    return tuple(
        _stretch(label, part, arrived, arrivals[0], zone) for label, part in zip(labels, parts.values(), strict=True)
    )


def _keys(hours: int, zone: tzinfo) -> Callable[[datetime], Key]:
    """An instant's stretch, in the reader's own days."""

    def key_of(at: datetime) -> Key:
        local = at.astimezone(zone)
        if hours < 24:
            return local.date(), local.hour // hours * hours
        return local.date() - timedelta(days=local.weekday() if hours > 24 else 0), 0

    return key_of


def _labels(keys: Sequence[Key], hours: int, today: date) -> list[str]:
    """The day is said where it changes, and not at all where everything is of today."""
    if hours > 24:
        return [f"Week of {day:%-d %B}" for day, _ in keys]
    labels = []
    said = today
    for day, hour in keys:
        name = "" if day == said else day_name(day, today)
        said = day
        time = f"{hour:02}:00–{hour + hours:02}:00" if hours < 24 else ""
        labels.append(" ".join(filter(None, [name, time])) or day_name(day, today))
    return labels


def day_name(day: date, today: date) -> str:
    """ "Today", "Thursday", over six days ago the date."""
    if day == today:
        return "Today"
    return f"{day:%A}" if timedelta() < today - day < timedelta(days=7) else f"{day:%-d %B}"


def _stretch(label: str, part: Sequence[Sighting], arrived: set[int], first: Sighting, zone: tzinfo) -> Stretch:
    has_first = first in part
    names = [one.source_name for one in part if one.article_id in arrived and one != first]
    return Stretch(
        starts_at=part[0].published_at,
        label=label,
        first_name=first.source_name if has_first else "",
        first_time=f"{first.published_at.astimezone(zone):%H:%M}" if has_first else "",
        names=tuple(names[:NAMED]),
        more_count=len(names[NAMED:]),
        rest=_rest(part, arrived),
    )


def _rest(part: Iterable[Sighting], arrived: set[int]) -> str:
    others = [one.is_copy for one in part if one.article_id not in arrived]
    copies = sum(others)
    further = len(others) - copies
    said = [words.counted(further, "further report")] if further else []
    said += [f"{copies} {'copy' if copies == 1 else 'copies'}"] if copies else []
    return words.and_list(said) if said else ""
