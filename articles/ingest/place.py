"""What stands at an address that an editor was given: a feed, or a page that may lead to some. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from articles.ingest.discovery import FoundFeed, feeds_in
from articles.ingest.document import decode
from articles.ingest.parse import parse_feed
from articles.ingest.shapes import Failed, Fetched


@dataclass(frozen=True, slots=True)
class Place:
    is_feed: bool
    title: str = ""  # the feed's own
    feeds: tuple[FoundFeed, ...] = ()  # those that the page names, in its order
    reason: str = ""  # why it is no feed


def place_of(response: Fetched) -> Place:
    feed = parse_feed(response)
    if not isinstance(feed, Failed):
        return Place(is_feed=True, title=feed.title)
    found = feeds_in(decode(response.body, response.headers), response.url)
    return Place(is_feed=False, feeds=tuple(found), reason=feed.reason)
