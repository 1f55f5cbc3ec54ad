"""A newsroom for a script: this process speaks to its database, and a few people and titles are in it."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import django

from tests.faults.newsroom import Newsroom, postgres_folder
from tests.faults.verdict import CannotRun
from tests.load.judging import Look
from tests.publishers import Connection, Publisher, item, rss

TAIL = "The last paragraph names the quartermaster and the tide table."
WEBHOOK_SECRET = "whsec_of_a_newsroom"


@dataclass
class Scene:
    room: Newsroom
    publisher: Publisher
    looks: list[Look] = field(default_factory=list)


@contextmanager
def scene(room_of: type[Newsroom] = Newsroom, disk: Path | None = None, **settings: str) -> Iterator[Scene]:
    """Everything of a site but its processes; what they are given as settings stands in `settings`."""
    require_programs(room_of)
    folder = Path(tempfile.mkdtemp(prefix="newsroom-scene-"))
    publisher = Publisher()
    room = room_of(folder, publisher.address, disk)
    room.environment |= {
        "STRIPE_SECRET_KEY": "sk_test_newsroom",
        "STRIPE_API_BASE": "http://127.0.0.1:9",
        "STRIPE_WEBHOOK_SECRET": WEBHOOK_SECRET,
        "TRIAL_LEDGER_KEY": "a ledger key for a newsroom that lives for a minute, long enough",
        **settings,
    }
    os.environ.update(room.environment)
    django.setup()
    # Whoever ends a script ends what it has started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        room.open()
        yield Scene(room, publisher)
    except Exception:
        print(room.logged()[-3000:], file=sys.stderr)
        raise
    finally:
        room.close()
        publisher.close()
        shutil.rmtree(folder, ignore_errors=True)


def require_programs(room_of: type[Newsroom]) -> None:
    if not room_of.needs_servers:
        return
    if postgres_folder() is None:
        raise CannotRun("PostgreSQL's own programs (initdb, postgres) are not at hand")
    if shutil.which("redis-server") is None:
        raise CannotRun("redis-server is not at hand")


def furnish(stage: Scene, feed_count: int = 12) -> None:
    """A licensed article with its member, some titles whose feeds answer, and what readers look at."""
    from tests.make import make_article, make_source, make_story

    article = make_article(
        make_source(permission="full"), headline="The bridge that would not open", body=f"<p>At four.</p><p>{TAIL}</p>"
    )
    make_story([article, make_article(make_source(permission="teaser"))])
    make_feeds(stage.publisher, feed_count)
    cookie = session_of(make_member())
    url = article.get_absolute_url()
    stage.looks = [Look("/"), Look(url), Look("/news/world/"), Look("/", cookie), Look(url, cookie, TAIL)]


def make_member():
    from datetime import timedelta

    from django.utils import timezone

    from tests.make import make_reader

    now = timezone.now()
    return make_reader(now - timedelta(days=40), status="active", plan="monthly", paid_until=now + timedelta(days=20))


def make_feeds(publisher: Publisher, count: int, first: int = 0, entries: int = 5) -> None:
    from tests.make import make_feed, make_source

    source = make_source(permission="teaser")
    for number in range(first, first + count):
        make_feed(source, url=publisher.serve(f"/feed-{number}", feed_of(number, entries)))


def feed_of(number: int, entries: int = 5, edition: int = 0) -> str:
    """A feed whose newest entry is of this edition: a second poll brings one article more."""
    newest = [item(number * 1000 + 500 + edition)] if edition else []
    return rss(*newest, *(item(number * 1000 + place) for place in range(entries)))


def answer_slowly(publisher: Publisher, path: str, body: str, seconds: float) -> str:
    def script(connection: Connection) -> None:
        publisher.is_over.wait(seconds)
        with suppress(OSError):
            connection.answer(200, body.encode(), {"Content-Type": "application/rss+xml"})

    return publisher.script(path, script)


def session_of(user) -> str:
    """The value of a Cookie header that is this reader's."""
    from django.conf import settings
    from django.test import Client

    client = Client()
    client.force_login(user)
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"
