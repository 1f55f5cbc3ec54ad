"""Totals are kept as each day ends."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from articles.ingest.days import history_of, keep_day
from articles.ingest.history import Totals
from articles.models import Feed, FeedDay
from tests.make import make_feed

pytestmark = pytest.mark.django_db
NOON = datetime(2025, 7, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def rows() -> list[tuple]:
    return list(FeedDay.objects.order_by("feed_id", "on").values_list("feed_id", "on", "fetch_count"))


def test_the_row_of_a_day_is_written_once_and_brought_up_to_date_after_that():
    feed, other = make_feed(fetch_count=3), make_feed(fetch_count=70)
    keep_day(NOON)
    Feed.objects.filter(pk=feed.pk).update(fetch_count=5)
    keep_day(NOON + timedelta(hours=1))
    keep_day(NOON + timedelta(hours=1))
    assert rows() == [(feed.pk, date(2025, 7, 1), 5), (other.pk, date(2025, 7, 1), 70)]


def test_a_new_day_has_a_row_of_its_own_and_the_one_before_stays_as_it_ended():
    feed = make_feed(fetch_count=3, wire_byte_count=2**40)
    keep_day(NOON)
    Feed.objects.filter(pk=feed.pk).update(fetch_count=9)
    keep_day(NOON + DAY)
    assert rows() == [(feed.pk, date(2025, 7, 1), 3), (feed.pk, date(2025, 7, 2), 9)]
    assert FeedDay.objects.first().wire_byte_count == 2**40


def test_after_ninety_days_a_row_is_forgotten():
    feed = make_feed()
    for age in (89, 90, 91):
        FeedDay.objects.create(feed=feed, on=(NOON - age * DAY).date())
    keep_day(NOON)
    assert [(NOON.date() - on).days for _, on, _ in rows()] == [90, 89, 0]


def test_the_day_is_that_of_the_site(settings):
    settings.TIME_ZONE = "Asia/Tokyo"
    make_feed()
    keep_day(datetime(2025, 7, 1, 20, tzinfo=UTC))
    assert FeedDay.objects.get().on == date(2025, 7, 2)


def test_keeping_a_day_costs_the_same_for_many_feeds():
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            keep_day(NOON)
        return len(queries)

    make_feed()
    few = cost()
    for _ in range(20):
        make_feed()
    assert cost() == few <= 3


def test_the_history_of_a_feed_is_read_in_one_query(django_assert_num_queries):
    feed = make_feed(fetch_count=10)
    Feed.objects.filter(pk=feed.pk).update(created_at=NOON - 300 * DAY)
    feed.refresh_from_db()
    FeedDay.objects.create(feed=feed, on=(NOON - DAY).date(), fetch_count=4)
    FeedDay.objects.create(feed=make_feed(), on=(NOON - DAY).date(), fetch_count=1000)
    with django_assert_num_queries(1):
        days = history_of(feed, NOON)
    assert days[-1].brought == Totals(fetches=6)
