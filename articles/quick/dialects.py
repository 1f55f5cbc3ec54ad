"""What the two databases say differently in the one statement, and how it is asked.

PostgreSQL is asked over connections of its own, kept open with the statements prepared: planning one costs more than
running it, and a connection from Django's pool costs a look of its own. There are a few in a process, whatever the
number of its threads, and they only read. A row comes as one JSON text, which is read in one go.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Collection, Sequence
from datetime import datetime
from itertools import count
from threading import BoundedSemaphore
from typing import Any

from django.db import DEFAULT_DB_ALIAS, OperationalError, connection, connections
from django.db.models import Model

MOST_CONNECTIONS = 4  # a look-up takes a fifth of a millisecond: they do for ten thousand readers a second
PATIENCE_SECONDS = 1.0  # for one of them to be free; Django's road has a pool of its own
Row = Sequence[Any]  # numbers, texts, None; times as texts


class SQLite:
    """A list of numbers is one parameter in both."""

    any_of = "IN (SELECT value FROM json_each(%s))"
    joined = "group_concat({0}, ',')"
    row = "json_array({0})"

    def version(self, alias: str, model: type[Model]) -> str:
        """An expression that changes with every change of the row: here the whole row."""
        columns = ", ".join(f"{alias}.{field.column}" for field in model._meta.concrete_fields)
        return f"json_array({columns})"

    def numbers(self, ids: Collection[int]) -> str:
        return json.dumps(list(ids))

    def time(self, value: datetime) -> str:
        return str(connection.ops.adapt_datetimefield_value(value))

    def one(self, statement: str, parameters: Sequence[str | int]) -> Row | None:
        """The first row of a statement that selects `row` of its columns. DatabaseError where there is no answer."""
        with connection.cursor() as cursor:
            cursor.execute(statement, parameters)
            found = cursor.fetchone()
        return _read(found[0]) if found else None


class PostgreSQL(SQLite):
    any_of = "= ANY(CAST(%s AS bigint[]))"
    joined = "string_agg({0}::text, ',')"
    row = "CAST(json_build_array({0}) AS text)"

    def __init__(self) -> None:
        self._idle: deque[Asking] = deque()
        self._free = BoundedSemaphore(MOST_CONNECTIONS)

    def version(self, alias: str, model: type[Model]) -> str:
        """Who wrote it last, and where it stands: a row that is changed is written anew."""
        return f"{alias}.xmin::text || {alias}.ctid::text"

    def numbers(self, ids: Collection[int]) -> str:
        return f"{{{','.join(map(str, ids))}}}"

    def time(self, value: datetime) -> str:
        return value.isoformat()

    def one(self, statement: str, parameters: Sequence[str | int]) -> Row | None:
        # What this transaction has written is seen in it only.
        if connection.in_atomic_block:
            return super().one(statement, parameters)
        if not self._free.acquire(timeout=PATIENCE_SECONDS):
            raise OperationalError("every connection for look-ups is taken")
        try:
            found = self._found(statement, parameters)
        finally:
            self._free.release()
        return _read(found.decode()) if found is not None else None

    def _found(self, statement: str, parameters: Sequence[str | int]) -> bytes | None:
        try:
            asking, is_new = self._idle.pop(), False
        except IndexError:
            asking, is_new = Asking(), True
        try:
            found = asking.one(statement, parameters)
        except OperationalError:
            asking.close()
            if is_new:
                raise
            # It was idle while the server was restarted, and so were the others.
            self._idle.clear()
            asking = Asking()
            found = asking.one(statement, parameters)
        self._idle.append(asking)
        return found


class Asking:
    """A connection that reads only, each statement by itself, and gives up early: Django's own road is still there.

    It speaks through libpq itself: a cursor would cost three times what the server does.
    """

    SETTINGS = (
        *("default_transaction_read_only = on", "statement_timeout = '2s'", "TimeZone = 'UTC'", "jit = off"),
        # One plan for all readers: making one for each costs ten times what it finds out. All is found by its number.
        *("plan_cache_mode = force_generic_plan", "enable_hashjoin = off", "enable_mergejoin = off"),
        *("enable_seqscan = off", "enable_bitmapscan = off"),
    )

    def __init__(self) -> None:
        database = connection.Database
        patience = {"connect_timeout": 2, "tcp_user_timeout": 2000}
        try:
            self._connection = database.connect(**(connection.get_connection_params() | patience), autocommit=True)
            for setting in self.SETTINGS:
                self._connection.execute(f"SET {setting}")
        except database.Error as error:
            raise OperationalError(str(error)) from error
        self._names: dict[str, bytes] = {}

    def one(self, statement: str, parameters: Sequence[str | int]) -> bytes | None:
        """The first column of the first row. OperationalError for whatever is no answer."""
        libpq = self._connection.pgconn
        try:
            name = self._names.get(statement) or self._prepared(statement)
            result = libpq.exec_prepared(name, [str(value).encode() for value in parameters])
        except connection.Database.Error as error:
            raise OperationalError(str(error)) from error
        if result.status != connection.Database.pq.ExecStatus.TUPLES_OK:
            raise OperationalError(result.error_message.decode(errors="replace").strip())
        found: bytes | None = result.get_value(0, 0) if result.ntuples else None
        return found

    def _prepared(self, statement: str) -> bytes:
        name, places = f"quick_{len(self._names)}".encode(), count(1)
        parts = statement.split("%s")
        numbered = "".join(f"{part}${next(places)}" for part in parts[:-1]) + parts[-1]
        result = self._connection.pgconn.prepare(name, numbered.encode())
        if result.status != connection.Database.pq.ExecStatus.COMMAND_OK:
            raise OperationalError(result.error_message.decode(errors="replace").strip())
        self._names[statement] = name
        return name

    def close(self) -> None:
        self._connection.close()


def _read(text: str) -> Row:
    row: Row = json.loads(text)
    return row


def dialect() -> SQLite:
    return PostgreSQL() if connections[DEFAULT_DB_ALIAS].vendor == "postgresql" else SQLite()
