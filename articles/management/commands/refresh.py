"""Fetch feeds now, in this process: those that are due, all, or those named; then place the new articles in stories."""

from __future__ import annotations

import json
from collections.abc import Iterable

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from articles.ingest.run import FeedResult, refresh_due, refresh_feeds
from articles.ingest.store import living_feeds
from articles.stories.run import group_new_articles


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("urls", nargs="*", metavar="FEED_URL")
        parser.add_argument("--all", action="store_true", help="Every feed that is switched on, due or not.")
        parser.add_argument("--json", action="store_true", help="One line of JSON for each feed.")

    def handle(self, *, urls: list[str], **options: object) -> None:
        if urls and options["all"]:
            raise CommandError("Name feeds or say --all, not both.")
        new_ids: list[int] = []
        has_fetched = False
        for result in self.results(list(dict.fromkeys(urls)), is_all=bool(options["all"])):
            has_fetched = True
            new_ids += result.new_ids
            self.stdout.write(json_line(result) if options["json"] else text_line(result))
        if not (has_fetched or urls or options["all"] or options["json"]):
            self.stdout.write("No feed is due now. Name one, or say --all for every feed that is switched on.")
        if new_ids:
            group_new_articles(new_ids, timezone.now())

    def results(self, urls: list[str], is_all: bool) -> Iterable[FeedResult]:
        now = timezone.now()
        if is_all:
            return refresh_feeds(now)
        if not urls:
            return refresh_due(now)
        known = set(living_feeds().filter(url__in=urls).values_list("url", flat=True))
        if unknown := [url for url in urls if url not in known]:
            raise CommandError(f"No feed that is switched on has this address: {', '.join(unknown)}")
        return refresh_feeds(now, urls)


def json_line(result: FeedResult) -> str:
    return json.dumps(
        {
            "url": result.url,
            "outcome": result.outcome,
            "status": result.status,
            "entries": result.entries,
            "new": len(result.new_ids),
            "changed": len(result.changed_ids),
            "reason": result.reason,
            "seconds": result.seconds,
            "bytes": result.wire_bytes,
        }
    )


def text_line(result: FeedResult) -> str:
    counts = (
        f"{len(result.new_ids)} new, {len(result.changed_ids)} changed of {result.entries}" if result.entries else ""
    )
    return f"{result.outcome:13}{result.url}  {result.reason or counts}".rstrip()
