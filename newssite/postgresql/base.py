"""While PostgreSQL is away a page is refused at once, and only one thread of a process looks whether it is back.

A pool makes everybody wait for a connection as long as its timeout lasts. With no server there that is every thread of
the site, and pages that need no database wait in the queue behind them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import partial
from threading import Lock
from typing import Any

from django.db.backends.postgresql import base
from django.db.utils import OperationalError
from psycopg import Error, conninfo, pq

LOOK_SECONDS = 0.5  # between two looks


class Reach:
    """Whether the server of one alias answers, as far as this process knows."""

    def __init__(self) -> None:
        self.is_away = False
        self._looked_at = 0.0
        self._looking = Lock()

    def look(self, is_there: Callable[[], bool]) -> bool:
        """True for the one thread that finds it back. Looks at most every half second, and no two threads at once."""
        if time.monotonic() - self._looked_at < LOOK_SECONDS or not self._looking.acquire(blocking=False):
            return False
        try:
            was_away, self.is_away = self.is_away, not is_there()
        finally:
            self._looked_at = time.monotonic()
            self._looking.release()
        return was_away and not self.is_away


REACHES: dict[str, Reach] = {}


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params):
        """OperationalError at once where the server is known to be away."""
        reach = REACHES.setdefault(self.alias, Reach())
        look = partial(is_there, conn_params)
        if reach.is_away and reach.look(look):
            # The old pool waits longer after each try that failed: a new one connects now.
            self.close_pool()
        if reach.is_away:
            raise OperationalError("the database is away")
        try:
            return super().get_new_connection(conn_params)
        except Error:
            # A pool that is only empty for a while is no server that is away.
            reach.look(look)
            raise


def is_there(conn_params: Mapping[str, Any]) -> bool:
    """Whether a server answers. A standby is none, until it is promoted, where one that takes writes is asked for."""
    names = {option.keyword.decode() for option in pq.Conninfo.get_defaults()}
    asked = {name: value for name, value in conn_params.items() if name in names}
    if pq.PGconn.ping(conninfo.make_conninfo(**asked).encode()) != pq.Ping.OK:
        return False
    if asked.get("target_session_attrs", "any") == "any" or connects(asked):
        return True
    # One that has no place for one more connection is there too.
    return not connects({**asked, "target_session_attrs": "any"})


def connects(asked: Mapping[str, Any]) -> bool:
    connection = pq.PGconn.connect(conninfo.make_conninfo(**asked).encode())
    try:
        return connection.status == pq.ConnStatus.OK
    finally:
        connection.finish()
