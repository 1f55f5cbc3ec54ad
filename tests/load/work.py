"""What goes on behind the readers: feeds come in, and an editor works at the desk."""

from __future__ import annotations

import re
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field

from bench.press import Press
from bench.publishers import Publishers, url_of
from tests.faults.readers import Visit, ask
from tests.load.forms import fields_of

VISIBLE_SECONDS = 60
EDITION_SECONDS = 30
ENTRIES = 8


@dataclass
class Found:
    """Seconds each: from a new edition until every feed was in, from an edit until readers saw it."""

    lags: list[float] = field(default_factory=list)
    visible: dict[str, list[float]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


def add_feeds(count: int, port: int) -> None:
    from articles.models import Feed
    from tests.make import make_source

    sources = [make_source(permission="teaser") for _ in range(50)]
    for number in range(count):
        Feed(source=sources[number % 50], url=url_of(number, port), section="world").save()


class Ingest(threading.Thread):
    """A new edition of every feed again and again, each with one new entry; how long until all of them are in."""

    def __init__(self, publishers: Publishers, press: Press, found: Found, is_over: threading.Event) -> None:
        super().__init__(daemon=True)
        self.publishers, self.press, self.found, self.is_over = publishers, press, found, is_over

    def run(self) -> None:
        from django.db import connection

        version = 0
        with suppress(Exception):
            while not self.is_over.is_set():
                version += 1
                self.publishers.write(self.press, version)
                self._show(version)
                self.is_over.wait(EDITION_SECONDS)
        connection.close()

    def _show(self, version: int) -> None:
        from django.utils import timezone

        from articles.models import Feed

        self.publishers.show(version)
        shown_at, started = timezone.now(), time.monotonic()
        feeds = Feed.objects.filter(url__endswith=".xml")
        feeds.filter(lease="").update(next_fetch_at=None)
        while feeds.exclude(last_succeeded_at__gt=shown_at).exists():
            if self.is_over.wait(1):
                return
        self.found.lags.append(time.monotonic() - started)


def errors_in(page: str) -> str:
    """What the desk has against a form."""
    lists = re.findall(r'<ul class="errorlist[^>]*>(.*?)</ul>', page, re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", " ".join(lists)).split())


class Editor(threading.Thread):
    """Picks the story that breaks, and gives the pick other words again and again."""

    def __init__(
        self, port: int, cookie: str, pick_pk: int, reader: str, found: Found, is_over: threading.Event
    ) -> None:
        super().__init__(daemon=True)
        name, _, value = cookie.partition("=")
        self.visit = Visit(port, {name: value})
        self.port, self.pick_pk, self.found, self.is_over = port, pick_pk, found, is_over
        self.watchers = {"visitors": "", "members": reader}

    def run(self) -> None:
        number = 0
        while not self.is_over.wait(5):
            number += 1
            self.edit(f"Bridge: what the divers found, edition {number}")

    def edit(self, words: str) -> None:
        page = f"/admin/articles/pick/{self.pick_pk}/change/"
        form = fields_of(self.visit.get(page).text, "pick_form")
        answer = self.visit.post(page, {**form, "headline_override": words})
        if answer.status != 302:
            self.found.faults.append(f"the desk answered an edit {answer.status}: {errors_in(answer.text)}")
            return
        started, waiting = time.monotonic(), dict(self.watchers)
        while waiting and not self.is_over.wait(0.5):
            for name, cookie in list(waiting.items()):
                if words in ask(self.port, "/", cookie).text:
                    self.found.visible.setdefault(name, []).append(time.monotonic() - started)
                    del waiting[name]
            if time.monotonic() - started > 2 * VISIBLE_SECONDS:
                self.found.faults.append(f"an edit was not seen by {' and '.join(waiting)}")
                return
