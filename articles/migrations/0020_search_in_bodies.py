# ruff: noqa: S608  every name in these statements is written here
"""The search index of whole texts, kept by the database itself and apart from the index of public text.

Each text stands in it with the headline, standfirst, author and title of its article, so that one look answers for
words of either. What an outsider asks for goes through it by the rows that are public only: an open licence, or opened
by an editor.

SQLite      articles_search_bodies, an FTS5 table that keeps its own text, fed by triggers on articles_article and
            articles_articlebody. Neither names another table of Django's: SQLite refuses to make a table anew that a
            trigger elsewhere speaks of. "openedtext" stands in it for an article that an editor has opened,
            "titlenumber12" for its title; which titles are open is known when somebody searches. A later migration that
            makes Django rebuild one of the two tables drops its triggers and has to create them again, as 0006 does;
            tests/articles/search/test_index_of_bodies.py fails until it does.
PostgreSQL  articles_search_bodies, a table with one row for each text: an index over all rows, another over public
            ones.
"""

from importlib import import_module

from django.db import migrations

search_index = import_module("articles.migrations.0002_search_index")

# SQLite ---------------------------------------------------------------------------------------------


def indexed_html(column):
    """What of a whole text goes in: as 0002 does it with the opening."""
    letters = search_index.replaced("t", search_index.LETTERS)
    text = f"SELECT {letters} AS t FROM ({search_index.without_tags(column)})"
    return f"(SELECT {search_index.replaced('t', search_index.UNWRITTEN)} FROM ({text}))"


def public(version):
    """The columns `public, source, openness` of an article, NEW or by its table's name."""
    texts = " || ' ' || ".join(
        search_index.indexed(f"{version}.{column}") for column in ("headline", "standfirst", "author")
    )
    openness = f"CASE WHEN {version}.is_opened THEN 'openedtext' ELSE '' END"
    return f"{texts}, 'titlenumber' || {version}.source_id, {openness}"


NAME = "articles_search_bodies"
IS_THERE = f"SELECT 1 FROM {NAME} WHERE rowid ="
COLUMNS = ("headline", "standfirst", "author", "source_id", "is_opened", "has_body")
HAS_CHANGED = " OR ".join(f"OLD.{column} IS NOT NEW.{column}" for column in COLUMNS)


def triggers(public, indexed_html):
    """What keeps the index as the two tables are; the two functions say what of them goes in."""
    # Not INSERT OR REPLACE: in a trigger it becomes what the statement outside says, IGNORE for one.
    set_public = f"UPDATE {NAME} SET (public, source, openness) = (SELECT {public('NEW')}) WHERE rowid = NEW.id;"
    add_public = f"""INSERT INTO {NAME} (rowid, public, source, openness, body)
        SELECT NEW.id, {public("NEW")}, '' WHERE NOT EXISTS ({IS_THERE} NEW.id);"""
    set_body = f"UPDATE {NAME} SET body = {indexed_html('NEW.html')} WHERE rowid = NEW.article_id;"
    add_body = f"""INSERT INTO {NAME} (rowid, public, source, openness, body)
        SELECT NEW.article_id, '', '', '', {indexed_html("NEW.html")} WHERE NOT EXISTS ({IS_THERE} NEW.article_id);"""
    return [
        f"""CREATE TRIGGER {NAME}_article_insert AFTER INSERT ON articles_article
            WHEN NEW.has_body BEGIN {add_public} END""",
        f"""CREATE TRIGGER {NAME}_article_update AFTER UPDATE OF {", ".join(COLUMNS)} ON articles_article
            WHEN NEW.has_body AND ({HAS_CHANGED}) BEGIN {set_public} {add_public} END""",
        f"""CREATE TRIGGER {NAME}_article_delete AFTER DELETE ON articles_article
            BEGIN DELETE FROM {NAME} WHERE rowid = OLD.id; END""",
        f"CREATE TRIGGER {NAME}_insert AFTER INSERT ON articles_articlebody BEGIN {set_body} {add_body} END",
        f"""CREATE TRIGGER {NAME}_update AFTER UPDATE OF html ON articles_articlebody
            WHEN OLD.html IS NOT NEW.html BEGIN {set_body} {add_body} END""",
        f"""CREATE TRIGGER {NAME}_delete AFTER DELETE ON articles_articlebody
            BEGIN DELETE FROM {NAME} WHERE rowid = OLD.article_id; END""",
    ]


SQLITE = [
    f"""CREATE VIRTUAL TABLE {NAME} USING fts5(
        public, source, openness, body, tokenize='unicode61 remove_diacritics 2')""",
    f"""INSERT INTO {NAME} (rowid, public, source, openness, body)
        SELECT a.id, {public("a")}, {indexed_html("b.html")}
        FROM articles_articlebody b JOIN articles_article a ON a.id = b.article_id""",
    *triggers(public, indexed_html),
]
SQLITE_REVERSE = [
    *(
        f"DROP TRIGGER IF EXISTS {NAME}_{event}"
        for event in ("article_insert", "article_update", "article_delete", "insert", "update", "delete")
    ),
    f"DROP TABLE IF EXISTS {NAME}",
]

# PostgreSQL -----------------------------------------------------------------------------------------

MOST_CHARACTERS = 150_000  # of a text; PostgreSQL refuses the words of a longer one altogether

POSTGRESQL = [
    "CREATE TABLE articles_search_bodies ("
    "article_id bigint PRIMARY KEY, is_public boolean NOT NULL, words tsvector NOT NULL)",
    f"""CREATE FUNCTION articles_search_body_words(public_words tsvector, html text) RETURNS tsvector
        LANGUAGE sql STABLE STRICT AS $$
        SELECT public_words || to_tsvector('simple', articles_search_fold(
            regexp_replace(left(html, {MOST_CHARACTERS}), '<[^>]*>|&[a-z]+;', ' ', 'g')))
        $$""",
    """INSERT INTO articles_search_bodies (article_id, is_public, words)
        SELECT a.id, a.is_opened OR s.permission = 'open', articles_search_body_words(a.search_words, b.html)
        FROM articles_articlebody b
        JOIN articles_article a ON a.id = b.article_id
        JOIN articles_source s ON s.id = a.source_id""",
    "CREATE INDEX articles_search_in_bodies ON articles_search_bodies USING gin (words)",
    "CREATE INDEX articles_search_in_public_bodies ON articles_search_bodies USING gin (words) WHERE is_public",
    """CREATE FUNCTION articles_search_bodies_enter() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO articles_search_bodies (article_id, is_public, words)
            SELECT a.id, a.is_opened OR s.permission = 'open', articles_search_body_words(a.search_words, NEW.html)
            FROM articles_article a JOIN articles_source s ON s.id = a.source_id WHERE a.id = NEW.article_id
            ON CONFLICT (article_id) DO UPDATE SET is_public = excluded.is_public, words = excluded.words;
        RETURN NULL;
        END $$""",
    """CREATE FUNCTION articles_search_bodies_leave() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        DELETE FROM articles_search_bodies WHERE article_id = OLD.article_id;
        RETURN NULL;
        END $$""",
    """CREATE FUNCTION articles_search_bodies_empty() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        DELETE FROM articles_search_bodies;
        RETURN NULL;
        END $$""",
    """CREATE FUNCTION articles_search_bodies_follow_article() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        UPDATE articles_search_bodies w
            SET is_public = NEW.is_opened OR s.permission = 'open',
                words = articles_search_body_words(NEW.search_words, b.html)
            FROM articles_articlebody b, articles_source s
            WHERE w.article_id = NEW.id AND b.article_id = NEW.id AND s.id = NEW.source_id;
        RETURN NULL;
        END $$""",
    """CREATE FUNCTION articles_search_bodies_follow_source() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        UPDATE articles_search_bodies w SET is_public = a.is_opened OR NEW.permission = 'open'
            FROM articles_article a WHERE w.article_id = a.id AND a.source_id = NEW.id;
        RETURN NULL;
        END $$""",
    """CREATE TRIGGER articles_search_bodies_enter AFTER INSERT OR UPDATE ON articles_articlebody
        FOR EACH ROW EXECUTE FUNCTION articles_search_bodies_enter()""",
    """CREATE TRIGGER articles_search_bodies_leave AFTER DELETE ON articles_articlebody
        FOR EACH ROW EXECUTE FUNCTION articles_search_bodies_leave()""",
    """CREATE TRIGGER articles_search_bodies_empty AFTER TRUNCATE ON articles_articlebody
        FOR EACH STATEMENT EXECUTE FUNCTION articles_search_bodies_empty()""",
    """CREATE TRIGGER articles_search_bodies_follow AFTER UPDATE ON articles_article FOR EACH ROW
        WHEN (NEW.has_body AND (OLD.is_opened IS DISTINCT FROM NEW.is_opened
            OR OLD.search_words IS DISTINCT FROM NEW.search_words))
        EXECUTE FUNCTION articles_search_bodies_follow_article()""",
    """CREATE TRIGGER articles_search_bodies_follow AFTER UPDATE ON articles_source FOR EACH ROW
        WHEN ((OLD.permission = 'open') IS DISTINCT FROM (NEW.permission = 'open'))
        EXECUTE FUNCTION articles_search_bodies_follow_source()""",
]
POSTGRESQL_REVERSE = [
    "DROP TRIGGER IF EXISTS articles_search_bodies_follow ON articles_source",
    "DROP TRIGGER IF EXISTS articles_search_bodies_follow ON articles_article",
    "DROP TRIGGER IF EXISTS articles_search_bodies_empty ON articles_articlebody",
    "DROP TRIGGER IF EXISTS articles_search_bodies_leave ON articles_articlebody",
    "DROP TRIGGER IF EXISTS articles_search_bodies_enter ON articles_articlebody",
    "DROP FUNCTION IF EXISTS articles_search_bodies_follow_source",
    "DROP FUNCTION IF EXISTS articles_search_bodies_follow_article",
    "DROP FUNCTION IF EXISTS articles_search_bodies_empty",
    "DROP FUNCTION IF EXISTS articles_search_bodies_leave",
    "DROP FUNCTION IF EXISTS articles_search_bodies_enter",
    "DROP FUNCTION IF EXISTS articles_search_body_words",
    "DROP TABLE IF EXISTS articles_search_bodies",
]


class Migration(migrations.Migration):
    dependencies = [("articles", "0019_search_words")]

    operations = [
        migrations.RunPython(
            search_index.run({"sqlite": SQLITE, "postgresql": POSTGRESQL}),
            search_index.run({"sqlite": SQLITE_REVERSE, "postgresql": POSTGRESQL_REVERSE}),
        )
    ]
