"""Where a page of a long list ended, in an address: microseconds since 1970 and a key, "1763798400000000-42". Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# So many figures that no date and no key can overflow what the database or the clock can hold.
CURSOR = re.compile(r"([0-9]{1,17})-([0-9]{1,18})", re.ASCII)


def cursor_of(at: datetime, pk: int) -> str:
    return f"{(at - EPOCH) // timedelta(microseconds=1)}-{pk}"


def parse_cursor(text: str) -> tuple[datetime, int] | None:
    """The (instant, key) that a cursor names; None for anything that is no cursor of ours."""
    match = CURSOR.fullmatch(text)
    if match is None:
        return None
    return EPOCH + timedelta(microseconds=int(match[1])), int(match[2])
