"""Feeds' running totals, kept as each day ended: one statement for all of them, safe to run at any hour and twice."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import connection
from django.utils import timezone

from articles.ingest.history import Day, Totals, days_of
from articles.models import Feed, FeedDay

KEPT_DAYS = 90
COLUMNS = ("fetch_count", "not_modified_count", "failed_fetch_count", "wire_byte_count", "new_article_count")
# "WHERE true": or SQLite takes the ON for a join's.
KEEP = f"""
INSERT INTO articles_feedday (feed_id, "on", {", ".join(COLUMNS)})
SELECT id, %s, {", ".join(COLUMNS)} FROM articles_feed WHERE true
ON CONFLICT (feed_id, "on") DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in COLUMNS)}
"""  # noqa: S608  our own column names


def keep_day(now: datetime) -> None:
    """The day is the site's, not an editor's. The nearer to midnight the last run, the truer the day."""
    today = site_day(now)
    with connection.cursor() as cursor:
        cursor.execute(KEEP, [connection.ops.adapt_datefield_value(today)])
    FeedDay.objects.filter(on__lt=today - timedelta(days=KEPT_DAYS)).delete()


def site_day(now: datetime) -> date:
    return timezone.localdate(now, timezone.get_default_timezone())


def history_of(feed: Feed, now: datetime) -> list[Day]:
    """The last thirty days of one feed. One query."""
    rows = FeedDay.objects.filter(feed=feed).values_list("on", *COLUMNS)
    ended = {on: Totals(*numbers) for on, *numbers in rows}
    current = Totals(*(getattr(feed, name) for name in COLUMNS))
    return days_of(ended, current, site_day(now), site_day(feed.created_at))
