"""The road of a visitor's request: `VisitorPages(application)` answers what it has and asks `application` for the rest.

as long as it is fresh  sent as stored (answers.FRESH_SECONDS)
up to SERVED_SECONDS    one makes it anew, the others send the last one
later                   all wait for the new one; if it cannot be made, the last one up to KEPT_ON_ERROR_SECONDS
an editor's change      as if it had never been stored, also where it cannot be made anew: it may have been taken down
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from django.conf import settings

from newssite.pagestore.answers import Application, Page, StartResponse, is_fresh, may_be_sent, may_stand_in
from newssite.pagestore.counts import COUNTS
from newssite.pagestore.facts import Facts, Seen, Watch, facts_now
from newssite.pagestore.making import WAIT_SECONDS, Maker
from newssite.pagestore.shared import Shared, release
from newssite.pagestore.shelf import Store, Turns
from newssite.pagestore.visitors import Environ, Key, Visitors


class VisitorPages:
    """WSGI: stored answers for visitors, before `application`. Safe for threads; `most_bytes` 0 switches it off."""

    def __init__(
        self,
        application: Application,
        most_bytes: int,
        shared: Shared | None = None,
        clock: Callable[[], float] = time.time,
        read_facts: Callable[[], Facts] = facts_now,
    ) -> None:
        self.application, self.is_on, self.clock = application, most_bytes > 0, clock
        self.visitors, self.store, self.turns = Visitors(), Store(most_bytes), Turns()
        self.watch = Watch(read_facts, clock)
        self.maker = Maker(application, self.visitors, self.store, shared, clock)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if not (self.is_on and self.visitors.asks(environ)):
            return self.passed_on(environ, start_response)
        now, key = self.clock(), self.visitors.raw_key(environ)
        page = self.store.pages.get(key, now)
        if page is None:
            kept_key = self.visitors.key(key, environ.get("SERVER_PORT", ""))
            if kept_key is None or self.maker.is_private(kept_key, now):
                return self.passed_on(environ, start_response)
            key, page = kept_key, self.store.get(kept_key, now)
        seen = self.watch.current()
        if seen is None:
            return self.passed_on(environ, start_response)
        if page is not None and is_fresh(page, seen, now):
            COUNTS.hits += 1
            return page.send(environ, now, start_response)
        return self.not_fresh(key, page, seen, environ, start_response)

    def passed_on(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        COUNTS.passed += 1
        return self.application(environ, start_response)

    def not_fresh(
        self, key: Key, page: Page | None, seen: Seen, environ: Environ, start_response: StartResponse
    ) -> Iterable[bytes]:
        now = self.clock()
        if page is not None and self._is_to_rest(page, now) and may_stand_in(page, seen, now):
            COUNTS.stale_on_error += 1
            return page.send(environ, now, start_response)
        if not self.turns.take(key):
            return self.while_another_makes_it(key, page, seen, environ, start_response)
        try:
            outcome = self.maker.page_or_answer(key, seen, environ)
        finally:
            self.turns.give_back(key)
        if isinstance(outcome, Page):
            return outcome.send(environ, self.clock(), start_response)
        return outcome.send(environ["REQUEST_METHOD"] == "HEAD", start_response)

    def while_another_makes_it(
        self, key: Key, page: Page | None, seen: Seen, environ: Environ, start_response: StartResponse
    ) -> Iterable[bytes]:
        """The last one at once where it may still be sent, else the new one; Django where there comes none to keep."""
        if page is None or not may_be_sent(page, seen, self.clock()):
            self.turns.wait(key, WAIT_SECONDS)
            page = self.store.get(key, self.clock())
        if page is None or not may_be_sent(page, seen, self.clock()):
            return self.passed_on(environ, start_response)
        COUNTS.stale += 1
        return page.send(environ, self.clock(), start_response)

    def _is_to_rest(self, page: Page, now: float) -> bool:
        """Making it has just failed, or the database is away: readers get the last one at once, and nobody waits."""
        return now < page.retry_at or self.watch.is_away


def visitor_pages(application: Application) -> VisitorPages:
    """As the settings say."""
    shared = Shared("pages", release(), time.time) if "pages" in settings.CACHES else None
    return VisitorPages(application, settings.PAGE_STORE_MB * 1024 * 1024, shared)
