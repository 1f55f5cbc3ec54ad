"""Every script that breaks something, and a table of what held: `python -m tests.faults [name …]`.

Two at a time, each with servers of its own. Ends after ten minutes; what has not ended by then has failed.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.faults.newsroom import ROOT, TEMPLATE, Newsroom, postgres_folder
from tests.faults.verdict import FAILED, MARK, PASSED, SKIPPED, Line

AT_ONCE = 2
SECONDS = 600
# The longest first.
SCRIPTS = (
    "workers",
    "hanging",
    "disk",
    "backup",
    "failover",
    "guessing",
    "clock",
    "broker",
    "releases",
    "mail",
    "sqlite",
    "keys",
    "database",
    "watching",
)


def main() -> int:
    wanted = [name for name in sys.argv[1:] if not name.startswith("-")] or list(SCRIPTS)
    if unknown := set(wanted) - set(SCRIPTS):
        sys.exit(f"There is no {', '.join(sorted(unknown))}; there are {', '.join(SCRIPTS)}.")
    until = time.monotonic() + SECONDS
    with tempfile.TemporaryDirectory(prefix="newsroom-template-") as folder:
        if postgres_folder() and shutil.which("redis-server"):
            make_template(Path(folder))
            os.environ[TEMPLATE] = folder
        with ThreadPoolExecutor(AT_ONCE) as threads:
            played = list(threads.map(lambda name: play(name, until), wanted))
    lines = [line for some in played for line in some]
    print_table(lines)
    return int(any(line.state == FAILED for line in lines))


def make_template(folder: Path) -> None:
    """An empty, migrated database and the collected files, made once for all."""
    folder.chmod(0o755)
    with tempfile.TemporaryDirectory() as room_folder:
        room = Newsroom(Path(room_folder), "")
        room.make_cluster()
        room.start_postgres()
        try:
            room.manage("migrate", "--verbosity", "0")
            room.collect_static()
        finally:
            room.end_postgres()
        subprocess.run(["cp", "-a", str(room.cluster), str(folder / "cluster")], check=True)
        shutil.rmtree(room.cluster)
        shutil.copytree(Path(room.environment["VAR_DIR"]) / "static", folder / "static")


def play(name: str, until: float) -> list[Line]:
    """The lines of one script; one more where it ended badly, or not at all."""
    started, seconds = time.monotonic(), until - time.monotonic()
    if seconds <= 0:
        return [Line("-", FAILED, name, "no time was left for it")]
    process = subprocess.Popen(command_of(name), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    # SIGINT, not SIGKILL: what it has started is ended, and its small disk unmounted.
    timer = threading.Timer(seconds, lambda: process.send_signal(2))
    timer.start()
    told, complaints = process.communicate()
    timer.cancel()
    lines = [Line(**json.loads(line.removeprefix(MARK))) for line in told.splitlines() if line.startswith(MARK)]
    if name == "workers":
        lines = [worker_line(told, process.returncode)]
    elif process.returncode not in {0, 1, 3} or not lines:
        said = complaints.strip().splitlines()[-1:] or ["nothing"]
        lines.append(Line("-", FAILED, name, f"ended with {process.returncode} and said: {said[0]}"))
    for line in lines:
        print(line, flush=True)
    print(f"         {name}: {time.monotonic() - started:.0f} s", flush=True)
    return lines


def command_of(name: str) -> list[str]:
    if name != "workers":
        return [sys.executable, "-m", f"tests.faults.{name}", "--lines"]
    # Those of the suite: they begin servers of their own, and need to be told only that there may be some.
    files = ["tests/faults/test_killed_workers.py", "tests/faults/test_killed_briefings.py"]
    environment = ["DATABASE_URL=postgres://nobody@127.0.0.1:1/none", "REDIS_URL="]
    return ["env", *environment, sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *files]


def worker_line(told: str, code: int) -> Line:
    last = told.strip().splitlines()[-1:] or ["nothing was said"]
    state = {0: SKIPPED if "passed" not in last[0] else PASSED}.get(code, FAILED)
    return Line("O01-O08", state, "workers killed -9, servers stopped (pytest tests/faults)", last[0].strip("= "))


def print_table(lines: list[Line]) -> None:
    print(f"\n{'':8} {'id':8} what was done: what was seen")
    for line in sorted(lines, key=lambda line: line.ids):
        print(line)
    counts = [f"{sum(line.state == state for line in lines)} {state}" for state in (PASSED, FAILED, SKIPPED)]
    print(f"\n{', '.join(counts)}")


if __name__ == "__main__":
    sys.exit(main())
