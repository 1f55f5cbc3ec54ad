"""Beside a running site: makes every feed due and calls the worker, as beat would. The turn itself is no measure."""

from __future__ import annotations

import os
from collections.abc import Callable

import django

from bench.contestants.ours import make_ready
from bench.shapes import Job

HUB_URL = "https://hub.example/"
TOPIC_URL = "https://paper-0.example/feed"  # what the first feed of the press calls itself
TOKEN = "a-token-for-measuring-only-43-letters-long-"
SECRET = "a secret for measuring only"


def prepare(job: Job) -> Callable[[], int]:
    make_ready(job)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newssite.settings")
    django.setup()

    from django.db import connection

    from articles.models import Article, Feed, HubState, HubSubscription
    from articles.tasks import refresh_feeds

    first = Feed.objects.order_by("pk")[0]
    HubSubscription.objects.create(
        feed=first,
        hub_url=HUB_URL,
        topic_url=TOPIC_URL,
        token=TOKEN,
        secret=SECRET,
        state=HubState.ACTIVE,
    )

    def take_turn() -> int:
        Feed.objects.update(next_fetch_at=None)
        refresh_feeds.delay()
        count = Article.objects.count()
        connection.close()
        return count

    return take_turn
