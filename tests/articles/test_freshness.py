"""Operators are told once when news stops and once when it comes in again."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.db import OperationalError
from django.utils import timezone

from articles.freshness import begin, check_freshness, end, freshness, lasting
from articles.models import Alarm, Article, Feed
from tests.make import make_article, make_feed, make_source

pytestmark = pytest.mark.django_db
NOW = datetime(2025, 7, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def operators(settings):
    settings.OPERATOR_EMAILS = ["ops@site.example", "desk@site.example"]
    settings.FRESHNESS_ALERT_MINUTES = 120


def site_with_news(age: timedelta) -> None:
    make_article(first_seen_at=NOW - age)
    make_feed()


def told() -> list[tuple[str, str]]:
    return [(letter.to[0], letter.subject) for letter in mail.outbox]


def test_while_news_comes_in_nobody_is_told():
    site_with_news(age=HOUR)
    check_freshness(NOW)
    assert told() == []


def test_every_operator_is_told_once_of_an_outage_however_often_somebody_looks_o09(caplog):
    site_with_news(age=3 * HOUR)
    for minutes in (0, 5, 10):
        check_freshness(NOW + timedelta(minutes=minutes))
    subject = "Broadsheet: no new article for 3 hours"
    assert told() == [("ops@site.example", subject), ("desk@site.example", subject)]
    assert [record.levelno for record in caplog.records if record.name == "articles.freshness"] == [logging.ERROR]
    assert "The newest article came in at 09:00 UTC on 1 July. The limit is 2 hours." in mail.outbox[0].body


def test_they_are_told_once_that_it_is_over_and_of_the_next_outage_again():
    site_with_news(age=3 * HOUR)
    check_freshness(NOW)
    make_article(first_seen_at=NOW + HOUR)
    for _ in range(2):
        check_freshness(NOW + HOUR)
    assert [subject for _, subject in told()[2:]] == ["Broadsheet: news comes in again"] * 2
    check_freshness(NOW + 4 * HOUR)
    assert len(told()) == 6
    assert Alarm.objects.get().raised_at == NOW + 4 * HOUR


def test_two_workers_that_have_seen_the_same_tell_it_once_o07():
    """Both have read the row before either wrote it."""
    site_with_news(age=3 * HOUR)
    Alarm.objects.create(name="freshness")
    for _ in range(2):
        begin(NOW - 3 * HOUR, NOW)
    assert len(told()) == 2
    for _ in range(2):
        end(NOW, NOW + HOUR)
    assert len(told()) == 4


def test_mail_that_cannot_be_sent_is_tried_again_at_the_next_look(settings, caplog):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    site_with_news(age=3 * HOUR)
    check_freshness(NOW)
    assert "alarm not mailed" in caplog.text
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    check_freshness(NOW + timedelta(minutes=5))
    assert len(told()) == 2


def test_a_site_that_sends_no_mail_writes_one_line_to_its_log(settings, caplog):
    settings.MAIL_IS_CONFIGURED = False
    site_with_news(age=3 * HOUR)
    check_freshness(NOW)
    check_freshness(NOW)
    assert told() == []
    assert caplog.text.count("no news comes in") == 1


def test_a_site_without_feeds_expects_no_news():
    make_article(first_seen_at=NOW - 300 * HOUR)
    make_feed(is_active=False)
    make_feed(make_source(is_active=False))
    check_freshness(NOW)
    assert told() == []


def test_a_new_site_has_as_long_for_its_first_article_as_for_any():
    feed = make_feed()
    Feed.objects.filter(pk=feed.pk).update(created_at=NOW - HOUR)
    assert not freshness(NOW).is_stale
    assert freshness(NOW + 2 * HOUR).is_stale


@pytest.mark.parametrize(("minutes", "is_late"), [(119, False), (121, True)])
def test_the_probe_and_the_alarm_draw_the_same_line(client, minutes, is_late):
    now = timezone.now()
    site_with_news(age=HOUR)
    Article.objects.update(first_seen_at=now - timedelta(minutes=minutes))
    assert freshness(now).is_stale == is_late
    assert client.get("/healthz").json()["status"] == ("late" if is_late else "ok")


@pytest.mark.parametrize(
    ("minutes", "words"), [(0, "1 minute"), (119, "119 minutes"), (121, "2 hours"), (60 * 72, "3 days")]
)
def test_how_long_in_words(minutes, words):
    assert lasting(timedelta(minutes=minutes)) == words


def test_where_an_alarm_cannot_be_noted_operators_are_told_all_the_same_and_once_an_hour_o09(monkeypatch):
    site_with_news(age=3 * HOUR)

    def disk_full(*args, **kwargs):
        raise OperationalError("could not extend file: No space left on device")

    monkeypatch.setattr(Alarm.objects, "get_or_create", disk_full)
    for minutes in (0, 5, 10):
        check_freshness(NOW + timedelta(minutes=minutes))
    assert [to for to, _ in told()] == ["ops@site.example", "desk@site.example"]
    # Nor can anything be noted in the cache: rather too often than never.
    monkeypatch.setattr("articles.freshness.cache.add", disk_full)
    check_freshness(NOW)
    assert len(told()) == 4
