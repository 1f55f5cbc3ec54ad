"""The site as deploy/ has it, on loopback: nginx, granian, worker, beat, with PostgreSQL and Redis of its own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from bench.press import Press
from bench.publishers import Publishers
from tests.faults.newsroom import ROOT, Newsroom, free_port, is_open, wait_until
from tests.faults.scene import session_of
from tests.load.judging import Look
from tests.stripe_api import StandIn

MARK = "The last paragraph names the quartermaster of article"
TITLES, OTHERS = 6, 60
PUBLIC_PATHS = ("/", "/news/world/", "/picks/", "/how-we-choose/")
TLS = re.compile(r"^\s*ssl_[a-z_]+ [^;]*;\n", re.M)
OUTER = re.compile(r"^server \{.*?^\}\n", re.M | re.S)


class House(Newsroom):
    """Its PostgreSQL counts statements; `publishers`, `press` and `stand_in` are what stands around it."""

    libraries = ("pg_stat_statements",)
    publishers: Publishers
    press: Press
    stand_in: StandIn


def tail_of(number: int) -> str:
    """The end of an article's walled text; the first words of it are the same for all, so that any leak is seen."""
    return f"{MARK} {number}."


@dataclass(frozen=True, slots=True)
class Breaking:
    """One story of several titles; `articles` are (path, tail) of its reports, the one that the editor edits first."""

    story_path: str
    articles: tuple[tuple[str, str], ...]
    others: tuple[tuple[str, str], ...]
    pk: int


def make_breaking_story() -> Breaking:
    """Reports of one event at the head of the front page, and licensed articles of other events below it."""
    from django.utils import timezone

    from articles.stories.run import score_stories
    from tests.make import make_source, make_story

    sources = [make_source(permission="full", weight=2.0) for _ in range(TITLES)]
    reports = [make_report(source, number, "The harbour bridge has given way") for number, source in enumerate(sources)]
    story = make_story(reports, score=1000.0)
    others = [make_report(sources[number % TITLES], 100 + number, f"Report {number}") for number in range(OTHERS)]
    for other in others:
        make_story([other])
    score_stories(timezone.now())
    first = reports[0]
    return Breaking(
        story.get_absolute_url(),
        tuple((report.get_absolute_url(), tail_of(number)) for number, report in enumerate(reports)),
        tuple((other.get_absolute_url(), tail_of(100 + number)) for number, other in enumerate(others)),
        first.pk,
    )


def make_report(source, number: int, headline: str):
    from tests.make import make_article

    opening = "<p>The engineers had been waiting since four for a tide that would let the divers in.</p>"
    middle = "<p>What was seen at the bridge that morning was told by those who stood beside it.</p>" * 20
    body = f"{opening}{middle}<p>{tail_of(number)}</p>"
    return make_article(source, headline=headline, opening_html=opening, body=body)


def make_members(count: int) -> list[str]:
    """Their Cookie headers."""
    from django.utils import timezone

    from tests.make import make_reader

    now = timezone.now()
    paid = {"status": "active", "plan": "monthly", "paid_until": now + timedelta(days=20)}
    return [session_of(make_reader(now - timedelta(days=40), **paid)) for _ in range(count)]


def looks_of(breaking: Breaking, cookie: str, place: int) -> Look:
    """What somebody looks at: seven times of ten the story that breaks. `place` is any number, drawn by chance."""
    kind, number = place % 10, place // 10
    if kind < 2:
        return Look("/", cookie)
    if kind < 7:
        path, tail = breaking.articles[0 if kind < 5 else number % len(breaking.articles)]
    elif kind == 7:
        return Look(breaking.story_path, cookie)
    elif kind == 8:
        path, tail = breaking.others[number % len(breaking.others)]
    else:
        return Look(PUBLIC_PATHS[number % len(PUBLIC_PATHS)], cookie)
    return Look(path, cookie, tail if cookie else "")


# nginx -------------------------------------------------------------------------------------------


def nginx() -> str | None:
    return shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/opt/homebrew/bin")


def has_proxy() -> bool:
    return nginx() is not None and (ROOT / "deploy" / "nginx" / "site.conf").exists()


@contextmanager
def proxy(room: Newsroom) -> Iterator[int]:
    """The port of an nginx with the files of deploy/nginx, but for TLS and paths; the site's own without."""
    if not has_proxy():
        yield room.web_port
        return
    port, folder = free_port(), room.folder / "nginx"
    folder.mkdir()
    for path in (ROOT / "deploy" / "nginx").iterdir():
        (folder / path.name).write_text(fitted(path.read_text(), folder, port, room))
    command = [str(nginx()), "-e", str(folder / "error.log"), "-c", str(folder / "nginx.conf"), "-g", "daemon off;"]
    process = subprocess.Popen(command)
    try:
        wait_until(lambda: is_open(port), 10)
        yield port
    finally:
        process.terminate()
        process.wait(10)


def fitted(text: str, folder: Path, port: int, room: Newsroom) -> str:
    """What is about TLS and other hosts' names goes; one listener on loopback, one upstream; files in our folders."""
    servers = OUTER.findall(text)
    for server in servers:
        if "proxy.conf" not in server:
            text = text.replace(server, "")
    text = TLS.sub("", text)
    text = re.sub(r"^\s*(user|pid) [^;]*;\n", "", text, flags=re.M)
    text = re.sub(r"listen \[::\]:443[^;]*;", "", text)
    text = re.sub(r"listen 443[^;]*;", f"listen 127.0.0.1:{port} backlog=2048;", text)
    text = re.sub(r"server unix:[^;]*web-a[^;]*;", f"server 127.0.0.1:{room.web_port} max_fails=0;", text)
    text = re.sub(r"\s*server unix:[^;]*;", "", text)
    text = text.replace("server_name news.example.org;", "server_name _;")
    text = text.replace("/etc/nginx/newssite", str(folder)).replace("/var/cache/nginx/newssite", f"{folder}/pages")
    text = text.replace("/var/log/nginx/", f"{folder}/").replace("/srv/newssite/var", room.environment["VAR_DIR"])
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    text = text.replace("http {\n", f"http {{\n{temporary}")
    # Its workers read and write in folders that are this user's alone.
    own = f"pid {folder}/nginx.pid;\n" + ("user root;\n" if os.getuid() == 0 else "")
    return own + text if "events {" in text else text


# What is measured -------------------------------------------------------------------------------


def memory_mb(process: subprocess.Popen) -> float:
    """Of it and all its children, shared pages counted once (PSS)."""
    pids, total = [process.pid], 0.0
    for pid in pids:
        found = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False)
        pids += [int(child) for child in found.stdout.split()]
        try:
            rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:")) / 1024
    return total


def queries_of(look: Look) -> int:
    """Of one view of this page, in this process: what the site does for it now."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client(HTTP_HOST="127.0.0.1", HTTP_COOKIE=look.cookie)
    assert client.get(look.path).status_code == 200
    with CaptureQueriesContext(connection) as queries:
        client.get(look.path)
    return len(queries)
