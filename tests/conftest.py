"""The cast."""

from __future__ import annotations

import os
import re
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from articles.models import Article
from newssite.celery import app
from tests.browser import chromium, live_site, page, sign_in  # noqa: F401  fixtures
from tests.make import make_article, make_reader, make_source, make_user
from tests.publishers import Publisher

CASES_WITH_SERVICES = 1
PAYING_AT_ONCE = {"test_at_once", "test_webhook", "test_any_order"}
# What the Makefile looks for, to run those files apart.
ALONE = re.compile(re.findall(r"^ALONE = .* -\w+ '(.+?)' ", (settings.BASE_DIR / "Makefile").read_text(), re.M)[0])
SECRET_SENTENCE = "The last paragraph names the quartermaster."


@pytest.fixture(scope="session", autouse=True)
def known_tasks() -> None:
    """Tasks are done where they are sent: this process has to know them as a worker does."""
    app.loader.import_default_modules()


@pytest.fixture
def visitor() -> Client:
    return Client()


@pytest.fixture
def trial_reader(db):
    return make_reader()


@pytest.fixture
def lapsed_reader(db):
    return make_reader(timezone.now() - timedelta(days=15))


@pytest.fixture
def member(db):
    now = timezone.now()
    return make_reader(now - timedelta(days=40), status="active", plan="monthly", paid_until=now + timedelta(days=20))


@pytest.fixture
def staff(db):
    return make_user("staff@site.example", is_staff=True)


@pytest.fixture
def editor(db):
    user = make_user("editor@site.example", is_staff=True, name="Ines Carrow")
    user.groups.add(Group.objects.get(name="Editors"))
    return user


@pytest.fixture
def walled_article(db) -> Article:
    """Licensed text: the opening is public, SECRET_SENTENCE stands behind the wall only."""
    return make_article(
        make_source(permission="full"),
        headline="The bridge that would not open",
        standfirst="Engineers waited for a tide.",
        opening_html="<p>The engineers had been waiting since four.</p>",
        body=f"<p>The engineers had been waiting since four.</p><p>{SECRET_SENTENCE}</p>",
    )


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    """Rate limits and counts of one test do not reach the next."""
    cache.clear()


def pytest_unconfigure() -> None:
    if settings.TEST_FOLDER:
        shutil.rmtree(settings.TEST_FOLDER, ignore_errors=True)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Iterator[None]:
    """In CI the run with services leaves out what the run on SQLite has shown already."""
    for item in items:
        if not has_browser(item) and wants_to_be_alone(item):
            item.add_marker("alone")
        if wants_to_be_alone(item) and not ALONE.search(item.path.read_text()):
            raise pytest.UsageError(f"{item.nodeid} is to run alone, and `make test` does not look for it in that file")
    if os.environ.get("CI") == "true" and os.environ.get("DATABASE_URL"):
        kept = dict.fromkeys(few_of_each([item for item in items if meets_services(item)]))
        config.hook.pytest_deselected(items=[item for item in items if item not in kept])
        items[:] = kept
    yield
    # Begun first, what takes long fills one process while the other goes through the rest.
    items.sort(key=lambda item: (has_browser(item), not is_long(item)))


def wants_to_be_alone(item: pytest.Item) -> bool:
    """What empties the database after itself, or leaves an event loop behind."""
    database = item.get_closest_marker("django_db")
    empties = bool(database and database.kwargs.get("transaction"))
    fixtures = set(getattr(item, "fixturenames", ()))
    return empties or bool({"transactional_db", "live_server"} & fixtures) or has_browser(item)


def is_long(item: pytest.Item) -> bool:
    """Killed workers are waited for; the others say so themselves."""
    return "faults" in item.path.parts or item.get_closest_marker("long") is not None


def has_browser(item: pytest.Item) -> bool:
    return item.get_closest_marker("browser") is not None


def few_of_each(items: Iterable[pytest.Item]) -> Iterator[pytest.Item]:
    """Of a test with many cases the first: what a case adds is seldom a matter of the database."""
    counts: Counter[tuple[Path, str]] = Counter()
    for item in items:
        name = (item.path, item.name.partition("[")[0])
        counts[name] += 1
        if counts[name] <= CASES_WITH_SERVICES or item.get_closest_marker("service"):
            yield item


def meets_services(item: pytest.Item) -> bool:
    """Browsers meet none that the tests of their pages do not meet, and first runs none that tests/faults do not.

    Of readers who pay, what several processes do at once: the rest is a matter of Stripe, not of the database.
    """
    has_database = {"db", "transactional_db", "live_server"} & set(getattr(item, "fixturenames", ()))
    is_marked = any(item.get_closest_marker(name) for name in ("django_db", "service"))
    pays = "paying" in getattr(item, "fixturenames", ()) and item.path.stem not in PAYING_AT_ONCE
    return (bool(has_database) or is_marked) and not pays and not has_browser(item)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """In CI a browser test that was skipped has failed, and so has a service test in the run that has services."""
    report = yield
    has_services = bool(os.environ.get("DATABASE_URL"))
    needed = item.get_closest_marker("browser") or (has_services and item.get_closest_marker("service"))
    is_told = "folder of" in str(report.longrepr)  # saved feeds of other people, which no machine of ours need have
    if report.skipped and needed and not is_told and os.environ.get("CI") == "true" and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped in CI: {report.longrepr}"
    return report


@pytest.fixture
def publisher(settings) -> Iterator[Publisher]:
    """A publisher on loopback that the fetcher may reach; nothing else there."""
    server = Publisher()
    settings.FEED_ALLOWED_PRIVATE_HOSTS = [server.address]
    yield server
    server.close()
