"""A page that is not fresh: from another process, or made anew by Django, or the last one where that fails."""

from __future__ import annotations

import logging
from collections.abc import Callable

from newssite.pagestore.answers import (
    Answer,
    Application,
    Page,
    answer_of,
    is_fresh,
    may_be_kept,
    may_be_sent,
    may_stand_in,
    page_of,
)
from newssite.pagestore.counts import COUNTS
from newssite.pagestore.facts import Seen
from newssite.pagestore.routes import follows_news
from newssite.pagestore.shared import Shared
from newssite.pagestore.shelf import Store, is_countable
from newssite.pagestore.visitors import Environ, Key, Visitors

logger = logging.getLogger(__name__)

WAIT_SECONDS = 5.0
REST_SECONDS = 10.0
# What turned out to be no public page is not waited for by everybody, for a while.
PRIVATE_SECONDS = 60
MOST_PRIVATE = 1000


class Maker:
    """Asked by one thread for a key at a time."""

    def __init__(
        self,
        application: Application,
        visitors: Visitors,
        store: Store,
        shared: Shared | None,
        clock: Callable[[], float],
    ) -> None:
        self.application, self.visitors, self.store, self.shared = application, visitors, store, shared
        self.clock = clock
        self._private_until: dict[Key, float] = {}

    def is_private(self, key: Key, now: float) -> bool:
        return self._private_until.get(key, 0) > now

    def page_or_answer(self, key: Key, seen: Seen, environ: Environ) -> Page | Answer:
        """A Page may be sent to everybody, an Answer to this visitor only."""
        page = self.store.get(key, self.clock())
        # Another thread may have made it between the look of this one and its turn.
        if page is not None and is_fresh(page, seen, self.clock()):
            COUNTS.hits += 1
            return page
        COUNTS.misses += 1
        # Where everybody shares the room nothing of what has no end is put, so nobody is waited for either.
        if self.shared is None or key.query:
            return self._made(key, page, seen, environ)
        return self._shared_or_made(self.shared, key, page, seen, environ)

    def _shared_or_made(
        self, shared: Shared, key: Key, page: Page | None, seen: Seen, environ: Environ
    ) -> Page | Answer:
        page = self._newer(key, page, shared.get(key, seen.editors), seen)
        if page is not None and is_fresh(page, seen, self.clock()):
            return page
        token = shared.take_turn(key, seen.editors)
        if token is None:
            if page is not None and may_be_sent(page, seen, self.clock()):
                COUNTS.stale += 1
                return page
            other = shared.wait(key, seen.editors, WAIT_SECONDS)
            if other is not None and may_be_sent(other, seen, self.clock()):
                return self._taken(key, other)
        try:
            return self._made(key, page, seen, environ)
        finally:
            if token:
                shared.give_turn_back(key, seen.editors, token)

    def _newer(self, key: Key, own: Page | None, other: Page | None, seen: Seen) -> Page | None:
        if other is None or (own is not None and own.editors == seen.editors and own.made_at >= other.made_at):
            return own
        return self._taken(key, other)

    def _made(self, key: Key, last: Page | None, seen: Seen, environ: Environ) -> Page | Answer:
        """By Django, of the bare address. `last` is sent instead where that fails and it is not too old."""
        began_at = self.clock()
        stand_in = last if last is not None and may_stand_in(last, seen, began_at) else None
        try:
            answer = answer_of(self.application, self.visitors.bare(key, environ))
        except Exception:
            if stand_in is None:
                raise
            logger.exception("page store: not made anew, the last one is sent path=%s", key.path)
            return self._rested(stand_in)
        if answer.code < 500:
            return self._kept(key, answer, seen, began_at)
        if stand_in is None:
            return answer
        logger.error("page store: not made anew, the last one is sent path=%s status=%d", key.path, answer.code)
        return self._rested(stand_in)

    def _kept(self, key: Key, answer: Answer, seen: Seen, began_at: float) -> Page | Answer:
        """The stored page; the answer as it is where it is not to be stored."""
        if not may_be_kept(answer):
            self._refuse(key, answer)
            return answer
        # As old as the facts it was made of, and marked with what was known of editors then.
        page = page_of(answer, seen.editors, began_at, follows_news(key.path))
        COUNTS.rebuilt += 1
        self.store.put(key, page, self.clock())
        if self.shared is not None and is_countable(key, page):
            self.shared.put(key, page)
        return page

    def _refuse(self, key: Key, answer: Answer) -> None:
        """What was kept under the address is not its answer any more. Who is turned away says nothing of it."""
        COUNTS.refused += 1
        if answer.code in {403, 429}:
            return
        self.store.drop(key)
        if answer.code >= 400:
            return
        if len(self._private_until) >= MOST_PRIVATE:
            self._private_until.clear()
        self._private_until[key] = self.clock() + PRIVATE_SECONDS

    def _taken(self, key: Key, page: Page) -> Page:
        COUNTS.shared += 1
        self.store.put(key, page, self.clock())
        return page

    def _rested(self, page: Page) -> Page:
        COUNTS.stale_on_error += 1
        page.retry_at = self.clock() + REST_SECONDS
        return page
