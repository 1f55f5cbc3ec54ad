from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from articles.ingest.health import FeedFacts, Health, health_of, notes_of
from tests.articles.ingest.answers import NOW

FACTS = FeedFacts(
    is_active=True,
    next_fetch_at=NOW + timedelta(minutes=11),
    last_fetched_at=NOW - timedelta(minutes=4),
    last_succeeded_at=NOW - timedelta(minutes=4),
    failure_count=0,
    last_reason="",
    gone_at=None,
    today=12,
)
REASON = "The server answered 503 (Service Unavailable)."


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, Health("ok", "Fetched 4 min ago; 12 articles today.")),
        ({"today": 1}, Health("ok", "Fetched 4 min ago; 1 article today.")),
        ({"today": None}, Health("ok", "Fetched 4 min ago.")),
        ({"is_active": False}, Health("off", "Switched off.")),
        ({"last_fetched_at": None}, Health("new", "Not fetched yet.")),
        ({"failure_count": 1, "last_reason": REASON}, Health("ok", f"Failed 4 min ago, will try again: {REASON}")),
        (
            {"failure_count": 3, "last_reason": REASON, "last_succeeded_at": NOW - timedelta(days=2)},
            Health("failing", f"Failing since 29 June 2025 12:00: {REASON}"),
        ),
        (
            {"failure_count": 9, "last_reason": REASON, "last_succeeded_at": None},
            Health("failing", f"Failing from the start: {REASON}"),
        ),
        (
            {"gone_at": NOW, "last_reason": "The server says that this feed is gone for good (410)."},
            Health("gone", "Gone since 1 July 2025: The server says that this feed is gone for good (410)."),
        ),
        (
            {"next_fetch_at": NOW - timedelta(hours=3), "last_fetched_at": NOW - timedelta(hours=5)},
            Health("late", "Was due 3 h ago; last fetched 5 h ago."),
        ),
        (
            {"quarantined_at": NOW - timedelta(days=59), "lost_count": 3, "failure_count": 4},
            Health("aside", "Set aside since 3 May 2025: three workers died on it."),
        ),
        (
            {"paused_until": NOW + timedelta(minutes=40), "next_fetch_at": NOW - timedelta(hours=3)},
            Health("waits", "Waits for 40 min more, as its server asks."),
        ),
        ({"paused_until": NOW - timedelta(minutes=1)}, Health("ok", "Fetched 4 min ago; 12 articles today.")),
    ],
)
def test_an_operator_reads_a_feeds_state_and_its_cause_in_one_line(facts, expected):
    assert health_of(replace(FACTS, **facts), NOW) == expected


@pytest.mark.parametrize(
    ("facts", "note"),
    [
        ({"refusal": "No text mining."}, "The publisher restricts its use: No text mining."),
        (
            {"moved_to": "https://paper.example/new.xml"},
            "It has moved to https://paper.example/new.xml; the new address is taken over when it stays.",
        ),
        (
            {"paused_until": NOW + timedelta(hours=6), "pause_reason": "The server answered 429 (Too Many Requests)."},
            "Nobody visits its server for 6 h more. The reason: The server answered 429 (Too Many Requests).",
        ),
        ({"is_pushed": True}, "Pushed by its hub, and fetched now and then all the same."),
        ({"lost_count": 1}, "One worker did not come back from it: it is fetched alone."),
        ({"lost_count": 3, "quarantined_at": NOW}, ""),
        ({"paused_until": NOW - timedelta(hours=6), "pause_reason": "Over."}, ""),
        ({}, ""),
    ],
)
def test_what_else_is_to_be_known_of_a_feed_is_a_sentence_each(facts, note):
    assert notes_of(replace(FACTS, **facts), NOW) == ((note,) if note else ())
