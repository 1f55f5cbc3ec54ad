"""When to come back to a feed. Pure: by its rhythm, what it asks for, and how it failed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from itertools import pairwise
from statistics import median

from articles.ingest.shapes import Failed, FeedState, ParsedFeed, Response

SHORTEST = timedelta(minutes=5)
LONGEST = timedelta(hours=24)
LIVELY = timedelta(minutes=15)  # the longest pause after news
DRIFTED = timedelta(hours=12)  # the longest for a feed that is merely quiet
UNKNOWN = timedelta(hours=1)
FIRST_RETRY = timedelta(minutes=15)
PUSHED = timedelta(hours=1)  # between polls of a feed whose hub pushes: hubs forget, and a poll notices
MOVES = 3  # permanent redirects in a row after which the new address is believed
RECENT_ENTRIES = 20
LONGEST_URL = 1000  # of a feed
MAX_AGE = re.compile(r"(?:^|[\s,])max-age\s*=\s*\"?(\d{1,9})(?!\d)", re.I)
# A fixed share of up to a tenth, by feed, so that feeds added together do not stay together.
SPREAD = 2654435761


def next_fetch_after(
    state: FeedState, response: Response, now: datetime, feed: ParsedFeed | None = None, has_new: bool = False
) -> datetime:
    """Between SHORTEST and LONGEST from now. `feed` is what was parsed; state.failure_count includes this failure.

    Where the document has not changed, what it asked for when it was read still holds.
    """
    if isinstance(response, Failed):
        pause = _after_failure(state.failure_count, response, now)
    else:
        ttl_minutes = feed.ttl_minutes if feed else state.ttl_minutes
        wished = _wished(response.headers, now), timedelta(minutes=ttl_minutes or 0)
        pause = max(_by_rhythm(state, feed, now, has_new), *wished, PUSHED if state.is_pushed else SHORTEST)
    jitter = 1 + (state.feed_id * SPREAD % 2**32) / 2**32 / 10
    return now + min(max(pause * jitter, SHORTEST), LONGEST)


def _after_failure(failure_count: int, response: Failed, now: datetime) -> timedelta:
    if response.is_gone:
        return LONGEST
    pause = FIRST_RETRY * (1 << min(max(failure_count, 1) - 1, 10))
    if response.status in {429, 503}:
        pause = max(pause, retry_after(response.headers.get("retry-after", ""), now))
    return pause


def host_pause(value: str, now: datetime) -> datetime:
    """Until when a host that answered 429 is left alone; `value` is its Retry-After."""
    return now + max(retry_after(value, now), FIRST_RETRY)


def moved(state: FeedState, moved_to: str) -> tuple[str, int]:
    """(where permanent redirects lead, how often in a row), the answer at hand included; ("", 0) for none."""
    if not moved_to or moved_to == state.url or len(moved_to) > LONGEST_URL:
        return "", 0
    return moved_to, (state.moved_count + 1 if moved_to == state.moved_to else 1)


def retry_after(value: str, now: datetime) -> timedelta:
    """Seconds or a date, a day at the most; zero for what makes no sense."""
    value = value.strip()
    if value.isascii() and value.isdigit():
        return min(timedelta(seconds=int(value[:9])), LONGEST)
    date = _http_date(value)
    return min(max(date - now, timedelta()), LONGEST) if date else timedelta()


def _wished(headers: Mapping[str, str], now: datetime) -> timedelta:
    """How long the server calls its answer fresh: Cache-Control before Expires."""
    if "cache-control" not in headers and "expires" not in headers:
        return timedelta()  # as most answer that nothing is new
    if match := MAX_AGE.search(headers.get("cache-control", "")):
        return min(timedelta(seconds=int(match[1])), LONGEST)
    expires = _http_date(headers.get("expires", ""))
    if expires is None or "cache-control" in headers:
        return timedelta()
    return min(max(expires - (_http_date(headers.get("date", "")) or now), timedelta()), LONGEST)


def _http_date(value: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(value)
    except (ValueError, TypeError, OverflowError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def _by_rhythm(state: FeedState, feed: ParsedFeed | None, now: datetime, has_new: bool) -> timedelta:
    """Twice as often as it publishes while it does; the longer it is silent, the less often."""
    entries = feed.entries if feed else ()
    # What is still to come (events, a wrong year) says nothing of how often the feed publishes.
    dates = sorted((one.published_at for one in entries if one.published_at and one.published_at <= now), reverse=True)
    if has_new:
        return min(_usual_gap(dates[:RECENT_ENTRIES]) / 2, LIVELY)
    silent_since = max([*dates[:1], *([state.last_new_at] if state.last_new_at else [])], default=None)
    if silent_since is None:
        return UNKNOWN
    return min(max((now - silent_since) / 6, 2 * SHORTEST), DRIFTED)


def _usual_gap(dates: Sequence[datetime]) -> timedelta:
    """Between neighbouring dates, newest first; LONGEST where there are too few."""
    if len(dates) < 3:
        return LONGEST
    return timedelta(seconds=median((one - other).total_seconds() for one, other in pairwise(dates)))
