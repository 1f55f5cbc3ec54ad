from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from django.contrib.auth.hashers import Argon2PasswordHasher


class Busy(Exception):
    """As many passwords are being hashed as this process has room for; newssite/errors.py asks for patience."""


class Turns:
    """At most `at_once` work; at most `in_line` more wait for a turn, `seconds` at most. Everybody else is refused.

    Who waits keeps a thread of the server that could show somebody a page, so the line is short.
    """

    def __init__(self, at_once: int, in_line: int, seconds: float) -> None:
        self.seconds = seconds
        self._working = BoundedSemaphore(at_once)
        self._inside = BoundedSemaphore(at_once + in_line)

    @contextmanager
    def one(self) -> Iterator[None]:
        if not self._inside.acquire(blocking=False):
            raise Busy
        try:
            if not self._working.acquire(timeout=self.seconds):
                raise Busy
            try:
                yield
            finally:
                self._working.release()
        finally:
            self._inside.release()


# A hash takes a core for 19 ms, and 19 MiB: half of the cores stay with the readers, and memory stays where it is.
AT_ONCE = max(1, (os.cpu_count() or 1) // 2)
HASHING = Turns(AT_ONCE, in_line=2 * AT_ONCE, seconds=2)


class Argon2Hasher(Argon2PasswordHasher):
    """OWASP's minimum for Argon2id: 19 MiB and 19 ms of CPU a sign-in. Django's default takes 100 MiB and 210 ms."""

    memory_cost = 19_456
    time_cost = 2
    parallelism = 1

    def encode(self, password: str, salt: str) -> str:
        with HASHING.one():
            return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        with HASHING.one():
            return super().verify(password, encoded)
