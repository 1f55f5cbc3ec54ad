"""300 of 1,000 feeds hang, and names that nobody answers for: `python -m tests.faults.hanging`."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import struct
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

from tests.faults.newsroom import Newsroom, free_port, wait_until
from tests.faults.scene import feed_of, scene
from tests.faults.verdict import CannotRun, Verdict, play

HOSTS, HANGING_HOSTS, FEEDS_EACH = 250, 75, 4
TIMEOUT_SECONDS = 10
INTERVAL_SECONDS = 300  # the shortest between two polls of one feed
RESOLVER = "127.0.0.53"
GOOD, SLOW, UNKNOWN = 60, 100, 40
NAMED_SECONDS = 30


def run(verdict: Verdict) -> None:
    port = free_port()
    hosts = [f"127.0.0.{number}" for number in range(1, HOSTS + 1)]
    names = [f"g{number}.good.example" for number in range(GOOD)]
    allowed = ",".join(f"{host}:{port}" for host in (*hosts, *names))
    serve(hosts, port)
    limits = {"FEED_TIMEOUT_SECONDS": str(TIMEOUT_SECONDS), "FEED_LEASE_SECONDS": "600"}
    with scene(FEED_ALLOWED_PRIVATE_HOSTS=allowed, **limits) as stage:
        with verdict.part("O15", "300 of 1,000 feeds hang"):
            hanging(verdict, stage.room, hosts, port)
        stage.room.end_workers()
        with verdict.part("O14", "names that are not answered for"):
            nameless(verdict, stage.room, names, port)


def hanging(verdict: Verdict, room: Newsroom, hosts: list[str], port: int) -> None:
    from articles.models import Feed

    add_feeds(
        [
            f"http://{host}:{port}/{'hang' if at < HANGING_HOSTS else 'ok'}/{at * FEEDS_EACH + number}"
            for number in range(FEEDS_EACH)
            for at, host in enumerate(hosts)
        ]
    )
    started = time.monotonic()
    room.start_worker()
    room.start_beat()
    healthy = Feed.objects.filter(url__contains="/ok/")
    wait_until(lambda: not healthy.filter(last_succeeded_at=None).exists(), INTERVAL_SECONDS)
    seconds = time.monotonic() - started
    tried = Feed.objects.filter(url__contains="/hang/", failure_count__gt=0).count()
    done = f"300 of 1,000 feeds hang, {TIMEOUT_SECONDS} s for each"
    seen = (
        f"{healthy.count()} healthy ones were in after {seconds:.0f} s of {INTERVAL_SECONDS}, {tried} given up by then"
    )
    verdict.see("O15", done, seen, seconds < INTERVAL_SECONDS)
    # And again: what hung waits longer now.
    healthy.update(next_fetch_at=None, last_succeeded_at=None)
    started = time.monotonic()
    wait_until(lambda: not healthy.filter(last_succeeded_at=None).exists(), INTERVAL_SECONDS)
    seen = f"the healthy ones were in again after {time.monotonic() - started:.0f} s"
    verdict.see("O15", "their next round", seen, time.monotonic() - started < INTERVAL_SECONDS)


def nameless(verdict: Verdict, room: Newsroom, names: list[str], port: int) -> None:
    """The worker sees a resolver of ours: it answers for some names, knows some not, and is silent about others."""
    from articles.models import Feed

    Feed.objects.all().delete()
    answer_names()
    add_feeds([f"http://{name}:{port}/ok/{number}" for number, name in enumerate(names, start=5000)])
    add_feeds([f"http://s{number}.slow.example/feed" for number in range(SLOW)])
    add_feeds([f"http://n{number}.none.example/feed" for number in range(UNKNOWN)])
    started = time.monotonic()
    start_apart(room)
    room.refresh()
    good = Feed.objects.filter(url__contains="good.example")
    wait_until(lambda: not good.filter(last_succeeded_at=None).exists(), 60)
    seconds = time.monotonic() - started
    others = Feed.objects.exclude(url__contains="good.example")
    wait_until(lambda: not others.filter(failure_count=0).exists(), 90)
    reasons = sorted(set(others.values_list("last_reason", flat=True)))
    seen = f"{GOOD} feeds whose names resolve were in after {seconds:.0f} s; the others say {reasons}"
    verdict.see("O14", f"{SLOW} names unanswered, {UNKNOWN} unknown", seen, seconds < NAMED_SECONDS)


def add_feeds(urls: list[str]) -> None:
    from articles.models import Feed
    from tests.make import make_source

    source = make_source(permission="teaser")
    feeds = [Feed(source=source, url=url, section="world") for url in urls]
    for feed in feeds:
        feed.save()


def serve(hosts: list[str], port: int) -> None:
    """A publisher on each of these addresses; what is under /hang/ never answers."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            path = head.split(b" ")[1].decode()
            if path.startswith("/hang/"):
                await asyncio.sleep(600)
            body = feed_of(int(path.rpartition("/")[2]), 2).encode()
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nConnection: close\r\n")
            writer.write(f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
            await writer.drain()
        writer.close()

    async def listen() -> None:
        server = await asyncio.start_server(answer, hosts, port, backlog=200)
        await server.serve_forever()

    threading.Thread(target=lambda: asyncio.run(listen()), daemon=True).start()


def answer_names() -> None:
    """A name server on UDP: an address for *.good.example, "no such name" for *.none.example, else silence."""
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        server.bind((RESOLVER, 53))
    except OSError as error:
        raise CannotRun("a name server can be had on port 53 by root only") from error

    def answer() -> None:
        while True:
            question, sender = server.recvfrom(512)
            name, kind = question[12:], question[-4:-2]
            if b"\x04none\x07example\x00" in name:
                server.sendto(question[:2] + b"\x81\x83" + question[4:6] + b"\0" * 6 + name, sender)
            elif b"\x04good\x07example\x00" in name:
                is_a = kind == b"\0\x01"
                found = b"\xc0\x0c\0\x01\0\x01" + struct.pack(">IH", 60, 4) + socket.inet_aton("127.0.0.1")
                counts = b"\0\x01" + (b"\0\x01" if is_a else b"\0\0") + b"\0" * 4
                server.sendto(question[:2] + b"\x81\x80" + counts + name + (found if is_a else b""), sender)

    threading.Thread(target=answer, daemon=True).start()


def start_apart(room: Newsroom) -> None:
    """A worker in a mount namespace of its own, where /etc/resolv.conf is ours."""
    if os.getuid() or not shutil.which("unshare"):
        raise CannotRun("another /etc/resolv.conf for one process needs root and unshare")
    resolver: Path = room.folder / "resolv.conf"
    resolver.write_text(f"nameserver {RESOLVER}\n")
    inside = f"mount --bind {resolver} /etc/resolv.conf"
    if subprocess.run(["unshare", "-m", "sh", "-c", inside], capture_output=True, check=False).returncode:
        raise CannotRun("this machine lets nobody mount a file over another")
    worker = (
        f"{sys.executable} -m celery -A newssite worker --concurrency 2 --without-mingle --without-gossip -l WARNING"
    )
    room.begin(["unshare", "-m", "sh", "-c", f"{inside} && exec {worker}"])


if __name__ == "__main__":
    sys.exit(play(run))
