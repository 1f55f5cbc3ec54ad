"""A newsroom of real processes that a test may break: PostgreSQL, Redis, workers and beats of its own."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from pathlib import Path

import dj_database_url
from celery import Celery
from django.db import connections

ROOT = Path(__file__).resolve().parents[2]
ALIAS = "newsroom"
LEASE_SECONDS = 3
PREFIX = "newssite:"
# A folder with an empty, migrated `cluster` and the collected `static` files: to copy them takes a tenth of the time.
TEMPLATE = "NEWSROOM_TEMPLATE"


def missing() -> str:
    """What this machine lacks for it, in one sentence; "" where nothing does."""
    if not os.environ.get("DATABASE_URL", "").startswith("postgres"):
        return "runs where PostgreSQL and Redis do: set DATABASE_URL and REDIS_URL"
    if postgres_folder() is None:
        return "PostgreSQL's own programs (initdb, postgres) are not at hand"
    if shutil.which("redis-server") is None:
        return "redis-server is not at hand"
    return ""


def postgres_folder() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if found:
        return found[-1].parent
    initdb = shutil.which("initdb")
    return Path(initdb).parent if initdb else None


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(holds: Callable[[], object], seconds: float = 90) -> None:
    """Raises AssertionError where it does not come to hold in time."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with suppress(Exception):
            if holds():
                return
        time.sleep(0.1)
    assert holds(), "it did not come to hold in time"


def is_open(port: int) -> bool:
    with closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def template() -> Path | None:
    return Path(os.environ[TEMPLATE]) if os.environ.get(TEMPLATE) else None


class Newsroom:
    """`disk` is the folder in which PostgreSQL keeps its data; a temporary one where none is given."""

    needs_servers = True
    libraries: tuple[str, ...] = ()  # of PostgreSQL's own, loaded when it starts

    def __init__(self, folder: Path, allowed: str, disk: Path | None = None) -> None:
        self.folder, self.disk = folder, disk
        self.processes: list[subprocess.Popen] = []
        self.postgres_port, self.redis_port, self.web_port = free_port(), free_port(), free_port()
        self.database_url = f"postgres://postgres@127.0.0.1:{self.postgres_port}/postgres"
        self.redis_url = f"redis://127.0.0.1:{self.redis_port}/0"
        self.environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "newssite.settings",
            "DEBUG": "false",
            "HTTPS_ONLY": "false",
            "SECRET_KEY": "a key for a newsroom that lives for a minute and long enough for every check",
            "SITE_URL": f"http://127.0.0.1:{self.web_port}",
            "VAR_DIR": str(folder / "var"),
            "DATABASE_URL": self.database_url,
            "REDIS_URL": self.redis_url,
            "EMAIL_URL": "memory:",
            "STAFF_SECOND_FACTOR": "false",
            "FEED_ALLOWED_PRIVATE_HOSTS": allowed,
            "FEED_LEASE_SECONDS": str(LEASE_SECONDS),
            "FEED_ROUND_SECONDS": "1",
            "FEED_TIMEOUT_SECONDS": "5",
            "PYTHONWARNINGS": "ignore",
        }

    # Servers

    def open(self) -> None:
        self.make_cluster()
        self.start_postgres()
        self.start_redis()
        if template() is None:
            self.manage("migrate", "--verbosity", "0")
        connections.databases[ALIAS] = {
            **connections.databases["default"],
            **dj_database_url.parse(self.database_url),
            "OPTIONS": {"connect_timeout": 5},
            "CONN_MAX_AGE": 0,
        }
        self.celery = Celery(broker=self.redis_url)
        self.celery.conf.broker_transport_options = {"global_keyprefix": PREFIX}

    def close(self) -> None:
        """Also one that was opened half way."""
        self.end_workers()
        with suppress(Exception):
            connections[ALIAS].close()
        connections.databases.pop(ALIAS, None)
        for name in ("redis", "postgres"):
            if process := self.__dict__.get(name):
                process.kill()
                process.wait(10)
        with suppress(AttributeError):
            self.celery.close()
        with suppress(AttributeError):
            shutil.rmtree(self.cluster, ignore_errors=True)

    def make_cluster(self) -> None:
        # PostgreSQL refuses to run as root, and pytest's folders are closed to everybody else.
        self.cluster = Path(tempfile.mkdtemp(prefix="newsroom-", dir=self.disk))
        if os.getuid() == 0:
            shutil.chown(self.cluster, "postgres")
        if made := template():
            subprocess.run(["cp", "-a", f"{made / 'cluster'}/.", str(self.cluster)], check=True)
            return
        self.as_postgres("initdb", "--auth=trust", "--username=postgres", "--no-sync", "--pgdata", str(self.cluster))

    def as_postgres(self, program: str, *arguments: str) -> None:
        subprocess.run(self.postgres_command(program, *arguments), check=True, stdout=subprocess.DEVNULL, **self.user())

    def postgres_command(self, program: str, *arguments: str) -> list[str]:
        folder = postgres_folder()
        assert folder is not None
        return [str(folder / program), *arguments]

    def user(self) -> dict:
        return {"user": "postgres", "cwd": "/"} if os.getuid() == 0 else {}

    def start_postgres(self) -> None:
        self.postgres = self.serve_cluster(self.cluster, "127.0.0.1")

    def serve_cluster(self, cluster: Path, address: str) -> subprocess.Popen:
        """A PostgreSQL that answers, on the newsroom's port of this address."""
        options = ["-c", "fsync=off", "-c", "unix_socket_directories=", "-c", f"listen_addresses={address}"]
        options += [option for name in self.libraries for option in ("-c", f"shared_preload_libraries={name}")]
        command = self.postgres_command("postgres", "-D", str(cluster), "-p", str(self.postgres_port), *options)
        postgres = subprocess.Popen(command, stderr=subprocess.DEVNULL, **self.user())
        wait_until(lambda: self.answers_sql(address))
        return postgres

    def answers_sql(self, address: str) -> bool:
        ready = self.postgres_command("pg_isready", "-q", "-h", address, "-p", str(self.postgres_port))
        return subprocess.run(ready, check=False).returncode == 0

    def end_postgres(self) -> None:
        """In order, so that its files can be copied."""
        self.postgres.send_signal(signal.SIGINT)
        self.postgres.wait(30)

    def stop_postgres(self) -> None:
        """At once, as if its machine had gone."""
        self.postgres.send_signal(signal.SIGQUIT)
        self.postgres.wait(20)

    def start_redis(self) -> None:
        command = ["redis-server", "--port", str(self.redis_port), "--bind", "127.0.0.1", "--save", "", "--appendonly"]
        self.redis = subprocess.Popen([*command, "no"], cwd=self.folder, stdout=subprocess.DEVNULL)
        wait_until(lambda: is_open(self.redis_port))

    def stop_redis(self) -> None:
        self.redis.kill()
        self.redis.wait(10)

    # Workers

    def manage(self, *arguments: str) -> str:
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(command, cwd=ROOT, env=self.environment, check=True, capture_output=True, text=True)
        return done.stdout

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen:
        """A process of Celery's."""
        return self.begin([sys.executable, "-m", "celery", "-A", "newssite", *arguments], environment)

    def begin(self, command: list[str], environment: Mapping[str, str] | None = None) -> subprocess.Popen:
        """In a group of its own, so that all of it can be killed."""
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env={**self.environment, **(environment or {})},
                start_new_session=True,
                stdout=log,
                stderr=log,
            )
        self.processes.append(process)
        return process

    def start_web(self, workers: int = 2, threads: int = 4, **environment: str) -> subprocess.Popen:
        """The site itself, ready to answer, on `web_port`."""
        self.collect_static()
        options = ["--interface", "wsgi", "--http", "1", "--host", "127.0.0.1", "--port", str(self.web_port), "--no-ws"]
        options += ["--backpressure", "64", "--backlog", "1024"]
        options += ["--workers", str(workers), "--blocking-threads", str(threads), "--log-level", "warning"]
        web = self.begin([sys.executable, "-m", "granian", *options, "newssite.wsgi:application"], environment)
        wait_until(lambda: is_open(self.web_port))
        return web

    def collect_static(self) -> None:
        files = Path(self.environment["VAR_DIR"]) / "static"
        if (files / "staticfiles.json").exists():
            return
        if made := template():
            shutil.copytree(made / "static", files, dirs_exist_ok=True)
        else:
            self.manage("collectstatic", "--noinput", "--verbosity", "0")

    def start_worker(self, number: int = 1, **environment: str) -> subprocess.Popen:
        options = ["--concurrency", "2", "--without-mingle", "--without-gossip", "--loglevel", "WARNING"]
        return self.start("worker", "--hostname", f"w{number}-{time.monotonic_ns()}@%h", *options, **environment)

    def start_beat(self, number: int = 1, **environment: str) -> subprocess.Popen:
        schedule = ["--schedule", str(self.folder / f"beat{number}")]
        return self.start("beat", *schedule, "--loglevel", "WARNING", **environment)

    def keep_alive(self, process: subprocess.Popen) -> subprocess.Popen:
        """As systemd does it, and `make run`: a worker that has ended is begun again."""
        return process if process.poll() is None else self.start_worker()

    def begin_ended_again(self) -> list[str]:
        """The same for all of them; what these are called."""
        ended = [process for process in self.processes if process.poll() is not None]
        for process in ended:
            self.processes.remove(process)
            self.begin(process.args)
        return [str(process.args[5]) for process in ended]

    def end(self, process: subprocess.Popen, seconds: float = 30) -> int:
        """As a deployment does it, by SIGTERM to the parent; its exit code. Raises where it does not end in time."""
        process.terminate()
        return process.wait(seconds)

    def kill(self, process: subprocess.Popen) -> None:
        """-9, its children too: as the system does it when memory is short, or a machine when it loses power."""
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)

    def children_of(self, process: subprocess.Popen) -> list[int]:
        found = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True, check=False)
        return [int(pid) for pid in found.stdout.split()]

    def end_workers(self) -> None:
        for process in self.processes:
            self.kill(process)
        self.processes.clear()

    def refresh(self) -> None:
        """As beat does it."""
        self.celery.send_task("articles.tasks.refresh_feeds")

    def logged(self) -> str:
        log = self.folder / "log"
        return log.read_text(errors="replace") if log.exists() else ""
