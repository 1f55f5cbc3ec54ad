"""Answers and states for tests of the pure stages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from articles.ingest.digest import digest
from articles.ingest.shapes import FeedState, FeedUpdate, Fetched

NOW = datetime(2025, 7, 1, 12, tzinfo=UTC)
FEED_URL = "https://paper.example/feed.xml"


def state(**facts) -> FeedState:
    return FeedState(
        **{
            "feed_id": 1,
            "url": FEED_URL,
            "source_id": 1,
            "permission": "full",
            "section": "world",
            "language": "en-GB",
            **facts,
        }
    )


def answer(body: str | bytes, headers: Mapping[str, str] | None = None, url: str = FEED_URL) -> Fetched:
    raw = body.encode() if isinstance(body, str) else body
    return Fetched(url, 200, headers or {"content-type": "application/rss+xml"}, raw, len(raw), 0.1)


def digested(body: str | bytes, headers: Mapping[str, str] | None = None, now: datetime = NOW, **facts) -> FeedUpdate:
    return digest(state(**facts), answer(body, headers), now)
