from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from articles.models import Article, LetterChoice
from articles.newsletter.when import next_slot
from tests.mail_server import MailServer
from tests.make import make_article, make_story


def make_news(count: int = 14, **fields) -> list[Article]:
    """Stories of titles of their own, the first the strongest."""
    first_seen_at = timezone.now() - timedelta(hours=2)
    articles = [make_article(**{"first_seen_at": first_seen_at, **fields}) for _ in range(count)]
    for place, article in enumerate(articles):
        make_story([article], score=float(count - place))
    return articles


def ask_for_letters(user: User, *, morning: bool = True, evening: bool = True, **fields) -> LetterChoice:
    asked_at = timezone.now() - timedelta(days=2)
    return LetterChoice.objects.create(user=user, morning=morning, evening=evening, asked_at=asked_at, **fields)


@pytest.fixture
def now() -> datetime:
    """Five minutes after the next edition of a reader in UTC is due."""
    return next_slot(timezone.now(), timezone.get_fixed_timezone(0)).due_at + timedelta(minutes=5)


@pytest.fixture
def news(db) -> list[Article]:
    return make_news()


@pytest.fixture
def mail_server(settings) -> Iterator[MailServer]:
    server = MailServer()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    yield server
    server.close()
