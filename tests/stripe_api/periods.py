"""Calendar months and years from an anchor: 31 January, 28 February, 31 March."""

from __future__ import annotations

import calendar
from datetime import UTC, datetime

MONTHS = {"month": 1, "year": 12}


def add(anchor: int, interval: str, count: int) -> int:
    """The anchor's day so many intervals later, or the last day of a shorter month. Unix seconds in and out."""
    start = datetime.fromtimestamp(anchor, UTC)
    months = start.month - 1 + MONTHS[interval] * count
    year, month = start.year + months // 12, months % 12 + 1
    day = min(start.day, calendar.monthrange(year, month)[1])
    return int(start.replace(year=year, month=month, day=day).timestamp())


def end_after(anchor: int, interval: str, now: int) -> int:
    """The first boundary of the anchor's rhythm after `now`."""
    count = 1
    while add(anchor, interval, count) <= now:
        count += 1
    return add(anchor, interval, count)
