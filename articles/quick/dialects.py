"""What the two databases say differently in the one statement, and how it is asked.

Over connections of its own, kept open with the statements prepared: a connection of Django's costs more to ask than
either database takes to answer, and on PostgreSQL planning costs more than running. There are a few in a process,
whatever the number of its threads, and they only read.
"""

# The pieces of the statements are names of our own tables and columns; whatever comes from outside is a parameter.
# ruff: noqa: S608

from __future__ import annotations

import json
import math
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import count
from time import monotonic, sleep
from typing import Any

from django.db import DEFAULT_DB_ALIAS, OperationalError, connection, connections
from django.db.models import Model

MOST_CONNECTIONS = 4  # a look-up takes a fifth of a millisecond: they do for ten thousand readers a second
PATIENCE_SECONDS = 1.0  # for one of them to be free; Django's road has a pool of its own
WAIT_SECONDS = 0.002  # between two looks for one
Row = Sequence[Any]


class Asking(ABC):
    """A connection that reads only, each statement by itself, and gives up early: Django's own road is still there.

    OperationalError where it cannot be made, and for whatever is no answer.
    """

    most_seconds = math.inf

    def __init__(self) -> None:
        self._ends_at = monotonic() + self.most_seconds

    @property
    def is_old(self) -> bool:
        return monotonic() >= self._ends_at

    @abstractmethod
    def one(self, statement: str, parameters: Sequence[str | int]) -> Row | None:
        """The first row."""

    @abstractmethod
    def close(self) -> None: ...


class Dialect(ABC):
    """Safe for threads. A list of numbers is one parameter in both."""

    ids: str  # such a list, for marked() to look into
    joined: str
    texts: str  # its columns as one JSON text
    asking: type[Asking]

    def __init__(self) -> None:
        # Of the places for connections those that nobody has now; in some of them none was needed yet.
        self._idle: deque[Asking | None] = deque([None] * MOST_CONNECTIONS)

    @abstractmethod
    def version(self, alias: str, model: type[Model]) -> str:
        """An expression that changes with every change of the row."""

    def versions(self, alias: str, model: type[Model]) -> str:
        """The same as one column or several: cheaper where it may be several."""
        return self.version(alias, model)

    @abstractmethod
    def marked(self, visible: str, articles: str, marks: Mapping[str, str]) -> tuple[str, ...]:
        """Selects of kind and part: of the articles i.ids how many may be shown, and which the user u has marked.

        `visible` is a kind, `marks` holds tables by theirs.
        """

    @abstractmethod
    def numbers(self, ids: Collection[int]) -> str: ...

    @abstractmethod
    def time(self, value: datetime) -> str: ...

    def one(self, statement: str, parameters: Sequence[str | int]) -> Row | None:
        """The first row. DatabaseError where there is no answer."""
        # What this transaction has written is seen in it only.
        if connection.in_atomic_block:
            with connection.cursor() as cursor:
                cursor.execute(statement, parameters)
                row: Row | None = cursor.fetchone()
                return row
        asking, given_back = self._taken(), None
        try:
            found, given_back = self._asked(asking, statement, parameters)
        finally:
            self._idle.append(given_back)
        return found

    def _taken(self) -> Asking | None:
        """The one that was given back last. A server with as many threads as there are places never waits."""
        until = 0.0
        while True:
            try:
                return self._idle.pop()
            except IndexError:
                until = until or monotonic() + PATIENCE_SECONDS
                if monotonic() >= until:
                    raise OperationalError("every connection for look-ups is taken") from None
                sleep(WAIT_SECONDS)

    def _asked(
        self, asking: Asking | None, statement: str, parameters: Sequence[str | int]
    ) -> tuple[Row | None, Asking]:
        """With the connection that answered: a new one where that was old, or had been ended while it was idle."""
        if asking is not None:
            try:
                if not asking.is_old:
                    return asking.one(statement, parameters), asking
            except OperationalError:
                pass
            asking.close()
        asking = self.asking()
        try:
            return asking.one(statement, parameters), asking
        except OperationalError:
            asking.close()
            raise


class AskingSQLite(Asking):
    most_seconds = 60  # a database that was put back as a file is another file, and the last one still reads

    def __init__(self) -> None:
        super().__init__()
        database = connection.Database
        # Whoever has taken it from the idle ones has it alone, so any thread may; times stay the texts that they are.
        own = {"check_same_thread": False, "detect_types": 0, "isolation_level": None, "timeout": 2}
        try:
            self._connection = database.connect(**(connection.get_connection_params() | own))
            self._connection.execute("PRAGMA query_only = ON")
        except database.Error as error:
            raise OperationalError(str(error)) from error

    def one(self, statement: str, parameters: Sequence[str | int]) -> Row | None:
        try:
            row: Row | None = self._connection.execute(_with_marks(statement), parameters).fetchone()
        except connection.Database.Error as error:
            raise OperationalError(str(error)) from error
        return row

    def close(self) -> None:
        self._connection.close()


@lru_cache(maxsize=16)
def _with_marks(statement: str) -> str:
    """One text for one statement: by it SQLite's own module finds what it has prepared."""
    return statement.replace("%s", "?")


class SQLite(Dialect):
    ids = "%s"
    joined = "group_concat({0}, ',')"
    texts = "json_array({0})"
    asking = AskingSQLite

    def version(self, alias: str, model: type[Model]) -> str:
        """Here the whole row, or its one column where it has but one beside its key: a long text stays as it is."""
        columns = [field.column for field in model._meta.concrete_fields if not field.primary_key]
        return f"{alias}.{columns[0]}" if len(columns) == 1 else f"json_array({self.versions(alias, model)})"

    def versions(self, alias: str, model: type[Model]) -> str:
        return ", ".join(f"{alias}.{field.column}" for field in model._meta.concrete_fields)

    def marked(self, visible: str, articles: str, marks: Mapping[str, str]) -> tuple[str, ...]:
        """All in one walk over the list: reading it once for each table takes twice as long."""
        parts = "".join(f" || coalesce(',{kind}' || group_concat(k{kind}.article_id, ',{kind}'), '')" for kind in marks)
        joins = " ".join(
            f"LEFT JOIN {table} k{kind} ON k{kind}.user_id = u.id AND k{kind}.article_id = n.value"
            for kind, table in marks.items()
        )
        return (
            f"""SELECT '{visible}' AS kind, count(x.id){parts} AS part FROM json_each(i.ids) n
            LEFT JOIN {articles} x ON x.id = n.value AND x.withdrawn_at IS NULL {joins}""",
        )

    def numbers(self, ids: Collection[int]) -> str:
        return json.dumps(list(ids))

    def time(self, value: datetime) -> str:
        """As Django writes them: of UTC, without saying so. `value` is of UTC."""
        return str(value.replace(tzinfo=None))


class AskingPostgreSQL(Asking):
    """It speaks through libpq itself: a cursor would cost three times what the server does."""

    most_seconds = 600  # after a failover the former server may still answer, with what was true then

    SETTINGS = (
        *("default_transaction_read_only = on", "statement_timeout = '2s'", "TimeZone = 'UTC'", "jit = off"),
        # One plan for all readers: making one for each costs ten times what it finds out. All is found by its number.
        *("plan_cache_mode = force_generic_plan", "enable_hashjoin = off", "enable_mergejoin = off"),
        *("enable_seqscan = off", "enable_bitmapscan = off"),
    )

    def __init__(self) -> None:
        super().__init__()
        database = connection.Database
        patience = {"connect_timeout": 2, "tcp_user_timeout": 2000}
        try:
            self._connection = database.connect(**(connection.get_connection_params() | patience), autocommit=True)
            for setting in self.SETTINGS:
                self._connection.execute(f"SET {setting}")
        except database.Error as error:
            raise OperationalError(str(error)) from error
        self._names: dict[str, bytes] = {}

    def one(self, statement: str, parameters: Sequence[str | int]) -> Row | None:
        """All of it as texts."""
        libpq = self._connection.pgconn
        try:
            name = self._names.get(statement) or self._prepared(statement)
            result = libpq.exec_prepared(name, [str(value).encode() for value in parameters])
        except connection.Database.Error as error:
            raise OperationalError(str(error)) from error
        if result.status != connection.Database.pq.ExecStatus.TUPLES_OK:
            raise OperationalError(result.error_message.decode(errors="replace").strip())
        if not result.ntuples:
            return None
        values = [result.get_value(0, column) for column in range(result.nfields)]
        return tuple([None if value is None else value.decode() for value in values])

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


class PostgreSQL(Dialect):
    ids = "CAST(%s AS bigint[])"
    joined = "string_agg({0}::text, ',')"
    texts = "CAST(json_build_array({0}) AS text)"
    asking = AskingPostgreSQL

    def version(self, alias: str, model: type[Model]) -> str:
        """Who wrote it last, and where it stands: a row that is changed is written anew."""
        return f"{alias}.xmin::text || {alias}.ctid::text"

    def marked(self, visible: str, articles: str, marks: Mapping[str, str]) -> tuple[str, ...]:
        return (
            f"""SELECT '{visible}' AS kind, CAST(count(*) AS varchar) AS part FROM {articles} x
            WHERE x.id = ANY(i.ids) AND x.withdrawn_at IS NULL""",
            *(
                f"""SELECT '{kind}', CAST(k.article_id AS varchar) FROM {table} k
            WHERE k.user_id = u.id AND k.article_id = ANY(i.ids)"""
                for kind, table in marks.items()
            ),
        )

    def numbers(self, ids: Collection[int]) -> str:
        return f"{{{','.join(map(str, ids))}}}"

    def time(self, value: datetime) -> str:
        return value.isoformat()


def dialect() -> Dialect:
    return PostgreSQL() if connections[DEFAULT_DB_ALIAS].vendor == "postgresql" else SQLite()
