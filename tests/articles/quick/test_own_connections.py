"""The look-up has connections of its own: they read only, are few, and outlive what ends them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from articles.quick import dialects, lookup
from articles.quick.dialects import MOST_CONNECTIONS, Asking, Dialect
from billing.models import Membership
from tests.articles.quick.conftest import page_of, signed_in
from tests.conftest import SECRET_SENTENCE

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.service]
# Its own only: the pool of the test's own connection is not what is looked at.
ENDED = "SELECT pg_terminate_backend(%s)"


@pytest.fixture
def own() -> Dialect:
    by = lookup._by()
    close_all(by)
    yield by
    close_all(by)


def close_all(by: Dialect) -> None:
    for asking in opened(by):
        asking.close()
    by._idle.clear()
    by._idle.extend([None] * MOST_CONNECTIONS)


def opened(by: Dialect) -> list[Asking]:
    return [asking for asking in by._idle if asking is not None]


def test_a_page_is_looked_up_on_a_connection_that_is_kept_and_only_reads(roads, own, member, walled_article):
    cookie, path = signed_in(member), walled_article.get_absolute_url()
    page = roads.ask_quickly(path, cookie)
    assert SECRET_SENTENCE.encode() in page.body
    assert page_of(page) == page_of(roads.by_django(path, cookie))
    assert page_of(roads.ask_quickly("/", cookie)) == page_of(roads.by_django("/", cookie))
    [asking] = opened(own)
    with pytest.raises(OperationalError, match=r"read.?only"):
        asking.one("DELETE FROM django_session", ())


def test_what_is_written_elsewhere_is_seen_with_the_next_request_a12(roads, own, member, walled_article):
    cookie, path = signed_in(member), walled_article.get_absolute_url()
    roads.ask_quickly(path, cookie)
    assert opened(own)
    Membership.objects.filter(user=member).update(status="unpaid")
    assert SECRET_SENTENCE.encode() not in roads.ask_quickly(path, cookie).body
    Membership.objects.filter(user=member).update(status="active", paid_until=None)
    assert SECRET_SENTENCE.encode() in roads.ask_quickly(path, cookie).body
    type(walled_article).objects.filter(pk=walled_article.pk).update(withdrawn_at=timezone.now())
    assert roads.ask(path, cookie).status == "410 Gone"


def test_a_surprise_gives_its_place_back(own, roads, member, walled_article, monkeypatch):
    def break_(*_):
        raise RuntimeError

    cookie, path = signed_in(member), walled_article.get_absolute_url()
    with monkeypatch.context() as patched:
        patched.setattr(own, "_asked", break_)
        for _ in range(MOST_CONNECTIONS + 1):
            with pytest.raises(RuntimeError):
                own.one("SELECT 1", ())
    roads.ask_quickly(path, cookie)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="needs a server")
def test_when_the_server_comes_back_the_road_is_quick_again_o06(roads, own, member, walled_article):
    cookie, path = signed_in(member), walled_article.get_absolute_url()
    roads.ask_quickly(path, cookie)
    [asking] = opened(own)
    with connection.cursor() as cursor:
        cursor.execute(ENDED, [asking._connection.info.backend_pid])
    assert roads.is_quick(path, cookie)


def test_a_connection_that_has_ended_is_made_anew(own):
    own.one("SELECT 1", ())
    [asking] = opened(own)
    asking.close()
    assert own.one("SELECT 'here'", ()) == ("here",)
    assert opened(own) != [asking]


def test_a_connection_that_is_old_gives_way_to_a_new_one(own, monkeypatch):
    monkeypatch.setattr(own.asking, "most_seconds", 0)
    own.one("SELECT 1", ())
    [asking] = opened(own)
    own.one("SELECT 1", ())
    assert opened(own) != [asking]
    assert len(opened(own)) == 1


def test_however_many_readers_come_at_once_there_are_a_few_connections(own):
    with ThreadPoolExecutor(16) as threads:
        found = list(threads.map(lambda number: own.one(f"SELECT '{number}'", ()), range(64)))
    assert found == [(str(number),) for number in range(64)]
    assert len(own._idle) == MOST_CONNECTIONS


def test_where_every_connection_is_taken_nobody_waits_for_ever(own, monkeypatch):
    monkeypatch.setattr(dialects, "PATIENCE_SECONDS", 0)
    own._idle.clear()
    with pytest.raises(OperationalError, match="taken"):
        own.one("SELECT 1", ())


def test_a_statement_that_fails_leaves_no_connection_behind(own):
    with pytest.raises(OperationalError, match="nowhere"):
        own.one("SELECT x FROM nowhere", ())
    assert not opened(own)
    assert len(own._idle) == MOST_CONNECTIONS
