"""Settings that a deployment lives by: queues, keys that change, limits of the database."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from celery.schedules import crontab
from django.test import Client

from newssite.celery import app
from newssite.queues import QUEUES
from newssite.schedule import BEAT
from tests.make import make_reader

ROOT = Path(__file__).resolve().parents[2]
A_DAY = 24 * 3600


def queue_of(task: str) -> str:
    return app.amqp.router.route({}, task)["queue"].name


@pytest.mark.parametrize(
    ("task", "queue"),
    [
        ("articles.tasks.refresh_feeds", "feeds"),
        ("articles.tasks.take_pushes", "feeds"),
        ("articles.tasks.fetch_pictures", "pages"),
        ("articles.tasks.fetch_pages", "pages"),
        ("articles.tasks.group_articles", "stories"),
        ("articles.tasks.send_briefings", "letters"),
        ("accounts.tasks.send_letter", "letters"),
        ("billing.tasks.send_due_letters", "letters"),
        ("billing.tasks.process_stripe_event", "billing"),
        ("articles.tasks.watch_freshness", "celery"),
        ("a.task.of.tomorrow", "celery"),
    ],
)
def test_each_kind_of_work_has_its_queue(task, queue):
    assert queue_of(task) == queue


def test_every_task_of_ours_goes_to_a_queue_that_workers_know():
    app.loader.import_default_modules()
    ours = {name for name in app.tasks if name.startswith(("articles.", "accounts.", "billing."))}
    assert {entry["task"] for entry in BEAT.values()} <= ours
    assert {queue_of(name) for name in ours} <= set(QUEUES)


def test_what_comes_round_within_a_day_does_not_pile_up_while_no_worker_is_there():
    """Each ends before its next is sent: after hours without a worker one of each is done, not hundreds."""
    for name, entry in BEAT.items():
        seconds = seconds_between(entry["schedule"])
        if seconds < A_DAY:
            assert entry["options"]["expires"] <= seconds, name


def seconds_between(schedule: crontab | int) -> float:
    return schedule if isinstance(schedule, int) else A_DAY / (len(schedule.hour) * len(schedule.minute))


def test_a_worker_that_is_told_of_no_queue_serves_them_all_o11():
    """And the one in which an earlier version left its tasks."""
    assert {*app.amqp.queues.consume_from} == {*QUEUES}
    assert "celery" in QUEUES


def test_a_message_reaches_its_own_queue_alone():
    """On one exchange with one key each message would reach all of them."""
    ways = [(queue.exchange.name, queue.routing_key) for queue in app.amqp.queues.values()]
    assert len(set(ways)) == len(QUEUES)


def test_what_a_worker_holds_is_nobody_elses_while_it_may_run(settings):
    limit = settings.CELERY_TASK_TIME_LIMIT + settings.CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT
    assert limit < settings.CELERY_VISIBILITY_TIMEOUT
    told = settings.CELERY_BROKER_TRANSPORT_OPTIONS.get("visibility_timeout", settings.CELERY_VISIBILITY_TIMEOUT)
    assert told == settings.CELERY_VISIBILITY_TIMEOUT


@pytest.mark.django_db
def test_a_change_of_the_key_signs_nobody_out_o18(settings):
    settings.SECRET_KEY = "the key of yesterday, long enough for every check of ours"
    client = Client()
    client.force_login(make_reader())
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "the key of today, long enough for every check of ours too"
    assert client.get("/account/").status_code == 200
    # The session is signed with the new key from then on.
    settings.SECRET_KEY_FALLBACKS = []
    assert client.get("/account/").status_code == 200


@pytest.mark.django_db
def test_without_the_former_key_everybody_signs_in_again_o18(settings):
    client = Client()
    client.force_login(make_reader())
    settings.SECRET_KEY = "the key of today, long enough for every check of ours too"
    assert client.get("/account/").status_code == 302


def asked(tmp_path: Path, what: str, **environment: str) -> str:
    """What the settings make of an environment, in a process of its own."""
    code = f"from newssite import settings; print({what})"
    given = {"SECRET_KEY": "x" * 50, "VAR_DIR": str(tmp_path), "PATH": os.environ["PATH"], **environment}
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=given, capture_output=True, text=True, check=True
    ).stdout.strip()


def test_one_redis_is_both_until_there_are_two(tmp_path):
    what = "settings.CELERY_BROKER_URL, settings.CACHES['default']['LOCATION']"
    one = {"REDIS_URL": "redis://one/0"}
    assert asked(tmp_path, what, **one) == "redis://one/0 redis://one/0"
    assert asked(tmp_path, what, **one, CACHE_URL="redis://two/0") == "redis://one/0 redis://two/0"


def test_beat_keeps_what_it_has_begun_beside_the_database(tmp_path):
    """Wherever it is started from."""
    code = "from newssite.celery import app; print(app.conf.beat_schedule_filename)"
    given = {"SECRET_KEY": "x" * 50, "VAR_DIR": str(tmp_path), "PATH": os.environ["PATH"]}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=given, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(tmp_path / "beat")


def test_the_database_is_told_how_long_things_may_take_l05(tmp_path):
    told = asked(
        tmp_path,
        "settings.DATABASES['default']['OPTIONS']['options']",
        DATABASE_URL="postgres://a:b@c/d?options=-c%20search_path%3Dx",
        DATABASE_STATEMENT_SECONDS="15",
    )
    assert told.startswith("-c statement_timeout=15s -c lock_timeout=120s -c idle_in_transaction_session_timeout=300s")
    assert told.endswith("-c search_path=x")
