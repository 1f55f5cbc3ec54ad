# ruff: noqa: S608  every name in these statements is written here
"""What goes into the search index is found faster; what stands in it stays, for it comes out the same.

SQLite      Two functions of ours (articles/search/indexed.py) give what the expressions of 0026 gave, in a tenth of the
            time. Who writes articles past Django, in SQLite's own shell, is told that a function is missing, and nothing
            is written.
PostgreSQL  articles_search_fold looks first whether there is a letter that Unicode takes apart: most English texts have
            none, and taking all of a text apart and together again was half of what storing it costs.
"""

from importlib import import_module

from django.db import migrations

search_index = import_module("articles.migrations.0002_search_index")
bodies_index = import_module("articles.migrations.0020_search_in_bodies")
letters = import_module("articles.migrations.0026_search_letters")


def indexed(column):
    return f"articles_indexed{'_html' if column.endswith('html') else ''}({column})"


def row(version):
    """NEW or OLD as the index of public text holds it."""
    columns = (indexed(f"{version}.{column}") for column in search_index.COLUMNS)
    return ", ".join([f"{version}.id", *columns, f"'titlenumber' || {version}.source_id"])


ENTER = f"INSERT INTO articles_search (rowid, {search_index.INDEX}) SELECT {row('NEW')};"
TAKE_OUT = f"INSERT INTO articles_search (articles_search, rowid, {search_index.INDEX}) SELECT 'delete', {row('OLD')};"

PUBLIC_TRIGGERS = [
    f"CREATE TRIGGER articles_search_insert AFTER INSERT ON articles_article BEGIN {ENTER} END",
    f"CREATE TRIGGER articles_search_delete AFTER DELETE ON articles_article BEGIN {TAKE_OUT} END",
    f"""CREATE TRIGGER articles_search_update AFTER UPDATE OF {", ".join(search_index.COLUMNS)}, source_id
        ON articles_article WHEN {search_index.HAS_CHANGED} BEGIN {TAKE_OUT} {ENTER} END""",
]


def public(version):
    """The columns `public, source, openness` of an article; no phrase reaches past a title's word."""
    texts = f" || ' titlenumber' || {version}.source_id || ' ' || ".join(
        indexed(f"{version}.{column}") for column in ("headline", "standfirst", "author")
    )
    openness = f"CASE WHEN {version}.is_opened THEN 'openedtext' ELSE '' END"
    return f"{texts}, 'titlenumber' || {version}.source_id, {openness}"


WITHOUT_TRIGGERS = [sql for sql in (*search_index.SQLITE_REVERSE, *bodies_index.SQLITE_REVERSE) if "TRIGGER" in sql]

SQLITE = [
    *WITHOUT_TRIGGERS,
    *PUBLIC_TRIGGERS,
    *bodies_index.triggers(public, indexed),
    "DROP TABLE articles_search_letters",
]
SQLITE_REVERSE = [
    *WITHOUT_TRIGGERS,
    "CREATE TABLE articles_search_letters (letter TEXT PRIMARY KEY, plain TEXT NOT NULL) WITHOUT ROWID",
    f"INSERT INTO articles_search_letters (letter, plain) VALUES {letters.LETTER_VALUES}",
    *letters.PUBLIC_TRIGGERS,
    *bodies_index.triggers(letters.public, letters.indexed),
]

# What stands beside letters and digits in texts of plain English, beyond ASCII: marks that are a blank in the index.
MARKS = r"\u00a0\u00ab\u00bb\u2013\u2014\u2018-\u201f\u2022\u2026"
PLAINLY_FOLDED = rf"""regexp_replace(lower($1), '[!-/:-@\[-`{{-~{MARKS}]', ' ', 'g')"""
FULLY_FOLDED = next(sql for sql in letters.POSTGRESQL if "FUNCTION articles_search_fold" in sql).split("SELECT", 1)[1]
POSTGRESQL = [
    rf"""CREATE OR REPLACE FUNCTION articles_search_fold(text) RETURNS text
        LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT AS $$ BEGIN
        IF $1 ~ '[^\u0001-\u007f{MARKS}]' THEN
            RETURN {FULLY_FOLDED.rsplit("$$", 1)[0].strip()};
        END IF;
        RETURN {PLAINLY_FOLDED};
        END $$""",
]
POSTGRESQL_REVERSE = [sql for sql in letters.POSTGRESQL if "FUNCTION articles_search_fold" in sql]


class Migration(migrations.Migration):
    dependencies = [("articles", "0026_search_letters")]

    operations = [
        migrations.RunPython(
            search_index.run({"sqlite": SQLITE, "postgresql": POSTGRESQL}),
            search_index.run({"sqlite": SQLITE_REVERSE, "postgresql": POSTGRESQL_REVERSE}),
        )
    ]
