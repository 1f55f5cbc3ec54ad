"""Readers on one event loop: each with a connection and an address of its own, a while of reading between two pages."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from random import Random

import aiohttp

from tests.load.judging import Look, fault_in

THINK_SECONDS = 5.0  # in the mean
MOST_READERS, MOST_SECONDS = 2000, 900
TIMEOUT_SECONDS = 30


@dataclass
class Tally:
    """Of all answers so far. `seconds` by kind of reader: "visitor", "member"."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: {"visitor": [], "member": []})
    faults: Counter[str] = field(default_factory=Counter)

    def note(self, look: Look, seconds: float, fault: str) -> None:
        kind = "member" if look.is_member else "visitor"
        self.seconds[kind].append(seconds)
        if fault:
            self.faults[f"{kind} {look.path}: {fault}"] += 1

    @property
    def count(self) -> int:
        return sum(map(len, self.seconds.values()))

    def percentile(self, kind: str, share: float) -> float:
        """Seconds; 0 where nobody asked."""
        found = sorted(self.seconds[kind])
        return found[min(len(found) - 1, int(share * len(found)))] if found else 0.0

    def told(self) -> str:
        parts = []
        for kind, found in self.seconds.items():
            p50, p95, p99 = (self.percentile(kind, share) * 1000 for share in (0.5, 0.95, 0.99))
            parts.append(f"{len(found)} {kind}s' pages p50 {p50:.0f} p95 {p95:.0f} p99 {p99:.0f} ms")
        wrong = "; ".join(f"{fault} ({count})" for fault, count in self.faults.most_common(4))
        return f"{', '.join(parts)}; {wrong or 'no error'}"


def address_of(number: int) -> str:
    """Of one of a crowd: limits count by address, and a crowd has many."""
    return f"127.{1 + number // 62500 % 250}.{number // 250 % 250}.{1 + number % 250}"


async def crowd(
    port: int,
    cookies: Sequence[str],
    look_of: Callable[[str, int], Look],
    secrets: Collection[str],
    seconds: float,
    tally: Tally,
    think: float = THINK_SECONDS,
) -> None:
    """As many readers as there are cookies ("" for a visitor), for so long."""
    if len(cookies) > MOST_READERS or seconds > MOST_SECONDS:
        raise ValueError(f"at most {MOST_READERS} readers for {MOST_SECONDS} s")
    until = time.monotonic() + seconds
    async with asyncio.TaskGroup() as group:
        for number, cookie in enumerate(cookies):
            group.create_task(reader(port, number, cookie, look_of, secrets, until, tally, think))


async def reader(
    port: int,
    number: int,
    cookie: str,
    look_of: Callable[[str, int], Look],
    secrets: Collection[str],
    until: float,
    tally: Tally,
    think: float,
) -> None:
    random = Random(number)
    connector = aiohttp.TCPConnector(limit=1, local_addr=(address_of(number), 0), keepalive_timeout=60)
    timeout = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)
    async with aiohttp.ClientSession(
        f"http://127.0.0.1:{port}", connector=connector, timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()
    ) as session:
        await asyncio.sleep(random.random() * min(think, max(0.0, until - time.monotonic())))
        while time.monotonic() < until:
            look = look_of(cookie, random.randrange(1 << 30))
            await view(session, look, secrets, tally)
            await asyncio.sleep(min(random.expovariate(1 / think), max(0.0, until - time.monotonic())))


async def view(session: aiohttp.ClientSession, look: Look, secrets: Collection[str], tally: Tally) -> None:
    headers = {"Accept-Encoding": "gzip", **({"Cookie": look.cookie} if look.cookie else {})}
    started = time.monotonic()
    try:
        async with session.get(look.path, headers=headers) as answer:
            status, text = answer.status, await answer.text()
    except (aiohttp.ClientError, TimeoutError, OSError):
        status, text = 0, ""
    tally.note(look, time.monotonic() - started, fault_in(look, status, text, secrets))
