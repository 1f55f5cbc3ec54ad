from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from articles.ingest.schedule import LONGEST, SHORTEST, next_fetch_after, retry_after
from articles.ingest.shapes import Failed, NotModified, ParsedEntry, ParsedFeed
from tests.articles.ingest.answers import NOW, answer, state

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def feed(*hours_ago: float, ttl: int | None = None) -> ParsedFeed:
    entry = ParsedEntry("1", "", "", "", "", "", (), None, None, ())
    entries = tuple(replace(entry, published_at=NOW - timedelta(hours=hours)) for hours in hours_ago)
    return ParsedFeed("", "", ttl, entries)


def pause(response=None, parsed: ParsedFeed | None = None, has_new: bool = False, **facts) -> timedelta:
    return next_fetch_after(state(**facts), response or answer(""), NOW, parsed, has_new) - NOW


def headers(**values: str):
    return answer("", {name.replace("_", "-"): value for name, value in values.items()})


def test_a_feed_with_news_is_asked_again_within_the_quarter_of_an_hour():
    assert 5 * MINUTE <= pause(parsed=feed(0.1, 0.2, 0.3, 0.4), has_new=True) <= 6 * MINUTE
    assert 15 * MINUTE <= pause(parsed=feed(1, 9, 20), has_new=True) <= 17 * MINUTE


def test_a_quiet_feed_drifts_to_hours():
    quiet = [pause(NotModified({}, 0.1), last_new_at=NOW - timedelta(hours=hours)) for hours in (0, 3, 12, 72, 5000)]
    assert quiet == sorted(quiet)
    assert quiet[0] < 15 * MINUTE
    assert 12 * HOUR <= quiet[-1] <= 14 * HOUR


@pytest.mark.parametrize(
    "parsed",
    [feed(ttl=None), feed(ttl=-5), feed(ttl=0), feed(ttl=10**12), feed(*[1] * 50), feed(-1000)],
)
@pytest.mark.parametrize("wish", ["max-age=-1", "max-age=100000000000000", "max-age=x", "max-age=0", "public"])
def test_the_pause_stays_within_bounds_whatever_is_declared_f57(parsed, wish):
    for has_new in (True, False):
        assert SHORTEST <= pause(headers(cache_control=wish), parsed, has_new) <= LONGEST


def test_what_is_still_to_come_makes_no_quiet_feed_lively_f55():
    quiet = {"parsed": feed(-2000, -50, 300), "last_new_at": NOW - timedelta(days=40)}
    assert pause(**quiet) >= 12 * HOUR
    assert pause(parsed=feed(-2000), last_new_at=NOW - timedelta(days=40)) >= 12 * HOUR
    assert 15 * MINUTE <= pause(parsed=feed(-2000, -1999.9, -1999.8, 1, 9, 20), has_new=True) <= 17 * MINUTE


def test_every_hint_is_obeyed():
    news = feed(0.1, 0.2, 0.3)
    assert pause(parsed=replace(news, ttl_minutes=60), has_new=True) >= 60 * MINUTE
    assert pause(headers(cache_control="public, max-age=7200"), news, True) >= 2 * HOUR
    expires = headers(date="Tue, 01 Jul 2025 12:00:00 GMT", expires="Tue, 01 Jul 2025 15:00:00 GMT")
    assert pause(expires, news, True) >= 3 * HOUR
    assert pause(headers(expires="nonsense"), news, True) < 10 * MINUTE
    assert pause(headers(expires="0"), news, True) < 10 * MINUTE


def test_failures_back_off_to_a_day():
    pauses = [pause(Failed("no", 500), failure_count=count) for count in range(1, 12)]
    assert pauses == sorted(pauses)
    assert 15 * MINUTE <= pauses[0] < 17 * MINUTE
    assert pauses[-1] == LONGEST


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_honoured_f11(status):
    assert pause(Failed("later", status, {"retry-after": "3600"}), failure_count=1) >= HOUR
    assert pause(Failed("later", status, {"retry-after": "99999999999"}), failure_count=1) == LONGEST


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("120", 2 * MINUTE),
        ("Tue, 01 Jul 2025 13:00:00 GMT", HOUR),
        ("Tue, 01 Jul 2036 13:00:00 GMT", LONGEST),
        ("Tue, 01 Jul 2000 13:00:00 GMT", timedelta()),
        ("-5", timedelta()),
        ("soon", timedelta()),
        ("", timedelta()),
        ("1e9", timedelta()),
        ("9" * 5000, LONGEST),
    ],
)
def test_a_retry_after_without_sense_is_ignored_f11(value, expected):
    assert retry_after(value, NOW) == expected


def test_feeds_that_were_added_together_do_not_stay_together():
    pauses = {pause(NotModified({}, 0.1), feed_id=feed_id) for feed_id in range(50)}
    assert len(pauses) == 50
    assert max(pauses) - min(pauses) < 7 * MINUTE
    assert pause(feed_id=7) == pause(feed_id=7)
