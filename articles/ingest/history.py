"""What a feed brought day by day, from its running totals: numbers for a chart and for rates. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta

SHOWN_DAYS = 30
RATE_DAYS = 7


@dataclass(frozen=True, slots=True)
class Totals:
    """Since the feed was added, or, as a difference, of one day or several."""

    fetches: int = 0
    not_modified: int = 0
    failed: int = 0
    wire_bytes: int = 0
    new_articles: int = 0

    def since(self, earlier: Totals) -> Totals:
        """Never below zero, should totals have been set back."""
        return Totals(
            *(max(0, getattr(self, one.name) - getattr(earlier, one.name)) for one in fields(self)),
        )

    def and_with(self, other: Totals) -> Totals:
        return Totals(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))

    @property
    def full(self) -> int:
        """Fetches that brought a document."""
        return max(0, self.fetches - self.not_modified - self.failed)


@dataclass(frozen=True, slots=True)
class Day:
    on: date
    brought: Totals | None  # None: nobody counted


@dataclass(frozen=True, slots=True)
class Rates:
    """Over the last days that were counted. Rates are 0 to 1, None where nothing was fetched."""

    days: int
    success: float | None
    not_modified: float | None
    wire_bytes_a_day: float
    new_articles_a_day: float


def days_of(
    ended: Mapping[date, Totals], current: Totals, today: date, began_on: date, count: int = SHOWN_DAYS
) -> list[Day]:
    """The last `count` days, oldest first, today with what there is so far.

    `ended` holds the totals as each day ended, older days too where they are kept. A day without a row was not
    counted; what it brought stands in the next day that was. The first row counts only where the feed began that day.
    """
    known = {**{on: totals for on, totals in ended.items() if on < today}, today: current}
    before: Totals | None = None
    brought: dict[date, Totals] = {}
    for on in sorted(known):
        if before is not None:
            brought[on] = known[on].since(before)
        elif on <= began_on:
            brought[on] = known[on]
        before = known[on]
    wanted = [today - timedelta(days=back) for back in range(count - 1, -1, -1)]
    return [Day(on, brought.get(on)) for on in wanted]


def rates_of(days: Sequence[Day], count: int = RATE_DAYS) -> Rates:
    """Of the last `count` days; those that nobody counted are left out."""
    counted = [day.brought for day in days[-count:] if day.brought is not None]
    total = Totals()
    for brought in counted:
        total = total.and_with(brought)
    return Rates(
        days=len(counted),
        success=_share(total.fetches - total.failed, total.fetches),
        not_modified=_share(total.not_modified, total.fetches),
        wire_bytes_a_day=total.wire_bytes / len(counted) if counted else 0.0,
        new_articles_a_day=total.new_articles / len(counted) if counted else 0.0,
    )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


# The chart ---------------------------------------------------------------------------------------

BAR_STEP, BAR_WIDTH, CHART_HEIGHT = 12, 9, 60


@dataclass(frozen=True, slots=True)
class Piece:
    """One rectangle of a bar, in the chart's own units; y counts downwards."""

    kind: str  # a CSS class
    x: int
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Chart:
    width: int
    height: int
    most: int  # what the highest bar stands for
    pieces: tuple[Piece, ...]


def chart_of(days: Sequence[Sequence[tuple[str, int]] | None]) -> Chart:
    """Bars of (kind, number) pieces, stacked from the ground in their order; a None is a day without a bar.

    A number over zero is never too low to be seen.
    """
    most = max((sum(number for _, number in parts) for parts in days if parts), default=0)
    pieces: list[Piece] = []
    for place, parts in enumerate(days):
        x = place * BAR_STEP + (BAR_STEP - BAR_WIDTH) // 2
        if parts is None:
            pieces.append(Piece("unknown", x, CHART_HEIGHT - 1, 1))
            continue
        y = float(CHART_HEIGHT)
        for kind, number in parts:
            if number:
                height = round(max(1.5, number / most * (CHART_HEIGHT - 6)), 1)
                y = round(y - height, 1)
                pieces.append(Piece(kind, x, y, height))
    return Chart(len(days) * BAR_STEP, CHART_HEIGHT, most, tuple(pieces))
