"""Rows of a catalogue into Source and Feed, and back. Safe to run again: editors' decisions stay."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.db import IntegrityError, transaction

from articles.catalogue.opml import read_opml
from articles.catalogue.rows import BadRow, FeedRow, Rows, SourceRow, read_json
from articles.ingest.addresses import refusal
from articles.models import Feed, Permission, Source

BUNDLED_CATALOGUE = Path(__file__).parent / "sources.json"
FACTS = (
    *("name", "homepage", "description", "country", "language", "weight"),
    *("licence", "licence_url", "licence_stated_at"),
)


@dataclass(slots=True)
class LoadResult:
    new_sources: int = 0
    known_sources: int = 0
    new_feeds: int = 0
    known_feeds: int = 0
    bad: list[BadRow] = field(default_factory=list)


def bundled_feed_urls() -> list[str]:
    """Addresses of the catalogue that comes with the project, one of each source, in its order."""
    return [source["feeds"][0]["url"] for source in json.loads(BUNDLED_CATALOGUE.read_text())]


def read_catalogue(path: Path) -> Rows:
    """JSON or OPML, told apart by their first sign. Raises ValueError, OSError."""
    document = path.read_bytes()
    return read_json(document) if document.lstrip()[:1] in {b"[", b"{"} else read_opml(document)


def load(rows: Rows, permission: str = "") -> LoadResult:
    """Store the good rows, each in a transaction of its own; `permission` goes to new sources instead of the row's."""
    result = LoadResult(bad=list(rows.bad))
    for row in rows.good:
        try:
            with transaction.atomic():
                _load_source(row, permission, result)
        except (ValueError, IntegrityError) as error:
            result.bad.append(BadRow(row.name, str(error)))
    return result


def _load_source(row: SourceRow, permission: str, result: LoadResult) -> None:
    for feed in row.feeds:
        if reason := refusal(feed.url, settings.FEED_ALLOWED_PRIVATE_HOSTS):
            raise ValueError(f"{feed.url}: {reason}")
    source = Source.objects.filter(slug=row.slug).first()
    is_new = source is None
    source = source or Source(slug=row.slug, permission=permission or row.permission or Permission.TEASER)
    if source.permission == Permission.OPEN and not (source.licence or row.licence):
        raise ValueError("an open source names its licence, licence_url and licence_stated_at")
    for name in FACTS:
        setattr(source, name, getattr(row, name) or getattr(source, name))
    source.save()
    feeds = [_load_feed(source, feed) for feed in row.feeds]
    result.new_sources += is_new
    result.known_sources += not is_new
    result.new_feeds += sum(feeds)
    result.known_feeds += len(feeds) - sum(feeds)


def _load_feed(source: Source, row: FeedRow) -> bool:
    """True where the feed is new. A feed stays with the source that has it; its section is the catalogue's."""
    feed, is_new = Feed.objects.get_or_create(url=row.url, defaults={"source": source, "section": row.section})
    if feed.source_id != source.pk:
        raise ValueError(f"{row.url} belongs to {feed.source.name} already")
    if feed.section != row.section:
        feed.section = row.section
        feed.save(update_fields=["section"])
    return is_new


def rows_in_database() -> list[SourceRow]:
    """Every source of the real press that has feeds, by slug."""
    sources = Source.objects.filter(is_fictional=False).order_by("slug").prefetch_related("feeds")
    return [_row_of(source) for source in sources if source.feeds.all()]


def _row_of(source: Source) -> SourceRow:
    feeds = sorted((FeedRow(feed.url, feed.section) for feed in source.feeds.all()), key=lambda feed: feed.url)
    facts = {name: getattr(source, name) for name in (*FACTS, "permission")}
    return SourceRow(slug=source.slug, feeds=tuple(feeds), **facts)
