"""A publisher publishes, its hub pushes, and the report is on the front page before anybody has asked for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client
from django.utils import timezone

from articles.ingest.run import refresh_feeds
from articles.models import Article, HubState, HubSubscription
from articles.stories.run import group_new_articles, rank_all_stories
from articles.websub.run import ask_hubs, take_pushes
from articles.websub.store import note_hub
from tests.hub import Hub
from tests.make import make_feed
from tests.publishers import item, rss

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def hub(settings, publisher) -> Iterator[Hub]:
    server = Hub()
    settings.WEBSUB = True
    settings.FEED_ALLOWED_PRIVATE_HOSTS = [publisher.address, server.address]
    yield server
    server.close()


def today(feed: str) -> str:
    return feed.replace("02 Jun 2025", f"{timezone.now():%d %b %Y}")


def test_from_the_publisher_through_its_hub_to_the_front_page(publisher, hub, live_site):
    first, second = item(1, title="The ferry waits"), item(2, title="The ferry sails")
    feed = make_feed(url=publisher.serve("/feed", today(rss(first)), etag='"1"'))
    list(refresh_feeds(timezone.now()))
    note_hub(feed.pk, hub.url, feed.url, timezone.now())

    assert ask_hubs(timezone.now()) == 1
    challenge, heard = hub.verify(hub.asked[0])
    assert (heard.status, heard.text) == (200, challenge)
    assert "set-cookie" not in heard.headers
    assert HubSubscription.objects.get().state == HubState.ACTIVE

    publisher.serve("/feed", today(rss(second, first)), etag='"2"')
    visits = len(publisher.requests)
    assert hub.push(hub.asked[0], today(rss(second))).status == 202
    new_ids = take_pushes(timezone.now())
    group_new_articles(new_ids, timezone.now())
    rank_all_stories(timezone.now())
    assert "The ferry sails" in Client().get("/").text
    assert len(publisher.requests) == visits

    list(refresh_feeds(timezone.now()))
    assert Article.objects.count() == 2


def test_a_hub_that_verifies_before_it_has_answered_is_believed(hub, live_site):
    hub.verifies_at_once = True
    feed = make_feed()
    note_hub(feed.pk, hub.url, feed.url, timezone.now())
    ask_hubs(timezone.now())
    known = HubSubscription.objects.get()
    assert (known.state, known.reason) == (HubState.ACTIVE, "")
    assert known.lease_ends_at > timezone.now()
    note_hub(feed.pk, "", "", timezone.now())
    ask_hubs(timezone.now())
    assert hub.asked[-1].form["hub.mode"] == "unsubscribe"
    assert not HubSubscription.objects.exists()
