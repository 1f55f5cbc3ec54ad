"""Contestants in turn: each in a fresh process with a fresh database, the same feeds before all of them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

from bench.measure import name_of, process_cpu_seconds
from bench.publishers import Publishers
from bench.shapes import Job, Turn

ROOT = Path(__file__).resolve().parents[1]
KEY = "a key for measuring only, long enough to satisfy every check of Django"
SQLITE = "ours.sqlite3"
WITH_TABLES = {"ours", "live"}  # contestants that work in our database
numbers = count(1)


def environment_of_ours(publishers: Publishers, folder: Path, database_url: str) -> dict[str, str]:
    """The site as shipped, but for what it is told here: where things are, and whom it may visit on loopback."""
    kept = ("PATH", "HOME", "LANG", "PYTHONPATH", "FEED_BATCH_SIZE", "LOG_LEVEL")
    return {
        **{name: os.environ[name] for name in kept if name in os.environ},
        "DATABASE_URL": database_url,
        "VAR_DIR": str(folder),
        "SECRET_KEY": KEY,
        "SITE_URL": "http://127.0.0.1:8000",
        "HTTPS_ONLY": "false",
        "IMAGES": "off",
        "FEED_ALLOWED_PRIVATE_HOSTS": ",".join(publishers.addresses),
        # OpenSSL's own variable: the certificates that a client trusts where it was told of no others.
        "SSL_CERT_FILE": str(publishers.authority),
    }


class Contestant:
    """A process that takes turns when it is asked to."""

    def __init__(self, process: subprocess.Popen[str], log: Path, environment: Mapping[str, str]) -> None:
        self.process, self.log, self.environment = process, log, environment
        self.database_url = environment["DATABASE_URL"]
        self._read()

    def take_turn(self) -> Turn:
        assert self.process.stdin
        before = backends(self.database_url)
        self.process.stdin.write("turn\n")
        self.process.stdin.flush()
        turn = Turn(**json.loads(self._read()))
        after = backends(self.database_url)
        if after is None or before is None:
            return turn
        used = sum(seconds - before.get(pid, 0.0) for pid, seconds in after.items())
        return replace(turn, database_cpu_seconds=used)

    def _read(self) -> str:
        assert self.process.stdout
        if line := self.process.stdout.readline():
            return line
        raise SystemExit(f"A contestant has ended:\n{self.log.read_text(errors='replace')[-4000:]}")


@contextmanager
def contestant(
    name: str,
    publishers: Publishers,
    urls: Sequence[str],
    validators: tuple[str, str] = ("", ""),
    environment: Mapping[str, str] | None = None,
) -> Iterator[Contestant]:
    """Ready for its first turn; what it leaves behind is thrown away. `environment` is added to that of ours."""
    folder = publishers.folder / f"{name}-{next(numbers)}"
    folder.mkdir()
    log = folder / "log"
    with fresh_database(folder) as database_url, log.open("wb") as errors:
        is_migrated = name in WITH_TABLES and database_url.startswith("sqlite")
        if is_migrated:
            shutil.copy(template(publishers), folder / SQLITE)
        job = Job(str(folder), database_url, tuple(urls), *validators, is_migrated)
        own = environment_of_ours(publishers, folder, database_url) | dict(environment or {})
        (folder / "job.json").write_text(json.dumps(asdict(job)))
        process = subprocess.Popen(
            [sys.executable, "-m", "bench.contestant", name, str(folder / "job.json")],
            cwd=ROOT,
            env=own,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
        try:
            yield Contestant(process, log, own)
        finally:
            process.communicate()
    shutil.rmtree(folder, ignore_errors=True)


def template(publishers: Publishers) -> Path:
    """A file of SQLite with our tables and nothing in them: made once, for migrating takes longer than most turns."""
    path = publishers.folder / SQLITE
    if not path.exists():
        job = publishers.folder / "template.json"
        job.write_text(json.dumps(asdict(Job(str(publishers.folder), "", ()))))
        environment = environment_of_ours(publishers, publishers.folder, f"sqlite:///{path}")
        subprocess.run(
            [sys.executable, "-m", "bench.contestants.ours", str(job)], cwd=ROOT, env=environment, check=True
        )
    return path


@contextmanager
def fresh_database(folder: Path) -> Iterator[str]:
    """A file of SQLite, or a database of its own on the server that DATABASE_URL names."""
    server = os.environ.get("DATABASE_URL", "")
    if not server.startswith(("postgres://", "postgresql://")):
        yield f"sqlite:///{folder / SQLITE}"
        return
    name = f"bench_{os.getpid()}_{next(numbers)}"
    with psycopg.connect(server, autocommit=True) as desk:
        desk.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        desk.execute(f"CREATE DATABASE {name}")
        try:
            yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
        finally:
            desk.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def backends(database_url: str) -> dict[int, float] | None:
    """Processor seconds of the server's processes that work for this database; None where they cannot be seen."""
    if database_url.startswith("sqlite"):
        return None
    with psycopg.connect(database_url, autocommit=True) as desk:
        found = desk.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        pids = [pid for (pid,) in found]
    if not all(name_of(pid).startswith("postgres") for pid in pids):
        return None
    return {pid: process_cpu_seconds(pid) or 0.0 for pid in pids}
