"""The disk full, under PostgreSQL and under SQLite: `python -m tests.faults.disk [postgres|sqlite]`."""

from __future__ import annotations

import sqlite3
import sys
import time
from contextlib import suppress
from pathlib import Path
from secrets import token_hex

from tests.faults.broker import all_fetched
from tests.faults.newsroom import Newsroom, free_port, wait_until
from tests.faults.readers import Readers, Visit, ask
from tests.faults.scene import TAIL, Scene, feed_of, furnish, scene
from tests.faults.small import SmallNewsroom
from tests.faults.small_disk import fill, free_bytes, small_disk
from tests.faults.verdict import Verdict, play_each
from tests.mail_server import MailServer
from tests.publishers import item

FEEDS = 8
LONG_WORDS = 4000
FULL_SECONDS = 15
STALE_SECONDS = 62  # FRESHNESS_ALERT_MINUTES is at least one


def run(verdict: Verdict, kind: str) -> None:
    with small_disk(220 if kind == "postgres" else 60) as disk:
        full(verdict, kind, disk)


def full(verdict: Verdict, kind: str, disk: Path) -> None:
    server, room_of = MailServer(free_port()), Newsroom if kind == "postgres" else SmallNewsroom
    mail = {"EMAIL_URL": f"smtp://127.0.0.1:{server.port}", "FRESHNESS_ALERT_MINUTES": "1"}
    done = f"the disk of {'PostgreSQL' if kind == 'postgres' else 'SQLite, cache, broker and log'} full"
    with scene(room_of, disk, **mail) as stage:
        furnish(stage, FEEDS)
        room = stage.room
        room.start_web()
        room.start_worker()
        room.start_beat()
        wait_until(all_fetched)
        newest = time.monotonic()
        filler = fill(disk)
        with verdict.part("O09", done):
            new_edition(stage)
            with Readers(room.web_port, stage.looks, [TAIL]) as readers:
                answers = [sign_up(room.web_port, number) for number in range(3)]
                while time.monotonic() < newest + FULL_SECONDS:
                    time.sleep(0.5)
            verdict.see("O09", done, f"{free_bytes(disk)} bytes free; readers: {readers.told()}", not readers.faults)
            statuses = [answer.status for answer in answers]
            verdict.see("O09", done, f"sign-ups: {statuses}", set(statuses) <= {302, 503, 429})
            alarm(verdict, stage, done, newest, server)
        with verdict.part("O09", f"{done}, freed"):
            filler.unlink()
            again(verdict, stage, f"{done}, freed")
    server.close()


def new_edition(stage: Scene) -> None:
    """Every feed has something new and is due, as far as that can be written down.

    Of words that no page of the database has room for: a few short ones fit beside what is there.
    """
    from articles.models import Feed

    for number in range(FEEDS):
        words = " ".join(token_hex(4) for _ in range(LONG_WORDS))
        newest = item(number * 1000 + 501, text=words)
        stage.publisher.serve(f"/feed-{number}", feed_of(number).replace("<item>", f"{newest}<item>", 1))
    with suppress(Exception):
        Feed.objects.update(next_fetch_at=None)


def sign_up(port: int, number: int):
    form = {"email": f"full-{number}@mail.example", "password1": "a long password"}
    return Visit(port).post("/account/signup/", form)


def alarm(verdict: Verdict, stage: Scene, done: str, newest: float, server: MailServer) -> None:
    """From freshness, whatever the reason is; beat looks every five minutes."""
    while time.monotonic() < newest + STALE_SECONDS:
        time.sleep(0.5)
    health = ask(stage.room.web_port, "/healthz")
    for _ in range(3):
        with suppress(Exception):  # the broker's files are on the same disk
            stage.room.celery.send_task("articles.tasks.watch_freshness")
        time.sleep(4)
    told = [taken.message["Subject"] for taken in server.taken if "no new article" in taken.message["Subject"]]
    seen = f"/healthz says {health.status} {health.text[:40]!r}, the operator was told {len(told)} times"
    verdict.see("O09", done, seen, '"ok"' not in health.text[:20] or len(told) == 1)


def again(verdict: Verdict, stage: Scene, done: str) -> None:
    """As systemd does it: what has ended is begun again. Nobody repairs anything."""
    from django.db import connection

    from articles.models import Article, Entry, Feed

    room = stage.room
    if isinstance(room, SmallNewsroom):
        found = sqlite3.connect(room.database).execute("PRAGMA integrity_check").fetchone()[0]
        verdict.see("O09", done, f"integrity of the database: {found}", found == "ok")
    elif room.postgres.poll() is not None:
        room.start_postgres()
    connection.close()
    started, wanted = time.monotonic(), FEEDS * 6
    Feed.objects.filter(lease="").update(next_fetch_at=None)
    ended = []

    def is_in() -> bool:
        ended.extend(room.begin_ended_again())
        return Entry.objects.count() == wanted

    try:
        wait_until(is_in, 90)
    except AssertionError:
        print(room.logged()[-3000:], file=sys.stderr)
        raise
    counts = (Entry.objects.count(), Article.objects.exclude(entries=None).distinct().count())
    seen = f"{counts} entries and articles of {wanted} after {time.monotonic() - started:.0f} s; had ended: {ended}"
    verdict.see("O09", done, seen, counts == (wanted, wanted))
    answer = sign_up(room.web_port, 9)
    with Readers(room.web_port, stage.looks, [TAIL]) as readers:
        time.sleep(3)
    verdict.see(
        "O09",
        done,
        f"a sign-up: {answer.status}; readers: {readers.told()}",
        answer.status == 302 and not readers.faults,
    )


if __name__ == "__main__":
    sys.exit(play_each(run, ("postgres", "sqlite")))
