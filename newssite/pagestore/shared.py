"""Answers that all processes and machines share, and whose turn it is to make one: where there is a Redis.

Every look that fails counts as finding nothing, and for a while no other is taken: each process goes on by itself.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.cache import caches

from articles.pages.encoded import Encoded
from newssite.pagestore.answers import SERVED_SECONDS, Page
from newssite.pagestore.visitors import Key

logger = logging.getLogger(__name__)

# As long as a page is served when all is well; what is sent while all is not is each process's own.
KEPT_SECONDS = SERVED_SECONDS
TURN_SECONDS = 10
AWAY_SECONDS = 5.0
LOOK_AGAIN_SECONDS = 0.03


class Shared:
    """`alias` names a cache in settings.CACHES; `release` what the pages are made with (templates, static files)."""

    def __init__(self, alias: str, release: str, clock: Callable[[], float]) -> None:
        self._alias, self._release, self._clock = alias, release, clock
        self._away_until = 0.0

    def get(self, key: Key, editors: str) -> Page | None:
        kept = self._ask("get", self._name("page", key, editors))
        try:
            return None if kept is None else page_of(kept, editors)
        except (TypeError, ValueError, AttributeError):  # as another release packed it
            return None

    def put(self, key: Key, page: Page) -> None:
        self._ask("set", self._name("page", key, page.editors), kept_of(page), KEPT_SECONDS)

    def take_turn(self, key: Key, editors: str) -> str | None:
        """A token, or None where another process is making the page. Nobody is asked where Redis is away."""
        token = secrets.token_hex(8)
        is_free = self._ask("add", self._name("turn", key, editors), token, TURN_SECONDS)
        return None if is_free is False else token

    def give_turn_back(self, key: Key, editors: str, token: str) -> None:
        """Not one that has passed to somebody else because it took too long."""
        name = self._name("turn", key, editors)
        if self._ask("get", name) == token:
            self._ask("delete", name)

    def wait(self, key: Key, editors: str, seconds: float) -> Page | None:
        """The page that another process is making; None where it does not come in time, or was none to be kept."""
        turn, give_up_at = self._name("turn", key, editors), time.monotonic() + seconds
        while time.monotonic() < give_up_at and self._clock() >= self._away_until:
            # In this order: whoever gives the turn back has put the page there before.
            is_over = self._ask("get", turn) is None
            page = self.get(key, editors)
            if page is not None or is_over:
                return page
            time.sleep(LOOK_AGAIN_SECONDS)
        return None

    def _ask(self, method: str, *arguments: Any) -> Any:
        """None also for every error: Redis's own and what cannot be unpacked."""
        if self._clock() < self._away_until:
            return None
        try:
            return getattr(caches[self._alias], method)(*arguments)
        except Exception:  # whatever the cache's own library raises, the answer is the same
            logger.exception("page store: the shared store does not answer method=%s", method)
            self._away_until = self._clock() + AWAY_SECONDS
            return None

    def _name(self, kind: str, key: Key, editors: str) -> str:
        text = "\n".join((self._release, editors, str(key.is_secure), key.host, key.path, key.query))
        return f"{kind}:{hashlib.blake2b(text.encode('utf-8', 'surrogateescape'), digest_size=20).hexdigest()}"


def release() -> str:
    """What pages are made with: during a deployment old and new processes do not share. A few milliseconds."""
    digest = hashlib.blake2b(getattr(staticfiles_storage, "manifest_hash", "").encode(), digest_size=12)
    for folder in settings.TEMPLATES[0]["DIRS"]:
        for path in sorted(Path(folder).rglob("*.html")):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def kept_of(page: Page) -> tuple[Any, ...]:
    """Plain values only: no class of ours has to be found again by another release."""
    encoded = page.encoded
    kept = (dict(encoded.bodies), dict(encoded.etags), encoded.plain_length)
    return page.made_at, page.status, page.headers, page.follows_news, *kept


def page_of(kept: tuple[Any, ...], editors: str) -> Page:
    made_at, status, headers, follows_news, bodies, etags, plain_length = kept
    return Page(made_at, editors, status, headers, Encoded(bodies, etags, plain_length), follows_news)
