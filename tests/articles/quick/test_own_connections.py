"""On PostgreSQL the look-up has connections of its own: they read only, and outlive a restart of the server."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import OperationalError, connection

from articles.quick import lookup
from articles.quick.dialects import MOST_CONNECTIONS, PostgreSQL
from tests.articles.quick.conftest import page_of, signed_in
from tests.conftest import SECRET_SENTENCE

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.service,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL"),
]
# Its own only: the pool of the test's own connection is not what is looked at.
ENDED = "SELECT pg_terminate_backend(%s)"


@pytest.fixture
def own() -> PostgreSQL:
    by = lookup._by()
    by._idle.clear()
    yield by
    while by._idle:
        by._idle.pop().close()


def test_a_page_is_looked_up_on_a_connection_that_is_kept_and_only_reads(roads, own, member, walled_article):
    cookie, path = signed_in(member), walled_article.get_absolute_url()
    page = roads.ask_quickly(path, cookie)
    assert SECRET_SENTENCE.encode() in page.body
    assert page_of(page) == page_of(roads.by_django(path, cookie))
    assert len(own._idle) == 1
    with pytest.raises(OperationalError, match="read-only"):
        own._idle[0].one("DELETE FROM django_session RETURNING session_key", ())


def test_when_the_server_comes_back_the_road_is_quick_again_o06(roads, own, member, walled_article):
    cookie, path = signed_in(member), walled_article.get_absolute_url()
    roads.ask_quickly(path, cookie)
    [asking] = own._idle
    with connection.cursor() as cursor:
        cursor.execute(ENDED, [asking._connection.info.backend_pid])
    assert roads.is_quick(path, cookie)


def test_however_many_readers_come_at_once_there_are_a_few_connections(own):
    with ThreadPoolExecutor(16) as threads:
        found = list(threads.map(lambda number: own.one(f"SELECT json_build_array({number})::text", ()), range(64)))
    assert found == [[number] for number in range(64)]
    assert len(own._idle) <= MOST_CONNECTIONS


def test_a_statement_that_fails_leaves_no_connection_behind(own):
    with pytest.raises(OperationalError, match="nowhere"):
        own.one("SELECT x FROM nowhere", ())
    assert not own._idle
