"""Sign-ins, sign-ups, long searches and slow sockets, so many a second, while the crowd reads on."""

from __future__ import annotations

import asyncio
import socket
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Iterable
from contextlib import suppress
from urllib.parse import quote

import aiohttp

from tests.load.crowd import address_of

TOKEN = "t" * 32  # a form's token and its cookie say the same
STRANGERS = 20  # addresses that the wrong sign-ins come from
Answers = Counter[str]
One = Callable[[int], Coroutine[None, None, tuple[str, float]]]


async def storm(per_second: float, seconds: float, one: One) -> tuple[Answers, list[float]]:
    """`one(number)` so many times a second, whether or not the ones before were answered; what came, and how fast."""
    answers, times = Counter(), []

    async def begin(number: int) -> None:
        said, took = await one(number)
        answers[said] += 1
        times.append(took)

    started = time.monotonic()
    async with asyncio.TaskGroup() as group:
        for number in range(int(per_second * seconds)):
            await asyncio.sleep(max(0.0, started + number / per_second - time.monotonic()))
            group.create_task(begin(number))
    return answers, times


async def post(port: int, address: int, path: str, form: dict[str, str], cookie: str = "") -> tuple[int, str, float]:
    """A form from an address of its own: (status, page, seconds). Status 0: no answer."""
    started = time.monotonic()
    connector = aiohttp.TCPConnector(local_addr=(address_of(address), 0), force_close=True)
    timeout, jar = aiohttp.ClientTimeout(total=60), aiohttp.DummyCookieJar()
    headers = {"Cookie": "; ".join(filter(None, [cookie, f"csrf={TOKEN}"])), "Accept-Encoding": "gzip"}
    sent = {**form, "csrfmiddlewaretoken": TOKEN}
    try:
        async with (
            aiohttp.ClientSession(connector=connector, timeout=timeout, cookie_jar=jar) as session,
            session.post(f"http://127.0.0.1:{port}{path}", data=sent, headers=headers, allow_redirects=False) as answer,
        ):
            return answer.status, await answer.text(), time.monotonic() - started
    except (aiohttp.ClientError, TimeoutError, OSError):
        return 0, "", time.monotonic() - started


def right_sign_in(port: int, emails: list[str], password: str) -> One:
    async def one(number: int) -> tuple[str, float]:
        form = {"login": emails[number % len(emails)], "password": password}
        status, _, seconds = await post(port, 100_000 + number, "/account/login/", form)
        return f"right {status}", seconds

    return one


def wrong_sign_in(port: int, emails: list[str]) -> One:
    """A few strangers who try everybody's address."""

    async def one(number: int) -> tuple[str, float]:
        form = {"login": emails[number % len(emails)], "password": f"wrong {number}"}
        status, page, seconds = await post(port, 200_000 + number % STRANGERS, "/account/login/", form)
        return f"wrong {'told to wait' if status == 200 and 'Too many tries' in page else status}", seconds

    return one


def sign_up(port: int) -> One:
    async def one(number: int) -> tuple[str, float]:
        form = {"email": f"storm-{number}@mail.example", "password1": "a long password"}
        status, _, seconds = await post(port, 300_000 + number, "/account/signup/", form)
        return f"sign-up {status}", seconds

    return one


def checkout(port: int, cookies: list[str]) -> One:
    """Somebody who goes to pay, while Stripe is slow."""

    async def one(number: int) -> tuple[str, float]:
        cookie = cookies[number % len(cookies)]
        status, _, seconds = await post(port, 400_000 + number, "/membership/checkout/", {"plan": "monthly"}, cookie)
        return f"checkout {status}", seconds

    return one


async def crawl(port: int, paths: Iterable[str]) -> list[tuple[str, int, float]]:
    """One after the other: (what, status, seconds)."""
    found = []
    timeout, jar = aiohttp.ClientTimeout(total=60), aiohttp.DummyCookieJar()
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}", timeout=timeout, cookie_jar=jar) as session:
        for path in paths:
            started, status = time.monotonic(), 0
            with suppress(aiohttp.ClientError, TimeoutError, OSError):
                async with session.get(path, allow_redirects=False) as answer:
                    await answer.read()
                    status = answer.status
            found.append((path[:40], status, time.monotonic() - started))
            await asyncio.sleep(0.3)
    return found


def hard_paths() -> list[str]:
    long = "harbour " * 1250
    words = " ".join(f"word{number}" for number in range(900))
    deep = [f"{path}?{name}={value}" for path in ("/news/world/", "/search/") for name, value in DEEP]
    return [
        *(f"/search/?q={quote(text)}" for text in (long, words, "a" * 10_000, '"' * 5000, "source:" * 1400)),
        *deep,
        f"/search/?q=harbour&before={'9' * 400}",
        f"/news/{'x' * 4000}/",
        "/sitemap.xml",
    ]


DEEP = (
    ("page", "999999"),
    ("before", "1000000.1"),
    ("before", "2001-01-01T00:00:00~1"),
    ("before", "-1"),
    ("after", "x"),
)


class SlowClients:
    """So many sockets that send the head of a request a letter at a time, and never end."""

    def __init__(self, port: int, count: int) -> None:
        self.port, self.count, self.open = port, count, 0

    async def stay(self, seconds: float) -> None:
        async with asyncio.TaskGroup() as group:
            for number in range(self.count):
                group.create_task(self._stay(number, seconds))

    async def _stay(self, number: int, seconds: float) -> None:
        sender = socket.socket()
        sender.setblocking(False)
        loop = asyncio.get_running_loop()
        # Each from an address of its own: what one address may hold open is another limit.
        sender.bind((address_of(500_000 + number), 0))
        with suppress(OSError):
            await loop.sock_connect(sender, ("127.0.0.1", self.port))
            self.open += 1
            for letter in b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ".ljust(int(seconds), b"a"):
                await loop.sock_sendall(sender, bytes([letter]))
                await asyncio.sleep(1)
        sender.close()
