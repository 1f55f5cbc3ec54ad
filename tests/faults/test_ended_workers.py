"""A worker that is asked to end in the middle of its work, as a deployment does it."""

from __future__ import annotations

import pytest

from articles.models import Entry, Feed, Source
from tests.faults.newsroom import ALIAS, missing, wait_until
from tests.faults.scene import answer_slowly, feed_of

pytestmark = [
    pytest.mark.service,
    pytest.mark.skipif(bool(missing()), reason=missing() or "-"),
]


def test_the_poll_that_runs_when_the_worker_is_ended_is_stored_before_it_ends_o12(newsroom, publisher):
    source = Source.objects.using(ALIAS).create(name="Slow", slug="slow", homepage="https://slow.example/")
    feed = Feed.objects.using(ALIAS).create(
        source=source, url=answer_slowly(publisher, "/slow", feed_of(1), seconds=1.5)
    )
    worker = newsroom.start_worker()
    newsroom.refresh()
    wait_until(lambda: publisher.asked("/slow"))
    assert newsroom.end(worker) == 0
    feed.refresh_from_db()
    assert Entry.objects.using(ALIAS).filter(feed=feed).count() == 5
    assert (feed.lease, len(publisher.asked("/slow"))) == ("", 1)
