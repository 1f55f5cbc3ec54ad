from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from tests.make import make_article, make_feed, make_source

pytestmark = pytest.mark.django_db


def test_while_news_comes_in_all_is_well(visitor):
    make_article(first_seen_at=timezone.now() - timedelta(minutes=5))
    make_feed()
    make_feed(failure_count=2)
    make_feed(failure_count=3)
    answer = visitor.get("/healthz")
    facts = answer.json()
    assert answer.status_code == 200
    assert 300 <= facts.pop("newest_article_seconds") < 310
    assert facts == {"status": "ok", "database": "ok", "cache": "ok", "feeds": {"ok": 2, "failing": 1}}


def test_old_news_is_late_but_no_reason_to_take_the_site_down(visitor):
    make_article(first_seen_at=timezone.now() - timedelta(hours=3))
    answer = visitor.get("/healthz")
    assert (answer.status_code, answer.json()["status"]) == (200, "late")


def test_before_the_first_article_it_is_late(visitor):
    facts = visitor.get("/healthz").json()
    assert (facts["status"], facts["newest_article_seconds"]) == ("late", None)


def test_feeds_that_nobody_asks_any_more_are_not_counted(visitor):
    make_feed(is_active=False)
    make_feed(gone_at=timezone.now())
    make_feed(quarantined_at=timezone.now())
    make_feed(make_source(is_active=False))
    assert visitor.get("/healthz").json()["feeds"] == {"ok": 0, "failing": 0}


def test_without_a_cache_no_readers_are_to_be_sent_here(visitor, settings):
    """O03: stated, not a 500."""
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}
    }
    answer = visitor.get("/healthz")
    assert answer.status_code == 503
    assert (answer.json()["status"], answer.json()["cache"], answer.json()["database"]) == ("down", "failing", "ok")


def test_without_a_database_no_readers_are_to_be_sent_here(visitor):
    """O06."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE articles_feed RENAME TO articles_lost")
    answer = visitor.get("/healthz")
    assert answer.status_code == 503
    assert answer.json() == {
        "status": "down",
        "database": "failing",
        "newest_article_seconds": None,
        "feeds": None,
        "cache": "ok",
    }


def test_the_answer_is_stored_by_nobody_and_costs_two_queries(visitor, django_assert_num_queries):
    make_feed()
    make_article()
    with django_assert_num_queries(2):
        answer = visitor.get("/healthz")
    assert answer["Cache-Control"] == "no-store"
    assert not answer.cookies


def test_with_all_parts_there_the_site_is_ready(visitor):
    answer = visitor.get("/readyz")
    assert answer.status_code == 200
    parts = {"database": "ok", "cache": "ok", "broker": "ok", "migrations": "ok"}
    assert answer.json() == {"status": "ok", **parts}
    assert answer["Cache-Control"] == "no-store"
    assert not answer.cookies


def failing(visitor) -> list[str]:
    answer = visitor.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (503, "down")
    assert not re.search(r"127\.0\.0\.1|redis|postgres|sqlite|\d+\.\d+", answer.text)
    return [part for part, state in answer.json().items() if state == "failing"]


def test_without_a_database_it_is_not_ready_o06(visitor, monkeypatch):
    def refuse(*arguments, **options):
        raise OperationalError("connection to 127.0.0.1 refused")

    monkeypatch.setattr(connection, "cursor", refuse)
    assert failing(visitor) == ["database", "migrations"]


def test_without_a_cache_it_is_not_ready_o03(visitor, settings):
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}
    }
    assert failing(visitor) == ["cache"]


def test_without_a_broker_it_is_not_ready_o03(visitor, settings):
    settings.BROKER_URL = "redis://127.0.0.1:1/0"
    assert failing(visitor) == ["broker"]


def test_before_its_migrations_it_is_not_ready_o11(visitor):
    MigrationRecorder.Migration.objects.filter(app="billing").order_by("-pk").first().delete()
    assert failing(visitor) == ["migrations"]


def test_a_database_that_is_ahead_is_welcome_o11(visitor):
    """While a new version is rolled out the old one goes on."""
    MigrationRecorder.Migration.objects.create(app="billing", name="9999_of_tomorrow")
    assert visitor.get("/readyz").status_code == 200
