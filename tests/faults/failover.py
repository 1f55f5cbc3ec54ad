"""PostgreSQL's machine gone for good, and a standby takes over: `python -m tests.faults.failover [--seconds 5]`."""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from pathlib import Path

from tests.faults.broker import all_fetched, is_stored, send_event
from tests.faults.database import HEALED_SECONDS, counts, is_complete, is_whole
from tests.faults.newsroom import Newsroom, wait_until
from tests.faults.readers import Readers
from tests.faults.scene import TAIL, Scene, furnish, make_feeds, scene
from tests.faults.verdict import Verdict, option, play

FIRST, SECOND = "127.0.0.1", "127.0.0.2"


class Pair(Newsroom):
    """Two PostgreSQLs: what the first commits, the second has; the site knows both, as docs/operations.md writes it."""

    def __init__(self, folder: Path, allowed: str, disk: Path | None = None) -> None:
        super().__init__(folder, allowed, disk)
        hosts = f"{FIRST},{SECOND}:{self.postgres_port}"
        self.database_url = f"postgres://postgres@{hosts}/postgres?target_session_attrs=read-write"
        self.environment["DATABASE_URL"] = self.database_url

    def start_standby(self) -> None:
        self.standby_cluster = Path(tempfile.mkdtemp(prefix="standby-", dir=self.disk))
        shutil.chown(self.standby_cluster, self.cluster.owner())
        where = ["--host", FIRST, "--port", str(self.postgres_port), "--username", "postgres"]
        copy = ["--pgdata", str(self.standby_cluster), "--write-recovery-conf", "--checkpoint", "fast", "--no-sync"]
        self.as_postgres("pg_basebackup", *where, *copy)
        self.standby = self.serve_cluster(self.standby_cluster, SECOND)

    def promote(self) -> None:
        self.as_postgres("pg_ctl", "promote", "--pgdata", str(self.standby_cluster))

    def close(self) -> None:
        super().close()
        if standby := self.__dict__.get("standby"):
            standby.kill()
            standby.wait(10)
            shutil.rmtree(self.standby_cluster, ignore_errors=True)


def run(verdict: Verdict) -> None:
    seconds = option("seconds", 5)
    done = f"PostgreSQL gone for good, its standby promoted after {seconds:.0f} s"
    with scene(Pair) as stage, verdict.part("O06", done):
        room = stage.room
        room.start_standby()
        commit_on_both()
        furnish(stage, 20)
        web, worker = room.start_web(), room.start_worker()
        room.start_beat()
        wait_until(all_fetched)
        kept = send_event(room.web_port, "evt_before")
        make_feeds(stage.publisher, 20, 2000)
        with Readers(room.web_port, stage.looks, [TAIL], allowed=(200, 304, 503)) as readers:
            room.stop_postgres()
            refused = send_event(room.web_port, "evt_between")
            time.sleep(seconds)
            room.promote()
            healed = seconds_until_whole(stage)
        verdict.see("O06", done, f"readers meanwhile: {readers.told()}", not readers.faults)
        verdict.see("O06", done, f"every page is whole {healed:.1f} s after the promotion", healed < HEALED_SECONDS)
        seen = f"an event answered {kept.status} before is still stored: {is_stored('evt_before')}"
        verdict.see("O06", done, seen, kept.status == 200 and is_stored("evt_before"))
        again = send_event(room.web_port, "evt_between")
        is_once = refused.status >= 500 and again.status == 200 and is_stored("evt_between")
        seen = f"a webhook was answered {refused.status} and, sent again, {again.status}, stored once: {is_once}"
        verdict.see("O06", done, seen, is_once)
        wait_until(all_fetched)
        verdict.see("O06", done, f"articles: {counts()}", is_complete())
        is_same = web.poll() is None and worker.poll() is None
        verdict.see("O06", done, f"web and worker are the same processes: {is_same}", is_same)


def commit_on_both() -> None:
    """From now on nothing counts as committed before the standby has it."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
        cursor.execute("SELECT pg_reload_conf()")
    wait_until(is_followed)


def is_followed() -> bool:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'")
        return cursor.fetchone()[0] == 1


def seconds_until_whole(stage: Scene) -> float:
    """From now until every page is as it should be, and this process has the second server too."""
    from django.db import connection

    started = time.monotonic()
    connection.close()
    connection.close_pool()
    wait_until(lambda: all(is_whole(stage.room.web_port, look) for look in stage.looks), HEALED_SECONDS)
    return time.monotonic() - started


if __name__ == "__main__":
    sys.exit(play(run))
