"""What waits at the broker: whether it answers, how much stands in each queue, and since when."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from newssite.queues import PARKED, QUEUES

if TYPE_CHECKING:
    import redis

TIMEOUT_SECONDS = 2


@dataclass(frozen=True, slots=True)
class Line:
    """`oldest_at` is a Unix time; None where nothing waits, or what waits was handed over by an earlier version."""

    queue: str
    count: int
    oldest_at: float | None


def broker_answers() -> bool:
    """False, or an error of the broker's own library, where it does not."""
    return bool(client().ping()) if is_redis() else Path(settings.BROKER_DIR, "queue").is_dir()


def lines() -> Iterator[Line]:
    return (in_redis(queue) if is_redis() else in_files(queue) for queue in (*QUEUES, PARKED))


def taken_count() -> int:
    """Tasks in workers' hands."""
    return int(client().hlen(f"{prefix()}unacked")) if is_redis() else 0


def in_redis(queue: str) -> Line:
    """New tasks stand at the left, the oldest at the right."""
    key = f"{prefix()}{queue}"
    last = client().lindex(key, -1)
    return Line(queue, int(client().llen(key)), handed_at(last) if last else None)


def handed_at(message: bytes) -> float | None:
    """newssite/celery.py has noted it in the message's headers."""
    try:
        return float(json.loads(message)["headers"]["handed_at"])
    except (ValueError, TypeError, KeyError):
        return None


def in_files(queue: str) -> Line:
    times = [made_at(path) for path in Path(settings.BROKER_DIR, "queue").glob(f"*.{queue}.msg")]
    return Line(queue, len(times), min(times, default=None))


def made_at(path: Path) -> float:
    """A worker may take the file while we look."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return time.time()


def is_redis() -> bool:
    return settings.BROKER_URL.startswith(("redis", "unix"))


def prefix() -> str:
    return settings.CELERY_BROKER_TRANSPORT_OPTIONS.get("global_keyprefix", "")


def client() -> redis.Redis:
    return client_of(settings.BROKER_URL)


@cache
def client_of(url: str) -> redis.Redis:
    """One pool of connections for each address; a broker that hangs does not hang who asks."""
    import redis  # late: newssite/urls.py leads here, and a site without Redis has no use for it

    return redis.Redis.from_url(url, socket_timeout=TIMEOUT_SECONDS, socket_connect_timeout=TIMEOUT_SECONDS)
