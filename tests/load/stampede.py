"""How often a page is built when a hundred ask for it at once: counted by PostgreSQL itself."""

from __future__ import annotations

import asyncio

import aiohttp
import psycopg

from tests.faults.newsroom import Newsroom
from tests.load.crowd import Tally, view
from tests.load.judging import Look

AT_ONCE = 100


def builds_of(room: Newsroom, port: int, path: str, other_path: str) -> tuple[float, str]:
    """(how often, in words): statements of a hundred visits at once to `path`, beside those of one to `other_path`.

    Neither page may have been asked for before.
    """
    once = statements(room, port, other_path, 1)
    often = statements(room, port, path, AT_ONCE)
    builds = often / max(1, once)
    return builds, f"built {builds:.1f} times ({once} statements for one visit, {often} for {AT_ONCE})"


def statements(room: Newsroom, port: int, path: str, count: int) -> int:
    """That select from articles, while so many visitors ask at once."""
    with psycopg.connect(room.database_url, autocommit=True) as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        connection.execute("SELECT pg_stat_statements_reset()")
        asyncio.run(visit(port, path, count))
        asked = "SELECT coalesce(sum(calls), 0)::int FROM pg_stat_statements WHERE query LIKE '%articles_article%'"
        return connection.execute(asked).fetchone()[0]


async def visit(port: int, path: str, count: int) -> None:
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}", connector=connector) as session:
        await asyncio.gather(*(view(session, Look(path), (), Tally()) for _ in range(count)))
