"""Readers who go on asking while the whole site begins anew: `python -m tests.newssite.restart_drill`.

Real nginx with the files of deploy/, two real instances of the site behind it, a database of its own. Three times over:
new workers (SIGHUP, as `systemctl reload`), then all of it (as `systemctl restart`), one instance after the other.
Nobody may be turned away. With --kill a worker of each is killed as well, which may cost what it had in hand.
"""

from __future__ import annotations

import argparse
import itertools
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from tests.newssite.deployed import HOST, INSTANCES, ROOT, Deployed, TlsConnection, any_certificate, missing

READERS = 12
PAUSE_SECONDS = 0.1
ADDRESSES = 10  # of each reader in turn: deploy/nginx limits what one address may send
SETTINGS = {
    "DEBUG": "false",
    "SECRET_KEY": "a key for a drill of two minutes, long enough to satisfy every check of Django",
    "SITE_URL": f"https://{HOST}",
    "TRUSTED_PROXY_COUNT": "1",
    "EMAIL_URL": "memory:",
    "DATABASE_URL": "",
    "REDIS_URL": "",
    "DJANGO_SETTINGS_MODULE": "newssite.settings",
}
# What is asked, and what the site says to it: a page from the store, pages that Django makes, a form without its token.
ASKED = (
    ("GET", "/", {}, 200),
    ("GET", "/sources/", {"Cookie": "theme=dark"}, 200),
    ("GET", "/account/login/", {"Cookie": "size=xl"}, 200),
    ("POST", "/account/login/", {"Cookie": "size=xl", "Content-Type": "application/x-www-form-urlencoded"}, 403),
)


class Readers:
    """Each from an address of its own, over a new connection each time; `said` counts (method, answer)."""

    def __init__(self, port: int) -> None:
        self.port, self.is_over, self.lock = port, threading.Event(), threading.Lock()
        self.said: Counter[tuple[str, str]] = Counter()
        self.slowest_seconds = 0.0

    @contextmanager
    def asking(self) -> Iterator[None]:
        threads = [threading.Thread(target=self.read, args=(number,)) for number in range(READERS)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self.is_over.set()
            for thread in threads:
                thread.join()

    def read(self, number: int) -> None:
        method, path, headers, expected = ASKED[number % len(ASKED)]
        for turn in itertools.count():
            if self.is_over.wait(PAUSE_SECONDS):
                return
            started_at = time.monotonic()
            said = self.ask(f"127.0.{10 + number}.{1 + turn % ADDRESSES}", method, path, headers)
            with self.lock:
                self.said[method, "answered" if said == str(expected) else said] += 1
                self.slowest_seconds = max(self.slowest_seconds, time.monotonic() - started_at)

    def ask(self, address: str, method: str, path: str, headers: dict[str, str]) -> str:
        body = b"login=ada&password=x" if method == "POST" else None
        connection = TlsConnection(self.port, HOST, any_certificate())
        connection.source_address = (address, 0)
        try:
            with closing(connection):
                connection.request(method, path, body, {"Host": HOST, **headers})
                response = connection.getresponse()
                response.read()
                return str(response.status)
        except OSError as error:
            return type(error).__name__


def restart(deployed: Deployed, rounds: int) -> None:
    for _ in range(rounds):
        for name in INSTANCES:
            deployed.reload(name)
            time.sleep(5)
        for name in INSTANCES:
            deployed.stop(name)
            deployed.start(name)


def kill(deployed: Deployed) -> None:
    for name in INSTANCES:
        parent = deployed.instances[name].pid
        child = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()[0]
        os.kill(int(child), signal.SIGKILL)
        time.sleep(8)


def while_asking(port: int, what: str, work: Callable[[], None]) -> int:
    """How many requests failed meanwhile; prints what they were answered."""
    readers, started_at = Readers(port), time.monotonic()
    with readers.asking():
        work()
    for (method, said), count in sorted(readers.said.items()):
        print(f"  {method:5} {said:22} {count:6}")
    failed = sum(count for (_, said), count in readers.said.items() if said != "answered")
    seconds = time.monotonic() - started_at
    print(f"{what} in {seconds:.0f} s: {failed} failed, the slowest answer took {readers.slowest_seconds:.2f} s")
    return failed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--kill", action="store_true", help="kill a worker of each instance with -9 at the end")
    options = parser.parse_args()
    if missing():
        parser.error(missing())
    with tempfile.TemporaryDirectory(prefix="restart-drill-") as folder:
        return run(Path(folder), options.rounds, options.kill)


def run(folder: Path, rounds: int, kills: bool) -> int:
    """0 where nobody was turned away."""
    settings = {**SETTINGS, "VAR_DIR": str(folder / "var")}
    for command in (["migrate", "--verbosity", "0"], ["collectstatic", "--noinput", "--verbosity", "0"]):
        subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env={**os.environ, **settings}, check=True)
    deployed = Deployed(folder, "newssite.wsgi:application", settings)
    try:
        for name in INSTANCES:
            (folder / "log").mkdir(exist_ok=True)
            (folder / "run").mkdir(exist_ok=True)
            deployed.start(name)
        deployed.start_nginx()
        failed = while_asking(deployed.port, f"{rounds * 4} restarts", lambda: restart(deployed, rounds))
        if kills:
            while_asking(deployed.port, "Two workers killed", lambda: kill(deployed))
        return 1 if failed else 0
    finally:
        deployed.close()


if __name__ == "__main__":
    sys.exit(main())
