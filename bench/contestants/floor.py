"""The floor: fetch with aiohttp, parse with feedparser's defaults, insert with executemany; a transaction a feed.

No guard, no limit, no cleaning of our own, no claim; conditional requests, and one hash to tell an entry from others.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterable
from typing import Any

import aiohttp
import feedparser
import psycopg

from bench.shapes import Job

IN_FLIGHT = 50
COLUMNS = ("feed integer", "entry text", "link text", "title text", "summary text", "body text", "published text")
TABLE = f"CREATE TABLE entry ({', '.join(COLUMNS)}, PRIMARY KEY (feed, entry))"
INSERT = "INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (feed, entry) DO NOTHING"


def prepare(job: Job) -> Callable[[], int]:
    save = saver(job)
    validators: dict[int, dict[str, str]] = {}
    return lambda: asyncio.run(refresh(job, validators, save))


async def refresh(job: Job, validators: dict[int, dict[str, str]], save: Callable[[list], int]) -> int:
    slots = asyncio.Semaphore(IN_FLIGHT)

    async def one(number: int, url: str) -> int:
        async with slots, session.get(url, headers=validators.get(number, {})) as answer:
            body = await answer.read()
        if answer.status != 200:
            return 0
        validators[number] = {
            "If-None-Match": answer.headers["ETag"],
            "If-Modified-Since": answer.headers["Last-Modified"],
        }
        return save(list(rows(number, feedparser.parse(body, response_headers=dict(answer.headers)))))

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=IN_FLIGHT)) as session:
        return sum(await asyncio.gather(*(one(number, url) for number, url in enumerate(job.urls))))


def rows(number: int, feed: Any) -> Iterable[tuple]:
    for entry in feed.entries:
        content = entry.get("content") or [{}]
        summary, body = entry.get("summary", ""), content[0].get("value", "")
        key = entry.get("id") or entry.get("link")
        yield number, key, entry.get("link"), entry.get("title"), summary, body, entry.get("published")


def saver(job: Job) -> Callable[[list], int]:
    """Into the kind of database that ours is measured with; counts the rows that were not there."""
    if job.database_url.startswith("sqlite"):
        lite = sqlite3.connect(f"{job.folder}/floor.sqlite3", isolation_level=None)
        lite.executescript(f"PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; {TABLE};")

        def save(rows: list) -> int:
            lite.execute("BEGIN IMMEDIATE")
            count = lite.executemany(INSERT, rows).rowcount
            lite.execute("COMMIT")
            return count

        return save
    server = psycopg.connect(job.database_url)
    server.execute(TABLE)
    server.commit()

    def save_to_server(rows: list) -> int:
        with server.cursor() as cursor:
            cursor.executemany(INSERT.replace("?", "%s"), rows)
            count = cursor.rowcount
        server.commit()
        return count

    return save_to_server
