"""The search index, kept by the database itself: whoever writes an article writes it.

Only text that everybody may read goes in: headline, standfirst, author and the opening. Bodies are in another table and
never come near. Of the title only a word with its number goes in, "titlenumber12": names are looked up when somebody searches,
so that no trigger has to know two tables.

SQLite      articles_search, an FTS5 table without a text of its own, fed by three triggers on articles_article. A later
            migration that makes Django rebuild that table drops them: it has to create them again, and
            tests/articles/search/test_index.py fails until it does.
PostgreSQL  a generated column, articles_article.search_words, with a GIN index.

Both fold accents, Arabic vowel signs and the forms of one Arabic letter, so that "Geneve" finds "Genève".
"""

from django.db import migrations

COLUMNS = ("headline", "standfirst", "author", "opening_html")

# SQLite ---------------------------------------------------------------------------------------------

ENTITIES = dict.fromkeys(("&amp;", "&lt;", "&gt;", "&quot;", "&nbsp;"), " ")
# The tokenizer unicode61 folds Latin letters itself.
LETTERS = {"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ة": "ه", "ؤ": "و", "ئ": "ي"}
UNWRITTEN = dict.fromkeys("\u0640\u064b\u064c\u064d\u064e\u064f\u0650\u0651\u0652\u0670", "")


def replaced(text, replacements):
    for old, new in replacements.items():
        text = f"replace({text}, '{old}', '{new}')"
    return text


def without_tags(column):
    """A select of the words of clean HTML. SQLite has no regular expressions, but it reads JSON: the text is cut at
    every "<" into an array, of whose parts what follows the first ">" is text."""
    words = replaced("group_concat(substr(value, instr(value, '>') + 1), ' ')", ENTITIES)
    return f"""SELECT {words} AS t FROM json_each('[' || replace(json_quote({column}), '<', '","') || ']')"""


def indexed(column):
    """What of a column goes in. Selects within selects: SQLite's parser gives up on so many calls within calls."""
    text = without_tags(column) if column.endswith("opening_html") else f"SELECT {column} AS t"
    return f"(SELECT {replaced('t', UNWRITTEN)} FROM (SELECT {replaced('t', LETTERS)} AS t FROM ({text})))"


def row(version):
    """NEW or OLD as the index holds it."""
    return ", ".join([f"{version}.id", *(indexed(f"{version}.{column}") for column in COLUMNS), f"'titlenumber' || {version}.source_id"])


INDEX = "headline, standfirst, author, opening, source"
ENTER = f"INSERT INTO articles_search (rowid, {INDEX}) SELECT {row('NEW')};"
# FTS5 has to be given the very words that it holds.
TAKE_OUT = f"INSERT INTO articles_search (articles_search, rowid, {INDEX}) SELECT 'delete', {row('OLD')};"
HAS_CHANGED = " OR ".join(f"OLD.{column} IS NOT NEW.{column}" for column in (*COLUMNS, "source_id"))

SQLITE = [
    f"CREATE VIRTUAL TABLE articles_search USING fts5({INDEX}, content='', tokenize='unicode61 remove_diacritics 2')",
    f"INSERT INTO articles_search (rowid, {INDEX}) SELECT {row('articles_article')} FROM articles_article",
    f"CREATE TRIGGER articles_search_insert AFTER INSERT ON articles_article BEGIN {ENTER} END",
    f"CREATE TRIGGER articles_search_delete AFTER DELETE ON articles_article BEGIN {TAKE_OUT} END",
    f"""CREATE TRIGGER articles_search_update AFTER UPDATE OF {", ".join(COLUMNS)}, source_id ON articles_article
        WHEN {HAS_CHANGED} BEGIN {TAKE_OUT} {ENTER} END""",
]
SQLITE_REVERSE = [
    "DROP TRIGGER IF EXISTS articles_search_insert",
    "DROP TRIGGER IF EXISTS articles_search_delete",
    "DROP TRIGGER IF EXISTS articles_search_update",
    "DROP TABLE IF EXISTS articles_search",
]

# PostgreSQL -----------------------------------------------------------------------------------------

POSTGRESQL = [
    # Calls nothing but what PostgreSQL brings, so that a dump can be restored. Punctuation goes before the parser sees
    # it: left in, "and/or" is a file name to it and "example.com" a host.
    r"""CREATE FUNCTION articles_search_fold(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
        SELECT regexp_replace(
            translate(
                regexp_replace(
                    normalize(lower($1), NFKD), '[\u0300-\u036f\u0610-\u061a\u0640\u064b-\u065f\u0670]', '', 'g'),
                'ىة', 'يه'),
            '[!-/:-@\[-`{-~\u00a1-\u00bf\u060c\u061b\u061f\u2010-\u205e\u3001-\u301f]', ' ', 'g')
        $$""",
    """ALTER TABLE articles_article ADD COLUMN search_words tsvector GENERATED ALWAYS AS (
        to_tsvector('simple', articles_search_fold(headline))
        || to_tsvector('simple', articles_search_fold(standfirst))
        || to_tsvector('simple', articles_search_fold(author))
        || to_tsvector('simple', articles_search_fold(regexp_replace(opening_html, '<[^>]*>|&[a-z]+;', ' ', 'g')))
        || to_tsvector('simple', 'titlenumber' || source_id)
        ) STORED""",
    "CREATE INDEX articles_search ON articles_article USING gin (search_words)",
]
POSTGRESQL_REVERSE = [
    "ALTER TABLE articles_article DROP COLUMN IF EXISTS search_words",
    "DROP FUNCTION IF EXISTS articles_search_fold",
]


def run(statements):
    def apply(apps, schema_editor):
        for statement in statements[schema_editor.connection.vendor]:
            schema_editor.execute(statement)

    return apply


class Migration(migrations.Migration):
    dependencies = [("articles", "0001_initial")]

    operations = [
        migrations.RunPython(
            run({"sqlite": SQLITE, "postgresql": POSTGRESQL}),
            run({"sqlite": SQLITE_REVERSE, "postgresql": POSTGRESQL_REVERSE}),
        )
    ]
