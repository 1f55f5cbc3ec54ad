"""The made-up archive's rows into our tables: COPY on PostgreSQL, executemany on SQLite. The tables are empty before.

Needs Django set up. What hangs on the tables, indexes and triggers of the search, is kept by the database as ever.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from itertools import islice

from django.db import connection, transaction

from articles.models import Article, ArticleTopic, Entry, Feed, Source, StoredPicture, Story, Topic
from articles.pictures.keys import key_of
from bench import archive
from bench.archive import Archive, Row

AT_ONCE = 5_000  # rows of a statement on SQLite
WIDTHS = [640, 1200]


def fill(made_up: Archive) -> None:
    """All of it in one transaction, statistics after it: on PostgreSQL plans are made by them."""
    with transaction.atomic():
        fill_small(made_up)
        # The lead of a story is an article, which stands in the story: PostgreSQL looks when the transaction ends.
        copy("articles_story", archive.STORY, made_up.stories())
        copy("articles_article", archive.ARTICLE, made_up.articles())
        copy("articles_articlebody", archive.BODY, made_up.bodies())
        copy("articles_entry", archive.ENTRY, made_up.entries())
        copy("articles_articletopic", archive.LABEL, made_up.labels())
        set_sequences()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            # A vacuum marks pages as all visible, which time does on a site; in a test's transaction there can be none.
            cursor.execute("ANALYZE" if connection.in_atomic_block else "VACUUM ANALYZE")


def fill_small(made_up: Archive) -> None:
    sources = range(1, archive.SOURCES + 1)
    Source.objects.bulk_create(
        Source(
            id=number,
            name=f"The {made_up.words[number].capitalize()} {made_up.words[-number].capitalize()}",
            slug=f"title-{number}",
            homepage=f"https://title-{number}.example/",
            country="GB",
            permission=archive.permission_of(number),
            licence=archive.LICENCE if archive.permission_of(number) == "open" else "",
            weight=1 + number % 5 / 5,
        )
        for number in sources
    )
    Feed.objects.bulk_create(
        Feed(
            id=number,
            source_id=number,
            url=f"https://title-{number}.example/feed.xml",
            host=f"title-{number}.example",
            section=archive.SECTIONS[number % len(archive.SECTIONS)],
            next_fetch_at=made_up.now + timedelta(minutes=number - 10),
        )
        for number in sources
    )
    Topic.objects.bulk_create(
        Topic(id=number, key=f"topic {number}", name=f"Topic {number}") for number in range(1, archive.TOPICS + 1)
    )
    StoredPicture.objects.bulk_create(
        StoredPicture(
            id=number,
            key=key_of(archive.picture_url(number)),
            url=archive.picture_url(number),
            state="ready",
            width=1200,
            height=800,
            widths=WIDTHS,
            wanted_at=made_up.now,
        )
        for number in range(1, archive.PICTURES + 1)
    )


def copy(table: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
    names = ", ".join(columns)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as target:
                for row in rows:
                    target.write_row(row)
            return
        statement = f"INSERT INTO {table} ({names}) VALUES ({', '.join(['%s'] * len(columns))})"
        for some in in_parts(rows):
            cursor.executemany(statement, some)


def in_parts(rows: Iterable[Row]) -> Iterator[list[Row]]:
    waiting = iter(rows)
    while some := list(islice(waiting, AT_ONCE)):
        yield some


def set_sequences() -> None:
    """The next key follows those that were written; SQLite sees to that itself."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        for model in (Source, Feed, Topic, StoredPicture, Story, Article, Entry, ArticleTopic):
            table = model._meta.db_table
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")
