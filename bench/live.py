"""P11: from a new entry to the front page, with the site, a worker and a broker as they run.

No beat: the worker is called at the moment when a new entry is served, so its turn begins at once, and the time of
the fetch is a part of what is measured. A hub's push is signed and sent as a hub would.
"""

from __future__ import annotations

import hmac
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from html import escape
from statistics import median

from bench.contest import ROOT, Contestant, contestant
from bench.contestants.live import HUB_URL, SECRET, TOKEN
from bench.press import Press
from bench.publishers import Publishers, free_port, url_of, wait_for_port
from bench.results import Line, below

FETCHED_SECONDS = 5
PUSHED_SECONDS = 10
PATIENCE_SECONDS = 30
LOOK_SECONDS = 0.1  # between two looks at the front page: the measure is no finer
FEEDS = 8


def measure_live(publishers: Publishers, press: Press, rounds: int) -> tuple[list[Line], dict[str, list[float]]]:
    """Both ways in, in turn. The first entry of each way is not counted: in daily life the processes are warm."""
    publishers.show(0)
    press = replace(press, hub_url=HUB_URL)
    publishers.replace(press, 0, 0)
    port = free_port()
    environment = {"DEBUG": "true", "SITE_URL": f"http://127.0.0.1:{port}", "WEBSUB": "true", "LOG_LEVEL": "WARNING"}
    # Visitors meet kept pages, as in production.
    environment["PAGE_STORE_MB"] = "64"
    environment |= {name: os.environ[name] for name in ("REDIS_URL",) if name in os.environ}
    urls = [url_of(number, publishers.port) for number in range(FEEDS)]
    times: dict[str, list[float]] = {"fetched": [], "pushed": []}
    trouble = {"fetched": "", "pushed": ""}
    with contestant("live", publishers, urls, environment=environment) as desk, site(desk, port) as address:

        def fetch(version: int) -> str:
            publishers.replace(press, 0, version)
            desk.take_turn()
            return ""

        ways = {"fetched": fetch, "pushed": lambda version: push(address, press.feed(0, version))}
        desk.take_turn()
        seconds_until(address, press.story(0, 0).headline)
        for turn in range(2 * (rounds + 1)):
            name = ("fetched", "pushed")[turn % 2]
            if not trouble[name]:
                trouble[name] = ways[name](turn + 1)
            if not trouble[name]:
                times[name].append(seconds_until(address, press.story(0, -turn - 1).headline))
                trouble[name] = "" if times[name][-1] < PATIENCE_SECONDS else f"not seen within {PATIENCE_SECONDS} s"
    kept = {name: seconds[1:] or seconds for name, seconds in times.items()}
    return [
        _line("from a new entry to the front page", kept["fetched"], FETCHED_SECONDS, trouble["fetched"]),
        _line("from a hub's push to the front page", kept["pushed"], PUSHED_SECONDS, trouble["pushed"]),
    ], times


def _line(what: str, seconds: Sequence[float], limit: float, trouble: str) -> Line:
    note = trouble or f"{min(seconds):.1f} to {max(seconds):.1f} s"
    return below("P11", what, "s", median(seconds) if seconds else None, limit, note)


@contextmanager
def site(desk: Contestant, port: int) -> Iterator[str]:
    """The site and its worker on the desk's database, as `manage.py run` begins them; its address."""
    granian = ["--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--blocking-threads", "4", "--no-ws"]
    celery = ["-A", "newssite", "--quiet", "worker", "--concurrency", "2", "--without-mingle", "--without-gossip"]
    commands = (
        ["-m", "granian", *granian, "--log-level", "warning", "newssite.wsgi:application"],
        ["-W", "ignore:You're running the worker", "-m", "celery", *celery, "--loglevel", "WARNING"],
    )
    with desk.log.open("ab") as log:
        processes = [
            subprocess.Popen(
                [sys.executable, *command],
                cwd=ROOT,
                env=desk.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
            for command in commands
        ]
    try:
        wait_for_port(f"127.0.0.1:{port}", processes[0], desk.log)
        yield f"http://127.0.0.1:{port}/"
    finally:
        for process in reversed(processes):
            end(process)


def end(process: subprocess.Popen) -> None:
    """It, then what is left of its session."""
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(15)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def seconds_until(address: str, headline: str) -> float:
    """From now until a visitor's front page shows it; at most PATIENCE_SECONDS."""
    began = time.monotonic()
    while (waited := time.monotonic() - began) < PATIENCE_SECONDS:
        with urllib.request.urlopen(address, timeout=PATIENCE_SECONDS) as page:
            if escape(headline) in page.read().decode():
                return time.monotonic() - began
        time.sleep(LOOK_SECONDS)
    return waited


def push(address: str, document: bytes) -> str:
    """As a hub delivers it; "" where it was taken, else why not."""
    signature = hmac.new(SECRET.encode(), document, "sha256").hexdigest()
    headers = {"Content-Type": "application/rss+xml", "X-Hub-Signature": f"sha256={signature}"}
    request = urllib.request.Request(f"{address}websub/{TOKEN}/", document, headers)
    try:
        urllib.request.urlopen(request, timeout=PATIENCE_SECONDS).close()
    except urllib.error.HTTPError as error:
        return f"a push was answered {error.code}"
    return ""
