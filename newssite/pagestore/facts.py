"""What editors have done and when news came in last: the two facts that make a stored page old before its time.

An editor's change ends every page that was made before it. The admin writes a line for whatever an editor changes (a
pick, a take-down, a source's permission), in the transaction of the change or right after it.

News makes only the pages that are read for it anew sooner (routes.NEWS_ROUTES), so that a busy hour does not make every
page of the archive again; the others come with their age.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Lock
from typing import NamedTuple

from django.apps import apps
from django.db import Error as DatabaseError
from django.db import connection

logger = logging.getLogger(__name__)

EVERY_SECONDS = 1.0
AFTER_ERROR_SECONDS = 10.0
# Not only the newest: of two transactions the one that took its number first may end last.
LINES = 32


class Facts(NamedTuple):
    """Short texts that are compared and never read."""

    editors: str
    news: str


class Seen(NamedTuple):
    """What a process knows. A page belongs to the `editors` under which it was made."""

    editors: str
    news_at: float  # when this process saw news come in, seconds since 1970


class Watch:
    """Read at most once a second, by one thread; the others go on with what is known."""

    def __init__(self, read: Callable[[], Facts], clock: Callable[[], float]) -> None:
        self._read, self._clock = read, clock
        self._lock = Lock()
        self._seen: Seen | None = None
        self._news = ""
        self._next_at = 0.0
        self.is_away = False  # could not be read, so the database cannot be asked for pages either

    def current(self) -> Seen | None:
        """None before it could be read for the first time: nothing may be served from the store then."""
        if self._clock() < self._next_at:
            return self._seen
        # Whoever has nothing to go on with waits for the first reading.
        if self._lock.acquire(blocking=self._seen is None):
            try:
                if self._clock() >= self._next_at:
                    self._look()
            finally:
                self._lock.release()
        return self._seen

    def _look(self) -> None:
        try:
            self._note(self._read())
            self.is_away, pause = False, EVERY_SECONDS
        except DatabaseError:
            logger.exception("page store: what editors did cannot be read")
            self.is_away, pause = True, AFTER_ERROR_SECONDS
        self._next_at = self._clock() + pause

    def _note(self, facts: Facts) -> None:
        is_new = self._seen is None or facts.news != self._news
        news_at = self._clock() if self._seen is None or is_new else self._seen.news_at
        self._seen, self._news = Seen(facts.editors, news_at), facts.news


def facts_now() -> Facts:
    """The newest lines of the admin's log and the newest article: two looks into indexes of keys."""
    try:
        lines = apps.get_model("admin", "LogEntry").objects.order_by("-pk").values_list("pk", flat=True)[:LINES]
        newest = apps.get_model("articles", "Article").objects.order_by("-pk").values_list("pk", flat=True).first()
        return Facts(",".join(map(str, lines)), str(newest))
    finally:
        # Outside of a request nobody else gives it back to the pool; in a transaction it is somebody's.
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()
