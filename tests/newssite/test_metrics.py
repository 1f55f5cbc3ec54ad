"""What Prometheus is told: the figures after events, and no line for a feed, a title or a reader."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import urllib.request
from contextlib import closing
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from kombu import Connection
from prometheus_client import REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from articles.models import Alarm, Delivery, Edition
from billing.findings import report
from billing.models import Letter, Membership, StripeEvent
from newssite import figures, metrics, waiting
from newssite.celery import app
from newssite.management.commands import metrics as command
from tests.make import make_article, make_feed, make_reader, make_source, make_user
from tests.newssite.deployed import free_port

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).resolve().parents[2]


def told() -> str:
    registry = CollectorRegistry()
    registry.register(figures.Figures())
    return generate_latest(registry).decode()


def value(name: str, text: str | None = None) -> float | None:
    """Of one line, by its name with labels as Prometheus writes them."""
    found = re.search(rf"^newssite_{re.escape(name)} (\S+)$", told() if text is None else text, re.MULTILINE)
    return float(found[1]) if found else None


def test_how_old_the_newest_article_is():
    assert value("newest_article_timestamp_seconds") is None
    at = timezone.now() - timedelta(hours=3)
    make_article(first_seen_at=at)
    assert value("newest_article_timestamp_seconds") == pytest.approx(at.timestamp(), abs=0.01)
    assert value("freshness_limit_seconds") == 7200


def test_feeds_are_counted_by_health_and_visits_by_outcome():
    now = timezone.now()
    fetched = {"last_fetched_at": now, "next_fetch_at": now + timedelta(minutes=5)}
    counts = {"fetch_count": 10, "not_modified_count": 6, "failed_fetch_count": 1, "new_article_count": 4}
    make_feed(**fetched, **counts)
    make_feed(**fetched, failure_count=3)
    make_feed(gone_at=now)
    make_feed(last_fetched_at=now, next_fetch_at=now - timedelta(hours=2))
    text = told()
    health = {word: value(f'feeds{{health="{word}"}}', text) for word in ("ok", "failing", "gone", "late", "off")}
    assert health == {"ok": 1, "failing": 1, "gone": 1, "late": 1, "off": 0}
    visits = {
        word: value(f'feed_fetches_total{{outcome="{word}"}}', text) for word in ("answered", "not_modified", "failed")
    }
    assert visits == {"answered": 3, "not_modified": 6, "failed": 1}
    assert value("articles_found_total", text) == 4
    assert value("feed_overdue_seconds", text) == pytest.approx(7200, abs=60)


def test_what_waits_is_counted_with_its_age():
    now = timezone.now()
    reader = make_user()
    event = {"type": "invoice.paid", "created_at": now}
    StripeEvent.objects.create(event_id="evt_1", received_at=now - timedelta(minutes=20), **event)
    StripeEvent.objects.create(event_id="evt_2", received_at=now, processed_at=now, outcome="done", **event)
    StripeEvent.objects.create(event_id="evt_3", received_at=now, processed_at=now, outcome="parked", **event)
    Letter.objects.create(user=reader, kind="trial_over", about="x", wanted_at=now - timedelta(minutes=30))
    Letter.objects.create(user=reader, kind="trial_over", about="y", wanted_at=now + timedelta(days=1))
    edition = Edition.objects.create(user=reader, day=now.date(), part="morning", due_at=now, made_at=now, places=[])
    Delivery.objects.create(edition=edition, user=reader, try_at=now - timedelta(hours=1))
    text = told()
    assert value("stripe_events_waiting", text) == 1
    assert value("stripe_events_oldest_seconds", text) == pytest.approx(1200, abs=30)
    assert value("stripe_events_parked", text) == 1
    StripeEvent.objects.filter(event_id="evt_3").update(processed_at=now - timedelta(days=4))
    assert value("stripe_events_parked") == 0  # its row stays for months, and nobody can end the alarm
    assert (value("letters_waiting", text), value("briefings_waiting", text)) == (1, 1)
    assert value("letters_oldest_seconds", text) == pytest.approx(1800, abs=30)
    assert value("briefings_oldest_seconds", text) == pytest.approx(3600, abs=30)


def test_what_staff_should_look_at_is_counted_for_a_day():
    report("price_differs", "monthly", "The price at Stripe is missing.", timezone.now())
    report("two_subscriptions", "sub_1", "A reader had two.", timezone.now() - timedelta(days=2))
    text = told()
    assert value('findings{kind="price_differs"}', text) == 1
    assert "two_subscriptions" not in text


def test_readers_are_counted_by_the_state_of_their_membership():
    make_reader()
    make_reader(status="active", plan="monthly", paid_until=timezone.now() + timedelta(days=3))
    reader = make_reader()
    Membership.objects.filter(user=reader).update(status="a word of tomorrow")
    text = told()
    assert value('memberships{status="active"}', text) == 1
    assert value('memberships{status="other"}', text) == 1
    assert value("trials", text) == 1


def test_an_alarm_shows_while_it_is_raised():
    Alarm.objects.create(name="freshness", raised_at=timezone.now())
    Alarm.objects.create(name="leak")
    assert value('alarm_raised{alarm="freshness"}') == 1
    assert value('alarm_raised{alarm="leak"}') == 0


def test_tasks_that_wait_are_counted_by_queue_with_their_age():
    queue = app.amqp.queues["letters"]
    with app.connection_for_write() as broker:
        queue(broker.default_channel).declare()
        queue(broker.default_channel).purge()
        app.send_task("billing.tasks.send_due_letters", connection=broker)
        app.send_task("billing.tasks.send_due_letters", connection=broker)
        text = told()
        queue(broker.default_channel).purge()
    assert value('queue_tasks{queue="letters"}', text) == 2
    assert 0 <= value('queue_oldest_seconds{queue="letters"}', text) < 30
    assert value('queue_tasks{queue="letters"}') == 0


def test_a_task_says_when_it_was_handed_over():
    with Connection("memory://") as broker:
        queue = app.amqp.queues["billing"]
        queue(broker.default_channel).declare()
        app.send_task("billing.tasks.reconcile", connection=broker)
        message = queue(broker.default_channel).get()
    assert message.headers["handed_at"] == pytest.approx(timezone.now().timestamp(), abs=30)


def test_the_age_of_a_task_is_told_from_its_message():
    assert waiting.handed_at(b'{"headers": {"handed_at": 12.5}}') == 12.5
    assert waiting.handed_at(b'{"headers": {}}') is None
    assert waiting.handed_at(b"of another version") is None


def test_no_label_names_a_feed_a_title_or_a_reader():
    """Whoever adds a thousand feeds adds no line."""
    before = told()
    source = make_source(name="The Ledger", slug="ledger")
    for number in range(30):
        make_feed(source, url=f"https://ledger.example/{number}.xml", last_outcome="failed", failure_count=number)
        make_article(source)
        make_reader()
    after = told()
    names = re.compile(r"^newssite\S*(?= )", re.MULTILINE)
    grown = {*names.findall(after)} - {*names.findall(before)}
    assert grown <= {"newssite_newest_article_timestamp_seconds", 'newssite_memberships{status="none"}'}
    assert not re.search("(?i)ledger|@|https?:", after)


def test_a_group_that_cannot_be_read_takes_no_other_with_it_o17(settings):
    settings.BROKER_URL = "redis://127.0.0.1:1/0"
    make_article()
    text = told()
    assert value('figures_read{group="queues"}', text) == 0
    assert value('figures_read{group="news"}', text) == 1
    assert value('up{part="broker"}', text) == 0
    assert value('up{part="database"}', text) == 1
    assert value("newest_article_timestamp_seconds", text)


def test_who_asks_often_costs_no_query(django_assert_num_queries):
    make_feed()
    collector = figures.Figures()
    list(collector.collect())
    with django_assert_num_queries(0):
        list(collector.collect())


def test_a_look_costs_few_queries(django_assert_max_num_queries):
    for _ in range(5):
        make_feed()
    with django_assert_max_num_queries(18):
        list(figures.Figures().collect())


# Times of pages ----------------------------------------------------------------------------------


def pages(route: str, status: str) -> float:
    found = [
        sample.value
        for metric in metrics.PAGES.collect()
        for sample in metric.samples
        if sample.name.endswith("_count") and sample.labels == {"route": route, "status": status}
    ]
    return sum(found)


@pytest.mark.parametrize(
    ("path", "route", "status"),
    [
        ("/privacy/", "privacy", "2xx"),
        ("/nowhere/at/all/", "unknown", "4xx"),
        ("/nowhere/else/", "unknown", "4xx"),
        ("/admin/articles/pick/", "admin", "3xx"),
        ("/account/login/", "account_login", "2xx"),
    ],
)
def test_a_page_is_counted_under_its_route(visitor, path, route, status):
    before = pages(route, status)
    visitor.get(path)
    assert pages(route, status) == before + 1


def test_addresses_of_ours_make_one_line_however_many_there_are(visitor):
    visitor.get("/article/1/")
    lines = len(next(iter(metrics.PAGES.collect())).samples)
    for number in range(2, 20):
        visitor.get(f"/article/{number}/?q={number}")
    assert len(next(iter(metrics.PAGES.collect())).samples) == lines


COUNT = """
from django.test import RequestFactory
from newssite import metrics
request = RequestFactory().get("/")
request.resolver_match = None
for _ in range(3): metrics.note_page(request, 200, 0.01)
print(metrics.place_of(__import__("os").getpid()), flush=True)
input()
"""


def test_processes_are_counted_together_and_what_ended_ones_counted_stays(tmp_path):
    """Three processes, two at a time; one is killed. Nothing is lost, and their files are two sets, not three."""
    environment = {**os.environ, "METRICS_DIR": str(tmp_path / "metrics"), "DJANGO_SETTINGS_MODULE": "tests.settings"}
    options = {"cwd": ROOT, "env": environment, "stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    first, second = (subprocess.Popen([sys.executable, "-c", COUNT], **options) for _ in range(2))
    places = [process.stdout.readline().strip() for process in (first, second)]
    assert sorted(places) == ["0", "1"]
    first.kill()
    first.communicate()
    third = subprocess.Popen([sys.executable, "-c", COUNT], **options)
    assert third.stdout.readline().strip() == places[0]
    for process in (second, third):
        process.communicate("\n")
    registry = CollectorRegistry()
    MultiProcessCollector(registry, str(tmp_path / "metrics"))
    assert registry.get_sample_value("newssite_page_seconds_count", {"route": "unknown", "status": "2xx"}) == 9
    assert len(list((tmp_path / "metrics").glob("histogram_*.db"))) == 2


def test_pages_of_the_quick_road_are_among_those_of_django():
    labels = {"route": "article", "status": "2xx"}
    before = REGISTRY.get_sample_value("newssite_page_seconds_count", labels) or 0
    metrics.note_quick_page("article", 0.0004)
    assert REGISTRY.get_sample_value("newssite_page_seconds_count", labels) == before + 1


def test_the_command_serves_all_of_it_on_an_address_of_its_own(settings, tmp_path, monkeypatch):
    settings.METRICS_DIR = str(tmp_path / "not yet there")
    address, found = f"127.0.0.1:{free_port()}", []

    def look() -> None:
        with closing(urllib.request.urlopen(f"http://{address}/metrics", timeout=30)) as answer:
            found.append(answer.read().decode())

    monkeypatch.setattr(command, "wait_for_the_end", look)
    monkeypatch.setattr(command, "Figures", lambda: figures.Figures({"disk": figures.GROUPS["disk"]}))
    call_command("metrics", address=address, stdout=StringIO())
    assert 0 < value("disk_free_bytes", found[0]) < value("disk_bytes", found[0])


@pytest.mark.parametrize("address", ["9101", "127.0.0.1", "127.0.0.1:http"])
def test_an_address_that_is_none_is_said_in_one_sentence(address):
    with pytest.raises(CommandError, match="An address is host:port"):
        call_command("metrics", address=address)


def test_who_is_not_told_otherwise_listens_on_this_machine_alone(settings):
    assert settings.METRICS_ADDRESS == "127.0.0.1:9101"


def test_the_site_itself_has_no_such_page_a14(visitor):
    assert visitor.get("/metrics").status_code == visitor.get("/metrics/").status_code == 404
