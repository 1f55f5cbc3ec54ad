from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.utils import timezone

from articles.models import HubState, HubSubscription
from tests.articles.ingest.conftest import canary  # noqa: F401  a fixture
from tests.hub import Hub
from tests.make import make_feed


@pytest.fixture(autouse=True)
def websub_on(settings) -> None:
    settings.WEBSUB = True


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def hub(settings) -> Iterator[Hub]:
    """A hub on loopback that we may reach; what the publisher fixture allows stays allowed."""
    server = Hub()
    settings.FEED_ALLOWED_PRIVATE_HOSTS = [*settings.FEED_ALLOWED_PRIVATE_HOSTS, server.address]
    yield server
    server.close()


def subscribed(feed=None, **fields) -> HubSubscription:
    """A subscription that its hub has verified."""
    feed = feed or make_feed()
    number = f"{feed.pk:043}"
    return HubSubscription.objects.create(
        **{
            "feed": feed,
            "hub_url": "https://hub.example/",
            "topic_url": feed.url,
            "token": number,
            "secret": "s" * 64,
            "state": HubState.ACTIVE,
            "due_at": None,
            **fields,
        }
    )
