"""What the pages of one moment share, kept in this process for a few seconds: light rows, never an article or a text.

What was chosen from them is loaded anew for every page, so that nothing taken down or edited is shown from here.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock
from typing import Any, TypeVar

from django.conf import settings
from django.db import connection
from django.utils import timezone

Value = TypeVar("Value")
_kept: dict[str, tuple[float, Any]] = {}
_locks: dict[str, Lock] = {}


def kept(name: str, now: datetime, make: Callable[[], Value]) -> Value:
    """What `make` gave within the last seconds. One thread makes it anew, the others take the last while it does.

    Not for another time than the present, which editors look at; not inside a transaction, which sees what nobody else
    sees yet.
    """
    seconds = settings.MOMENT_SECONDS
    is_present = abs(now - timezone.now()) <= timedelta(seconds=seconds)
    if not seconds or not is_present or connection.in_atomic_block:
        return make()
    made_at, value = _kept.get(name, (float("-inf"), None))
    if time.monotonic() - made_at < seconds:
        return value
    lock = _locks.setdefault(name, Lock())
    is_free = lock.acquire(blocking=made_at == float("-inf"))
    if not is_free:
        return value
    try:
        began_at, value = time.monotonic(), make()
        _kept[name] = (began_at, value)
        return value
    finally:
        lock.release()
