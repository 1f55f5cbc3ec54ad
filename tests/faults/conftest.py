"""One newsroom for all tests that break one: to open it takes longer than most of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from articles.models import Host, Source
from tests.faults.newsroom import ALIAS, Newsroom
from tests.publishers import Publisher


@pytest.fixture(scope="session")
def publisher() -> Iterator[Publisher]:
    server = Publisher()
    yield server
    server.close()


@pytest.fixture(scope="session")
def opened(tmp_path_factory, publisher, django_db_blocker) -> Iterator[Newsroom]:
    room = Newsroom(tmp_path_factory.mktemp("newsroom"), publisher.address)
    with django_db_blocker.unblock():
        room.open()
        yield room
        room.close()


@pytest.fixture
def newsroom(opened, publisher) -> Iterator[Newsroom]:
    """Empty; a test of other work (briefings) has one of its own."""
    publisher.scripts.clear()
    publisher.requests.clear()
    Source.objects.using(ALIAS).all().delete()
    Host.objects.using(ALIAS).all().delete()
    yield opened
    opened.end_workers()
