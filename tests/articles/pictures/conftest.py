from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.core.files.storage import InMemoryStorage
from django.utils import timezone

from articles.models import Article, StoredPicture
from articles.pictures.run import fetch_pictures, want_for
from tests.articles.pictures.draw import drawn
from tests.make import make_article
from tests.publishers import Canary, Publisher


@pytest.fixture
def canary() -> Iterator[Canary]:
    """Fails the test when somebody came."""
    listener = Canary()
    yield listener
    listener.close()
    assert listener.visits == 0


@pytest.fixture(autouse=True)
def storage(settings) -> InMemoryStorage:
    """A storage of the test's own."""
    from django.core.files.storage import storages

    settings.STORAGES = {**settings.STORAGES}
    return storages["pictures"]


@dataclass
class Desk:
    """Articles whose pictures a publisher serves, and the worker that fetches them."""

    publisher: Publisher

    def serve(self, name: str = "lead.jpg", width: int = 1200, height: int = 800, **options) -> str:
        return self.publisher.serve(f"/{name}", drawn(width, height), content_type="image/jpeg", **options)

    def write(self, image_url: str = "", **fields) -> Article:
        return make_article(image_url=image_url or self.serve(), **fields)

    def work(self, *articles: Article) -> int:
        now = timezone.now()
        want_for([article.pk for article in articles], now)
        return fetch_pictures(now)

    def row(self, url: str) -> StoredPicture:
        return StoredPicture.objects.get(url=url)


@pytest.fixture
def desk(db, publisher) -> Desk:
    return Desk(publisher)
