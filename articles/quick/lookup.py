"""One statement: whose session it is, what of it decides, how new the page's parts are, and the reader's own marks.

Everything in it is true at one moment, and nothing of it is kept.
"""

# The pieces of the statements are names of our own tables and columns; whatever comes from outside is a parameter.
# ruff: noqa: S608

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from allauth.account.models import EmailAddress
from django.apps import apps
from django.contrib.sessions.models import Session
from django.db.models import BooleanField, DateTimeField, Model

from accounts.models import User
from articles.models import Article, ArticleTopic, Follow, Mute, Pick, Reading, Saved, Showing, Source
from articles.pages.showings import quarter_of
from articles.quick.dialects import Row, SQLite, dialect
from articles.reading import body_version
from billing.models import Membership

USER_FIELDS, MEMBERSHIP_FIELDS = User._meta.concrete_fields, Membership._meta.concrete_fields
MEMBERSHIP_AT = 1 + len(USER_FIELDS)
END_OF_MEMBERSHIP = MEMBERSHIP_AT + len(MEMBERSHIP_FIELDS)
FRONT = "front"
LONG_VERSION = 200
# The first letter of each part of the list.
SAVED, READ, VISIBLE, FOLLOWED, MUTE, SHOWN, VERIFIED, DESK = "s", "r", "v", "f", "m", "h", "e", "d"


@dataclass(frozen=True, slots=True)
class Marks:
    """Of the articles that were asked for: how many may be shown, which this reader saved, and which opened."""

    visible_count: int = 0
    saved_ids: frozenset[int] = frozenset()
    read_ids: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Facts:
    session_data: str
    user: User  # with what ReaderBackend brings
    has_mutes: bool
    version: str  # another one, and no shell from before it may be shown
    followed: str  # what the reader follows of what the page shows; the same for the same
    is_shown: bool  # of the front page: that this reader saw it in this quarter of an hour is noted
    marks: Marks
    asked_ids: frozenset[int]  # what the marks are of


def session_data_of(session_key: str, now: datetime) -> str | None:
    """For a session that this process has not seen: the rest is asked once it is known whose it is."""
    by = _by()
    row = by.one(
        f"SELECT {by.row.format('s.session_data')} FROM {_table(Session)} s {_of_session()}",
        (session_key, by.time(now)),
    )
    return row[0] if row else None


def facts_of_article(
    session_key: str, user_id: int, article_id: int, ids: frozenset[int], now: datetime
) -> Facts | None:
    """None where there is no such session or no such user."""
    by = _by()
    row = by.one(
        _article_statement(),
        (*_mark_parameters(by, ids), user_id, article_id, session_key, by.time(now)),
    )
    return _facts(row, ids) if row else None


def facts_of_front(session_key: str, user_id: int, ids: frozenset[int], now: datetime) -> Facts | None:
    by = _by()
    at = by.time(now)
    row = by.one(
        _front_statement(),
        (at, at, *_mark_parameters(by, ids), FRONT, by.time(quarter_of(now)), user_id, session_key, at),
    )
    return _facts(row, ids) if row else None


def marks_of(user_id: int, ids: Collection[int]) -> Marks:
    by = _by()
    row = by.one(_marks_statement(), (*_mark_parameters(by, ids), user_id))
    return _marks(_by_kind(row[0])) if row else Marks()


@lru_cache(maxsize=1)
def _by() -> SQLite:
    return dialect()


def _table(model: type[Model]) -> str:
    return f'"{model._meta.db_table}"'


def _columns(alias: str, fields: Sequence[Any]) -> str:
    return ", ".join(f'{alias}."{field.column}"' for field in fields)


def _who() -> str:
    return f"s.session_data, {_columns('u', USER_FIELDS)}, {_columns('m', MEMBERSHIP_FIELDS)}"


def _from() -> str:
    return f"""FROM {_table(Session)} s
        JOIN {_table(User)} u ON u.id = %s
        LEFT JOIN {_table(Membership)} m ON m.user_id = u.id"""


def _of_session() -> str:
    return "WHERE s.session_key = %s AND s.expire_date > %s"


def _list(by: SQLite, *parts: str) -> str:
    """Everything else in one list, each part with a letter for its kind: one look costs less than seven."""
    return f"(SELECT {by.joined.format('o.kind || o.part')} FROM ({' UNION ALL '.join(parts)}) o)"


def _marked(by: SQLite) -> tuple[str, ...]:
    def mine(letter: str, model: type[Model]) -> str:
        return f"""SELECT '{letter}', CAST(k.article_id AS varchar) FROM {_table(model)} k
            WHERE k.user_id = u.id AND k.article_id {by.any_of}"""

    visible = f"""SELECT '{VISIBLE}' AS kind, CAST(x.id AS varchar) AS part FROM {_table(Article)} x
            WHERE x.id {by.any_of} AND x.withdrawn_at IS NULL"""
    return visible, mine(SAVED, Saved), mine(READ, Reading)


def _of_reader() -> tuple[str, ...]:
    """Whether the address is proven, whether anything is muted; and what editors did last: whatever it was, all that
    was kept before it is made anew."""
    log = _table(apps.get_model("admin", "LogEntry"))
    return (
        f"""SELECT '{VERIFIED}', '' FROM {_table(EmailAddress)} e
            WHERE e.user_id = u.id AND e.verified AND upper(e.email) = upper(u.email)""",
        f"SELECT '{MUTE}', '' FROM {_table(Mute)} w WHERE w.user_id = u.id",
        f"SELECT '{DESK}', CAST(coalesce(max(l.id), 0) AS varchar) FROM {log} l",
    )


def _mark_parameters(by: SQLite, ids: Collection[int]) -> tuple[str, ...]:
    return (by.numbers(ids),) * 3


@lru_cache(maxsize=1)
def _marks_statement() -> str:
    by = _by()
    return f"SELECT {by.row.format(_list(by, *_marked(by)))} FROM {_table(User)} u WHERE u.id = %s"


@lru_cache(maxsize=1)
def _article_statement() -> str:
    by = _by()
    follows = f"""SELECT '{FOLLOWED}', CASE WHEN g.source_id IS NOT NULL THEN 'source'
                WHEN g.report_id IS NOT NULL THEN 'story' ELSE CAST(g.topic_id AS varchar) END
            FROM {_table(Follow)} g LEFT JOIN {_table(Article)} r ON r.id = g.report_id
            WHERE g.user_id = u.id AND (g.source_id = a.source_id OR r.story_id = a.story_id OR g.topic_id IN
                (SELECT t.topic_id FROM {_table(ArticleTopic)} t WHERE t.article_id = a.id))"""
    columns = f"""{_who()},
        {by.version("a", Article)}, {by.version("p", Source)}, {body_version(by.version)},
        {_list(by, *_marked(by), *_of_reader(), follows)}"""
    return f"""SELECT {by.row.format(columns)}
        {_from()} JOIN {_table(Article)} a ON a.id = %s JOIN {_table(Source)} p ON p.id = a.source_id
        {_of_session()}"""


@lru_cache(maxsize=1)
def _front_statement() -> str:
    by = _by()
    follows = f"""SELECT '{FOLLOWED}', coalesce(CAST(g.source_id AS varchar), g.section)
            FROM {_table(Follow)} g WHERE g.user_id = u.id"""
    shown = f"""SELECT '{SHOWN}', '' FROM {_table(Showing)} h
            WHERE h.user_id = u.id AND h.page = %s AND h.quarter_at = %s"""
    picks = f"""(SELECT {by.joined.format(by.version("d", Pick))} FROM {_table(Pick)} d
            WHERE d.starts_at <= %s AND (d.ends_at IS NULL OR d.ends_at > %s))"""
    columns = f"""{_who()},
        '', '', {picks},
        {_list(by, *_marked(by), shown, *_of_reader(), follows)}"""
    return f"SELECT {by.row.format(columns)} {_from()} {_of_session()}"


def _facts(row: Row, ids: frozenset[int]) -> Facts:
    user = _model(User, row[1:MEMBERSHIP_AT])
    # None says that there is no such row, as it does where Django has looked.
    has_membership = row[MEMBERSHIP_AT] is not None
    user._state.fields_cache["membership"] = (
        _model(Membership, row[MEMBERSHIP_AT:END_OF_MEMBERSHIP]) if has_membership else None
    )
    *versions, own = row[END_OF_MEMBERSHIP:]
    mine = _by_kind(own)
    user.has_verified_address = VERIFIED in mine
    return Facts(
        session_data=row[0],
        user=user,
        has_mutes=MUTE in mine,
        version=_version([*versions, *mine[DESK]]),
        followed=",".join(sorted(set(mine.get(FOLLOWED, ())))),
        is_shown=SHOWN in mine,
        marks=_marks(mine),
        asked_ids=ids,
    )


def _version(versions: Sequence[object]) -> str:
    """SQLite's are whole rows, and one is kept with every shell."""
    joined = "\n".join(map(str, versions))
    return joined if len(joined) < LONG_VERSION else hashlib.blake2b(joined.encode(), digest_size=16).hexdigest()


def _by_kind(own: str | None) -> dict[str, list[str]]:
    mine: dict[str, list[str]] = {}
    for one in own.split(",") if own else ():
        mine.setdefault(one[0], []).append(one[1:])
    return mine


def _marks(mine: Mapping[str, list[str]]) -> Marks:
    return Marks(len(mine.get(VISIBLE, ())), *(frozenset(map(int, mine.get(kind, ()))) for kind in (SAVED, READ)))


def _model(model: type[Any], values: Row) -> Any:
    """As Django loads one."""
    names, reads = _reading(model)
    return model.from_db("default", names, [read(value) for read, value in zip(reads, values, strict=True)])


@lru_cache(maxsize=2)
def _reading(model: type[Any]) -> tuple[list[str], list[Callable[[Any], Any]]]:
    """The names of its fields, and what makes a value of each of what JSON holds."""
    fields = model._meta.concrete_fields
    return [field.attname for field in fields], [READS.get(type(field), _as_it_is) for field in fields]


def _as_it_is(value: Any) -> Any:
    return value


def _time(value: str | None) -> datetime | None:
    """SQLite keeps times of UTC and does not say so."""
    if value is None:
        return None
    time = datetime.fromisoformat(value)
    return time if time.tzinfo else time.replace(tzinfo=UTC)


READS: dict[type, Callable[[Any], Any]] = {BooleanField: bool, DateTimeField: _time}
