# ruff: noqa: S608  every name in these statements is written here
"""A whole text comes into SQLite's search index once, together with the public words of its article.

A new article stood there alone, was taken out again and entered anew with its text, which comes a moment later: a ninth
of what storing it took. Now its words wait for the text in a table, articles_search_waiting. No article that waits has
a row in the index: the text takes the words along, and a changed article is entered as before. One without a text is
not in the index of texts, as on PostgreSQL.
"""

from importlib import import_module

from django.db import migrations

search_index = import_module("articles.migrations.0002_search_index")
bodies_index = import_module("articles.migrations.0020_search_in_bodies")
functions = import_module("articles.migrations.0027_search_functions")

NAME = bodies_index.NAME
WAITING = "articles_search_waiting"
IS_WAITING = f"SELECT 1 FROM {WAITING} WHERE id = NEW.article_id"
IS_THERE = f"{bodies_index.IS_THERE} NEW.article_id"
BODY = functions.indexed("NEW.html")


def trigger(event):
    """That of migration 0027 which is replaced or completed."""
    name = f"CREATE TRIGGER {NAME}_{event} "
    return next(sql for sql in functions.SQLITE if sql.startswith(name))


EVENTS = ("article_insert", "article_update", "article_delete", "insert")
WITHOUT_TRIGGERS = [f"DROP TRIGGER {NAME}_{event}" for event in EVENTS]

SQLITE = [
    *WITHOUT_TRIGGERS,
    f"""CREATE TABLE {WAITING} (
        id INTEGER PRIMARY KEY, public TEXT NOT NULL, source TEXT NOT NULL, openness TEXT NOT NULL)""",
    f"""CREATE TRIGGER {NAME}_article_insert AFTER INSERT ON articles_article WHEN NEW.has_body BEGIN
        INSERT INTO {WAITING} (id, public, source, openness) SELECT NEW.id, {functions.public("NEW")}; END""",
    *(
        trigger(f"article_{event}").replace("BEGIN", f"BEGIN DELETE FROM {WAITING} WHERE id = {version}.id;")
        for event, version in (("update", "NEW"), ("delete", "OLD"))
    ),
    f"""CREATE TRIGGER {NAME}_insert AFTER INSERT ON articles_articlebody BEGIN
        INSERT INTO {NAME} (rowid, public, source, openness, body)
            SELECT id, public, source, openness, {BODY} FROM {WAITING} WHERE id = NEW.article_id;
        UPDATE {NAME} SET body = {BODY} WHERE rowid = NEW.article_id AND NOT EXISTS ({IS_WAITING});
        INSERT INTO {NAME} (rowid, public, source, openness, body)
            SELECT NEW.article_id, '', '', '', {BODY} WHERE NOT EXISTS ({IS_WAITING}) AND NOT EXISTS ({IS_THERE});
        DELETE FROM {WAITING} WHERE id = NEW.article_id; END""",
]
SQLITE_REVERSE = [*WITHOUT_TRIGGERS, f"DROP TABLE {WAITING}", *map(trigger, EVENTS)]


class Migration(migrations.Migration):
    dependencies = [("articles", "0027_search_functions")]

    operations = [
        migrations.RunPython(
            search_index.run({"sqlite": SQLITE, "postgresql": []}),
            search_index.run({"sqlite": SQLITE_REVERSE, "postgresql": []}),
        )
    ]
