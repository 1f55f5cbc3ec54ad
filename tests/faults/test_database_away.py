"""PostgreSQL really goes: it is said at once, by every thread, and the first who finds it back connects anew."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import OperationalError, connections

from newssite.postgresql import base
from newssite.postgresql.base import REACHES, DatabaseWrapper
from tests.faults.newsroom import ALIAS, Newsroom, missing, wait_until

pytestmark = [
    pytest.mark.service,
    pytest.mark.skipif(bool(missing()), reason=missing() or "-"),
]


@pytest.fixture
def pooled(opened: Newsroom) -> Iterator[DatabaseWrapper]:
    """A connection as the site has them: from a pool of its own, on the newsroom's PostgreSQL."""
    facts = {**connections.databases[ALIAS], "ENGINE": "newssite.postgresql", "CONN_HEALTH_CHECKS": True}
    pool = {"min_size": 1, "max_size": 2, "timeout": 1}
    connections.databases["pooled"] = {**facts, "OPTIONS": {"connect_timeout": 5, "pool": pool}}
    connection = connections["pooled"]
    yield connection
    connection.close()
    connection.close_pool()
    del connections["pooled"]
    connections.databases.pop("pooled")
    REACHES.pop("pooled", None)


def ask(connection: DatabaseWrapper) -> int:
    """As a request does it: taken from the pool, given back."""
    connection.close_if_unusable_or_obsolete()
    try:
        with connection.cursor() as cursor:
            return cursor.execute("SELECT 1").fetchone()[0]
    finally:
        connection.close()


def test_a_database_that_is_away_is_not_waited_for_and_found_again_at_once_o06(opened, pooled, monkeypatch):
    assert ask(pooled) == 1
    opened.stop_postgres()
    for _ in range(2):
        with pytest.raises(OperationalError):
            ask(pooled)
    assert REACHES["pooled"].is_away
    waited = []
    with monkeypatch.context() as patched:
        patched.setattr(type(pooled.pool), "getconn", lambda pool, *args: waited.append(pool))
        for _ in range(5):
            with pytest.raises(OperationalError, match="the database is away"):
                ask(pooled)
    assert waited == []
    opened.start_postgres()
    monkeypatch.setattr(base, "LOOK_SECONDS", 0)
    wait_until(lambda: ask(pooled) == 1)
    assert not REACHES["pooled"].is_away


def test_a_server_of_another_kind_than_is_asked_for_is_away_o06(opened, pooled):
    """As a standby is that nobody has promoted yet; looked at from the other side, for a newsroom has one server."""
    wanted = pooled.get_connection_params()
    assert base.is_there({**wanted, "target_session_attrs": "read-write"})
    assert not base.is_there({**wanted, "target_session_attrs": "standby"})


def test_a_server_without_a_place_for_one_more_is_there_o06(opened, pooled):
    ask(pooled)
    with pooled.cursor() as cursor:
        cursor.execute("CREATE ROLE crowded LOGIN CONNECTION LIMIT 0")
    wanted = {**pooled.get_connection_params(), "user": "crowded"}
    assert base.is_there({**wanted, "target_session_attrs": "read-write"})
