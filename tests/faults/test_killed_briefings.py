"""Workers that really die while the briefing goes out: nobody has it twice, nobody waits longer than a round."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from allauth.account.models import EmailAddress
from django.utils import timezone

from accounts.models import User
from articles.models import Article, Delivery, LetterChoice, Source
from articles.newsletter.when import current_slot
from tests.faults.newsroom import ALIAS, Newsroom, missing, wait_until
from tests.mail_server import MailServer

READERS = 30

pytestmark = [
    pytest.mark.service,
    pytest.mark.skipif(bool(missing()), reason=missing() or "-"),
]


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    server = MailServer()
    yield server
    server.close()


@pytest.fixture
def newsroom(opened, mail_server, monkeypatch) -> Iterator[Newsroom]:
    """With a mail server, twelve articles, and readers whose edition has just become due."""
    monkeypatch.setitem(opened.environment, "EMAIL_URL", f"smtp://127.0.0.1:{mail_server.port}")
    now = timezone.now()
    make_news(now)
    make_readers(zone_just_due(now), now)
    yield opened
    opened.end_workers()
    User.objects.using(ALIAS).all().delete()
    Source.objects.using(ALIAS).all().delete()


def zone_just_due(now: datetime) -> str:
    """One in which it has struck seven, or six in the evening, within the hour."""
    names = [f"Etc/GMT{hours:+d}" for hours in range(-14, 13)]
    return min(names, key=lambda name: now - current_slot(now, User(time_zone=name).zone).due_at)


def make_news(now: datetime) -> None:
    for number in range(12):
        source = Source.objects.using(ALIAS).create(
            name=f"Title {number}", slug=f"title-{number}", homepage="https://title.example/", permission="teaser"
        )
        Article.objects.using(ALIAS).create(
            source=source,
            section="world",
            headline=f"Headline {number}",
            canonical_url=f"https://title.example/{number}",
            published_at=now - timedelta(minutes=number),
            first_seen_at=now,
        )


def make_readers(zone: str, now: datetime) -> None:
    emails = [f"reader-{number}@mail.example" for number in range(READERS)]
    users = User.objects.using(ALIAS).bulk_create([User(email=email, time_zone=zone) for email in emails])
    EmailAddress.objects.using(ALIAS).bulk_create(
        [EmailAddress(user=user, email=user.email, verified=True, primary=True) for user in users]
    )
    LetterChoice.objects.using(ALIAS).bulk_create(
        [LetterChoice(user=user, morning=True, evening=True, asked_at=now - timedelta(days=2)) for user in users]
    )


def ask(newsroom: Newsroom, times: int = 1) -> None:
    """As beat does it, and as two beats would."""
    for _ in range(times):
        newsroom.celery.send_task("articles.tasks.send_briefings")


def test_a_worker_killed_half_way_sends_nobody_two_and_forgets_nobody(newsroom, mail_server):
    workers = [newsroom.start_worker()]
    letters: list[str] = []
    lost: list[str] = []

    def die_with_some(verb: str, rest: str) -> str | None:
        """When the sixth letter has been taken, before the worker hears of it; and once more at the head of another."""
        if verb == "DOT":
            letters.append(rest)
            if len(letters) == 6:
                newsroom.kill(workers[-1])
        if verb == "RCPT" and len(letters) == 14 and not lost:
            lost.append(rest)
            newsroom.kill(workers[-1])
        return None

    mail_server.answers = die_with_some
    for _ in range(2):
        ask(newsroom)
        dying = workers[-1]
        wait_until(lambda dying=dying: dying.poll() is not None)
        workers.append(newsroom.start_worker())
    # Two workers, asked more often than they need to be.
    newsroom.start_worker(2)
    ask(newsroom, 4)
    wait_until(lambda: len(letters) == READERS - 1)
    wait_until(lambda: unsent() == 0)
    ask(newsroom, 2)
    times = Counter(taken.to for taken in mail_server.taken)
    assert set(times.values()) == {1}
    assert len(times) == READERS - 1
    # The one whose letter was on its way when the worker died: known, and never sent twice.
    rows = Delivery.objects.using(ALIAS).filter(handed_at__isnull=False, sent_at=None)
    [reader] = rows.exclude(user__email__in=times).values_list("user__email", flat=True)
    assert reader in lost[0]


def unsent() -> int:
    """Nobody has been forgotten: there is a row for each, and each has been handed over."""
    rows = Delivery.objects.using(ALIAS)
    return READERS - rows.filter(handed_at__isnull=False).count()
