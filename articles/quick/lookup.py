"""One statement: whose session it is, what of it decides, how new the page's parts are, and the reader's own marks.

Everything in it is true at one moment, and nothing of it is kept.
"""

# The pieces of the statements are names of our own tables and columns; whatever comes from outside is a parameter.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from allauth.account.models import EmailAddress
from django.apps import apps
from django.contrib.sessions.models import Session
from django.db.models import Model

from accounts.models import User
from articles.models import Article, ArticleTopic, Follow, Mute, Pick, Reading, Saved, Showing, Source
from articles.pages.showings import quarter_of
from articles.quick.dialects import Dialect, Row, dialect
from articles.quick.who import MEMBERSHIP_FIELDS, USER_FIELDS, signed_in
from articles.reading import body_version
from billing.models import Membership

FRONT = "front"
# The first letter of each part of the list.
SAVED, READ, VISIBLE, FOLLOWED, MUTE, SHOWN = "s", "r", "v", "f", "m", "h"


class Marks(NamedTuple):
    """Of the articles that were asked for: how many may be shown, which this reader saved, and which opened."""

    visible_count: int = 0
    saved_ids: frozenset[int] = frozenset()
    read_ids: frozenset[int] = frozenset()


class Own(NamedTuple):
    """A reader's own."""

    has_mutes: bool
    followed: str  # what of the page's own is followed; the same for the same
    is_shown: bool  # of the front page: that this reader saw it in this quarter of an hour is noted
    marks: Marks


class Facts(NamedTuple):
    user: User  # with what ReaderBackend brings
    has_mutes: bool
    version: Row  # another one, and no shell from before it may be shown
    followed: str
    is_shown: bool
    marks: Marks
    asked_ids: frozenset[int]  # what the marks are of


def session_data_of(session_key: str, now: datetime) -> str | None:
    """For a session that this process has not seen: the rest is asked once it is known whose it is."""
    by = _by()
    row = by.one(f"SELECT s.session_data FROM {_table(Session)} s {_of_session()}", (session_key, by.time(now)))
    return row[0] if row else None


def facts_of_article(
    session_key: str, user_id: int, article_id: int, ids: frozenset[int], now: datetime
) -> Facts | None:
    """None where there is no such session, or no such user whose session it is."""
    by = _by()
    row = by.one(
        _article_statement(),
        (_numbers(ids), user_id, article_id, session_key, by.time(now)),
    )
    return _facts(row, ids) if row else None


def facts_of_front(session_key: str, user_id: int, ids: frozenset[int], now: datetime) -> Facts | None:
    by = _by()
    at = by.time(now)
    row = by.one(
        _front_statement(),
        (FRONT, by.time(quarter_of(now)), at, at, _numbers(ids), user_id, session_key, at),
    )
    return _facts(row, ids) if row else None


def marks_of(user_id: int, ids: frozenset[int]) -> Marks:
    row = _by().one(_marks_statement(), (_numbers(ids), user_id))
    return _own(row[0]).marks if row else Marks()


@lru_cache(maxsize=1)
def _by() -> Dialect:
    return dialect()


def _table(model: type[Model]) -> str:
    return f'"{model._meta.db_table}"'


def _columns(alias: str, fields: Sequence[Any]) -> str:
    return ", ".join(f'{alias}."{field.column}"' for field in fields)


def _who(by: Dialect) -> str:
    verified = f"""CASE WHEN EXISTS (SELECT 1 FROM {_table(EmailAddress)} e
        WHERE e.user_id = u.id AND e.verified AND upper(e.email) = upper(u.email)) THEN 1 ELSE 0 END"""
    columns = f"s.session_data, {_columns('u', USER_FIELDS)}, {_columns('m', MEMBERSHIP_FIELDS)}, {verified}"
    return by.texts.format(columns)


def _from(by: Dialect) -> str:
    return f"""{_of_ids(by)} CROSS JOIN {_table(Session)} s
        JOIN {_table(User)} u ON u.id = %s
        LEFT JOIN {_table(Membership)} m ON m.user_id = u.id"""


def _of_ids(by: Dialect) -> str:
    """The articles that the marks are of."""
    return f"FROM (SELECT {by.ids} AS ids) i"


def _of_session() -> str:
    return "WHERE s.session_key = %s AND s.expire_date > %s"


def _list(by: Dialect, *parts: str) -> str:
    """Everything else in one list, each part with a letter for its kind: one look costs less than seven."""
    return f"(SELECT {by.joined.format('o.kind || o.part')} FROM ({' UNION ALL '.join(parts)}) o)"


def _marked(by: Dialect) -> tuple[str, ...]:
    return by.marked(VISIBLE, _table(Article), {SAVED: _table(Saved), READ: _table(Reading)})


def _muted() -> str:
    return f"SELECT '{MUTE}', '' FROM {_table(Mute)} w WHERE w.user_id = u.id"


def _desk() -> str:
    """What editors did last: whatever it was, all that was kept before it is made anew."""
    return f"(SELECT CAST(coalesce(max(l.id), 0) AS varchar) FROM {_table(apps.get_model('admin', 'LogEntry'))} l)"


@lru_cache(maxsize=4096)
def _numbers(ids: frozenset[int]) -> str:
    return _by().numbers(ids)


@lru_cache(maxsize=1)
def _marks_statement() -> str:
    by = _by()
    return f"SELECT {_list(by, *_marked(by))} {_of_ids(by)} CROSS JOIN {_table(User)} u WHERE u.id = %s"


@lru_cache(maxsize=1)
def _article_statement() -> str:
    by = _by()
    # One after the other, so that most follows are settled by the first.
    follows = f"""SELECT '{FOLLOWED}', CASE WHEN g.source_id IS NOT NULL THEN 'source'
                WHEN g.report_id IS NOT NULL THEN 'story' ELSE CAST(g.topic_id AS varchar) END
            FROM {_table(Follow)} g WHERE g.user_id = u.id AND CASE
                WHEN g.source_id IS NOT NULL THEN g.source_id = a.source_id
                WHEN g.report_id IS NOT NULL THEN EXISTS (SELECT 1 FROM {_table(Article)} r
                    WHERE r.id = g.report_id AND r.story_id = a.story_id)
                ELSE EXISTS (SELECT 1 FROM {_table(ArticleTopic)} t
                    WHERE t.topic_id = g.topic_id AND t.article_id = a.id) END"""
    return f"""SELECT {_who(by)}, {_list(by, *_marked(by), _muted(), follows)}, {_desk()},
            {by.versions("a", Article)}, {by.versions("p", Source)}, {body_version(by.version)}
        {_from(by)} JOIN {_table(Article)} a ON a.id = %s JOIN {_table(Source)} p ON p.id = a.source_id
        {_of_session()}"""


@lru_cache(maxsize=1)
def _front_statement() -> str:
    by = _by()
    follows = f"""SELECT '{FOLLOWED}', coalesce(CAST(g.source_id AS varchar), nullif(g.section, ''), 'other')
            FROM {_table(Follow)} g WHERE g.user_id = u.id"""
    shown = f"""SELECT '{SHOWN}', '' FROM {_table(Showing)} h
            WHERE h.user_id = u.id AND h.page = %s AND h.quarter_at = %s"""
    picks = f"""(SELECT {by.joined.format(by.version("d", Pick))} FROM {_table(Pick)} d
            WHERE d.starts_at <= %s AND (d.ends_at IS NULL OR d.ends_at > %s))"""
    own = _list(by, *_marked(by), shown, _muted(), follows)
    return f"SELECT {_who(by)}, {own}, {_desk()}, {picks} {_from(by)} {_of_session()}"


def _facts(row: Row, ids: frozenset[int]) -> Facts | None:
    who, own, *version = row
    user = signed_in(who)
    if user is None:
        return None
    has_mutes, followed, is_shown, marks = _own(own)
    return Facts(user, has_mutes, version, followed, is_shown, marks, ids)


# Most readers have marked nothing of a page, and the same words say the same.
@lru_cache(maxsize=4096)
def _own(own: str) -> Own:
    mine: dict[str, list[str]] = {}
    for one in own.split(","):
        mine.setdefault(one[0], []).append(one[1:])
    [visible_count] = mine[VISIBLE]
    return Own(
        has_mutes=MUTE in mine,
        followed=",".join(sorted(set(mine.get(FOLLOWED, ())))),
        is_shown=SHOWN in mine,
        marks=Marks(int(visible_count), *(frozenset(map(int, mine.get(kind, ()))) for kind in (SAVED, READ))),
    )
