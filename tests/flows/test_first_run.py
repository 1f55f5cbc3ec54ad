"""`make run` as one process tree: database, fictional press, real worker and beat, site."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest
from django.db import connection

ROOT = Path(__file__).parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def environment(tmp_path) -> Iterator[dict[str, str]]:
    """A first run of its own; on PostgreSQL in a database of its own."""
    found = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "DEBUG": "true",
        "EDITION": "demo",
        "VAR_DIR": str(tmp_path / "var"),
        "DEMO_PRESS_ADDRESS": f"127.0.0.1:{free_port()}",
        "STRIPE_STAND_IN_ADDRESS": f"127.0.0.1:{free_port()}",
        "PYTHONUNBUFFERED": "1",
    }
    if os.environ.get("REDIS_URL"):
        # Another database than the suite's own caches, and than another test process has.
        worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
        found["REDIS_URL"] = re.sub(r"/\d*$", f"/{14 - worker}", os.environ["REDIS_URL"])
    if connection.vendor != "postgresql":
        yield found
        return
    name, url = f"first_run_{os.getpid()}", os.environ["DATABASE_URL"]
    execute_beside(url, f"CREATE DATABASE {name}")
    yield {**found, "DATABASE_URL": url.rsplit("/", 1)[0] + f"/{name}"}
    execute_beside(url, f"DROP DATABASE {name} WITH (FORCE)")


def execute_beside(url: str, sql: str) -> None:
    import psycopg

    with psycopg.connect(url, autocommit=True) as database:
        database.execute(sql)


def start(environment: dict[str, str], port: int, *arguments: str) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "manage.py", "run", "--port", str(port), *arguments],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def worker_of(run: subprocess.Popen) -> int:
    found = subprocess.run(
        ["pgrep", "-P", str(run.pid), "-f", "hostname worker1"], capture_output=True, text=True, check=True
    )
    return int(found.stdout.split()[0])


def read_until(process: subprocess.Popen, words: str, seconds: int) -> str:
    until = time.monotonic() + seconds
    text = ""
    while time.monotonic() < until:
        line = process.stdout.readline()
        if not line:
            break
        text += line
        if words in line:
            return text
    raise AssertionError(f"{words!r} did not come:\n{text}")


def test_a_first_run_ends_in_a_living_front_page_and_a_second_one_keeps_the_data(environment):
    """One test, for a first run takes a minute. It leaves nothing behind that keeps the second from its port."""
    port = free_port()
    run = start(environment, port)
    try:
        text = read_until(run, "Ctrl-C ends everything", 150)
        assert f"http://127.0.0.1:{port}/" in text
        assert "trial@demo.example" in text
        with urlopen(f"http://127.0.0.1:{port}/") as answer:
            front = answer.read().decode()
        assert "Eleven river states agree" in front
        assert "A ferry timetable, and everything it used to promise" in front
        assert "every title, person and event in it is fictional" in front
        with urlopen(f"http://127.0.0.1:{port}/healthz") as answer:
            assert answer.status == 200
        # O01: a worker that is killed is begun again, and the site reads on meanwhile.
        os.kill(worker_of(run), signal.SIGKILL)
        assert "worker 1 process ended with code -9" in read_until(run, "is begun again", 20)
        assert worker_of(run)
        with urlopen(f"http://127.0.0.1:{port}/") as answer:
            assert answer.status == 200
    finally:
        run.send_signal(signal.SIGINT)
        run.wait(30)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))
    second = start(environment, port, "--exit-when-ready")
    text = read_until(second, "Ctrl-C ends everything", 60)
    second.wait(30)
    assert int(re.search(r"up in (\d+) s", text)[1]) < 30
    assert_a_taken_port_is_one_sentence(environment)


def assert_a_taken_port_is_one_sentence(environment: dict[str, str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        run = start(environment, port, "--exit-when-ready")
        output, _ = run.communicate(timeout=60)
    assert run.returncode == 1
    sentence = f"CommandError: Port {port} is taken: end what uses it, or choose another with PORT."
    assert output.strip().splitlines()[-1] == sentence
