"""A backup while everything writes, restored elsewhere: `python -m tests.faults.backup [postgres|sqlite]`."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
from psycopg import sql

from tests.faults.broker import all_fetched
from tests.faults.newsroom import free_port, wait_until
from tests.faults.readers import Readers
from tests.faults.scene import TAIL, WEBHOOK_SECRET, Scene, furnish, scene
from tests.faults.small import SmallNewsroom
from tests.faults.sqlite import busy, publish
from tests.faults.verdict import Verdict, play_each
from tests.mail_server import MailServer
from tests.stripe_api import StandIn

RESTORED = "restored"


def run(verdict: Verdict, kind: str) -> None:
    under_postgres(verdict) if kind == "postgres" else under_sqlite(verdict)


# PostgreSQL


def under_postgres(verdict: Verdict) -> None:
    server, stand_in = MailServer(free_port()), StandIn(datetime.now(UTC), WEBHOOK_SECRET, is_clock_real=True)
    stand_in.start(port=0)
    settings = {"EMAIL_URL": f"smtp://127.0.0.1:{server.port}", "STRIPE_API_BASE": stand_in.url}
    with scene(**settings) as stage, verdict.part("O13", "backup under load"):
        from django.utils import timezone

        from tests.make import make_reader

        furnish(stage)
        members = [subscribe(stand_in) for _ in range(3)]
        waiting = make_reader(timezone.now() - timedelta(days=13, hours=12))  # to whom a letter is due
        room = stage.room
        room.start_web()
        room.start_worker()
        room.start_beat()
        wait_until(all_fetched)
        dump, wanted = room.folder / "dump", {}
        with Readers(room.web_port, stage.looks, [TAIL]) as readers, busy([publish(stage)], Counter()):
            time.sleep(2)
            wanted = back_up(stage, dump)
        verdict.see("O13", "backup while feeds come in", f"readers: {readers.told()}", not readers.faults)
        write_letters(stage)
        wait_until(lambda: waiting.email in {taken.to for taken in server.taken})
        since(stage, stand_in, members)
        restore(stage, dump)
        found = figures(url_of(stage, RESTORED))
        differing = sorted(name for name in wanted | found if wanted.get(name) != found.get(name))
        rows = sum(count for count, _ in found.values())
        seen = f"{len(found)} tables, {rows} rows, counts and checksums differ in: {differing or 'none'}"
        verdict.see("O13", "restored elsewhere", seen, not differing and rows > 300)
        begin_again(verdict, stage, server)
    stand_in.stop()
    server.close()


def subscribe(stand_in: StandIn):
    """A reader who pays at the stand-in, as the site knows it."""
    from django.utils import timezone

    from billing.gateway.sync import sync_customer
    from billing.models import Customer
    from tests.make import make_reader

    user = make_reader(timezone.now() - timedelta(days=40))
    customer = Customer.objects.create(user=user, stripe_id=stand_in.make_customer({"reader": str(user.pk)})["id"])
    stand_in.subscribe_beside(customer.stripe_id, "monthly")
    sync_customer(customer.pk, timezone.now())
    return user


def url_of(stage: Scene, name: str) -> str:
    return f"{stage.room.database_url.rpartition('/')[0]}/{name}"


def back_up(stage: Scene, dump: Path) -> dict[str, tuple[int, str]]:
    """pg_dump beside everything that writes; table -> (rows, checksum) of the very moment that it saw."""
    with psycopg.connect(stage.room.database_url) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        snapshot = connection.execute("SELECT pg_export_snapshot()").fetchone()[0]
        options = ["--format", "custom", "--snapshot", snapshot, "--file", str(dump)]
        command = stage.room.postgres_command("pg_dump", "--dbname", stage.room.database_url, *options)
        subprocess.run(command, check=True)
        return table_figures(connection)


def restore(stage: Scene, dump: Path) -> None:
    with psycopg.connect(stage.room.database_url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(RESTORED)))
    options = ["--exit-on-error", "--no-owner", "--jobs", "2", str(dump)]
    subprocess.run(stage.room.postgres_command("pg_restore", "--dbname", url_of(stage, RESTORED), *options), check=True)


def figures(url: str) -> dict[str, tuple[int, str]]:
    with psycopg.connect(url) as connection:
        return table_figures(connection)


def table_figures(connection: psycopg.Connection) -> dict[str, tuple[int, str]]:
    names = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    query = "SELECT count(*), coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '') FROM {} t"
    return {name: connection.execute(sql.SQL(query).format(sql.Identifier(name))).fetchone() for (name,) in names}


def write_letters(stage: Scene) -> None:
    """As beat does it each hour and each minute, twice."""
    for task in ("write_time_letters", "send_due_letters") * 2:
        stage.room.celery.send_task(f"billing.tasks.{task}")
        time.sleep(2)


def since(stage: Scene, stand_in: StandIn, members: list) -> None:
    """After the backup one member cancels at Stripe. Then everything is lost."""
    from billing.models import Customer

    first = Customer.objects.get(user=members[0]).stripe_id
    stand_in.portal_cancel(stand_in.subscriptions(first)[0]["id"])
    stage.room.end_workers()


def begin_again(verdict: Verdict, stage: Scene, server: MailServer) -> None:
    """The command, then the site on the restored database."""
    room = stage.room
    room.environment["DATABASE_URL"] = url_of(stage, RESTORED)
    before = Counter(key_of(taken) for taken in server.taken)
    told = room.manage("restored").splitlines()
    verdict.see("O13", "manage.py restored", " ".join(told), "1 differed and were repaired" in told[0])
    room.start_web()
    room.start_worker()
    write_letters(stage)
    after = Counter(key_of(taken) for taken in server.taken)
    seen = (
        f"{sum(before.values())} letters before, {sum(after.values())} in all, the most of one: {max(after.values())}"
    )
    verdict.see("O13", "letters after it", seen, max(after.values()) == 1 and before)
    with Readers(room.web_port, stage.looks, [TAIL]) as readers:
        time.sleep(3)
    verdict.see("O13", "the site on it", f"readers, their sessions kept: {readers.told()}", not readers.faults)
    claims(verdict, stage)


def key_of(taken) -> tuple[str, str]:
    return taken.to, taken.message["Subject"]


def claims(verdict: Verdict, stage: Scene) -> None:
    """Who had free days before the backup gets none after it; who is who at Stripe is known."""
    lines = "from billing.models import TrialClaim, Customer; "
    lines += "print(TrialClaim.objects.count(), Customer.objects.exclude(stripe_id=None).count())"
    counts = stage.room.manage("shell", "--no-imports", "-c", lines).split()
    from billing.models import Customer, TrialClaim

    wanted = [str(TrialClaim.objects.count()), str(Customer.objects.exclude(stripe_id=None).count())]
    verdict.see("O13", "trial ledger and Stripe ids", f"{counts} of {wanted}", counts == wanted)


# SQLite


def under_sqlite(verdict: Verdict) -> None:
    with scene(SmallNewsroom) as stage, verdict.part("O13", "backup of SQLite under load"):
        furnish(stage)
        room = stage.room
        room.start_worker()
        room.start_beat()
        wait_until(all_fetched, 60)
        copies = {name: room.folder / f"{name}.sqlite3" for name in ("VACUUM INTO", "backup API")}
        with busy([publish(stage)], Counter()):
            time.sleep(3)
            with database(room.database) as live:
                live.execute("VACUUM INTO ?", [str(copies["VACUUM INTO"])])
                with database(copies["backup API"]) as copy:
                    live.backup(copy)
            time.sleep(2)
        for name, path in copies.items():
            seen, is_right = look_into(path)
            verdict.see("O13", f"SQLite copied by {name} under load", seen, is_right)
        room.end_workers()
        os.replace(copies["VACUUM INTO"], room.database)
        for left_over in ("-wal", "-shm"):
            Path(f"{room.database}{left_over}").unlink(missing_ok=True)
        room.start_web()
        with Readers(room.web_port, stage.looks, [TAIL]) as readers:
            time.sleep(3)
        verdict.see("O13", "the site on it", f"readers, their sessions kept: {readers.told()}", not readers.faults)


@contextmanager
def database(path: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(path, timeout=20)
    try:
        yield connection
    finally:
        connection.close()


def look_into(path: Path) -> tuple[str, bool]:
    """No page is damaged, no row points nowhere, no article is half."""
    with database(path) as copy:
        integrity = copy.execute("PRAGMA integrity_check").fetchone()[0]
        astray = len(copy.execute("PRAGMA foreign_key_check").fetchall())
        half = "SELECT count(*) FROM articles_article a WHERE has_body AND NOT EXISTS "
        half += "(SELECT 1 FROM articles_articlebody b WHERE b.article_id = a.id)"
        [halves], [rows] = (copy.execute(query).fetchone() for query in (half, "SELECT count(*) FROM articles_entry"))
    seen = f"integrity {integrity}, {astray} rows point nowhere, {halves} articles without their text, {rows} entries"
    return seen, (integrity, astray, halves) == ("ok", 0, 0) and rows > 0


if __name__ == "__main__":
    sys.exit(play_each(run, ("postgres", "sqlite")))
