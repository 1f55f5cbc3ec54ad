"""Servers in processes of their own, on a core of their own, and what they use of it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.contest import ROOT, backends
from bench.live import end
from bench.measure import living_children, process_cpu_seconds
from bench.publishers import wait_for_port

SERVER_CORE, LOAD_CORE = 0, 1


@dataclass(frozen=True, slots=True)
class Server:
    name: str
    pid: int
    port: int
    cpu_seconds: Callable[[], float]  # that it has used so far, with whom works for it

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"


def pinned(command: Sequence[str], core: int) -> list[str]:
    """The command on one core, where there are several and taskset is installed."""
    has_cores = (os.cpu_count() or 1) > 1 and shutil.which("taskset")
    return ["taskset", "-c", str(core), *command] if has_cores else list(command)


@contextmanager
def running(
    name: str,
    command: Sequence[str],
    port: int,
    log: Path,
    environment: Mapping[str, str] | None = None,
    database_url: str = "sqlite:",
    behind: Server | None = None,
) -> Iterator[Server]:
    """Until it answers on its port; ended with all that it began. What works for it is counted too."""
    with log.open("ab") as errors:
        process = subprocess.Popen(
            pinned(command, SERVER_CORE),
            cwd=ROOT,
            env=None if environment is None else dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=errors,
            stderr=errors,
            start_new_session=True,
        )

    def cpu_seconds() -> float:
        of_tree = sum(process_cpu_seconds(pid) or 0.0 for pid in (process.pid, *living_children(process.pid)))
        of_database = sum((backends(database_url) or {}).values())
        return of_tree + of_database + (behind.cpu_seconds() if behind else 0.0)

    try:
        wait_for_port(f"127.0.0.1:{port}", process, log, seconds=60)
        yield Server(name, process.pid, port, cpu_seconds)
    finally:
        end(process)


def granian(port: int, application: str, threads: int = 4) -> list[str]:
    """As `manage.py run` and production begin it, with one worker."""
    options = ["--interface", "wsgi", "--http", "1", "--no-ws", "--host", "127.0.0.1", "--port", str(port)]
    return [
        *(sys.executable, "-m", "granian", *options),
        *("--workers", "1", "--blocking-threads", str(threads), "--backpressure", "64"),
        *("--log-level", "warning", application),
    ]
