"""The site on a made-up day, ready to be served: a database of its own, files collected, a member signed in."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message
from pathlib import Path

from bench.contest import KEY, ROOT, fresh_database
from bench.processes import Server
from bench.publishers import free_port

BODY_WORDS = 450
PAGES = ("front", "section", "article")
GZIP = {"Accept-Encoding": "gzip"}
KEPT = ("PATH", "HOME", "LANG", "PYTHONPATH")


@dataclass(frozen=True, slots=True)
class House:
    folder: Path
    database_url: str
    environment: Mapping[str, str]
    paths: Mapping[str, str]  # front, section, article, deep
    cookie: str  # the Cookie header of a member
    port: int  # of its address: pages are kept for the site's own address alone

    @property
    def log(self) -> Path:
        return self.folder / "log"

    @property
    def as_member(self) -> dict[str, str]:
        return GZIP | {"Cookie": self.cookie}


@contextmanager
def house(parent: Path, article_count: int) -> Iterator[House]:
    folder = parent / f"house-{article_count}"
    folder.mkdir()
    with fresh_database(folder) as database_url:
        port = free_port()
        environment = environment_of_site(folder, database_url, port)
        facts = json.loads(child("house", [str(article_count), str(BODY_WORDS)], environment))
        cookie = facts.pop("cookie")
        yield House(folder, database_url, environment, facts, cookie, port)


def environment_of_site(folder: Path, database_url: str, port: int) -> dict[str, str]:
    """As in production, but for TLS. No Redis: what another run had left there would be answered here."""
    return {
        **{name: os.environ[name] for name in KEPT if name in os.environ},
        "DATABASE_URL": database_url,
        "VAR_DIR": str(folder),
        "SECRET_KEY": KEY,
        "SITE_URL": f"http://127.0.0.1:{port}",
        "HTTPS_ONLY": "false",
        "LOG_LEVEL": "WARNING",
    }


def child(name: str, arguments: list[str], environment: Mapping[str, str]) -> str:
    """What a contestant printed; SystemExit with its last words where it failed."""
    command = [sys.executable, "-m", f"bench.contestants.{name}", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=dict(environment), capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{name} has failed:\n{done.stderr[-4000:]}")
    return done.stdout


def look(server: Server, path: str, headers: Mapping[str, str]) -> tuple[str, Message]:
    """The text of a page and its headers, asked for as the load asks: what it gets has to be that page."""
    request = urllib.request.Request(server.url(path), headers=dict(headers))
    with urllib.request.urlopen(request, timeout=60) as answer:
        body = answer.read()
        if answer.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        return body.decode(), answer.headers
