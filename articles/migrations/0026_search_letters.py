# ruff: noqa: S608  every name in these statements is written here
"""The search index compares letters as readers do, alike on both databases, and needs no blanks between words.

Chinese, Japanese, Thai, Lao, Burmese and Khmer have none: each of their letters stands in the index as a word, and
a word is looked for as letters in a row. "Strasse" finds "Straße" and "Lodz" "Łódź"; "CO2" finds "CO₂", "NHK" "ＮＨＫ".
A sign such as "™" is not part of the word beside it. On SQLite the vowels that Hindi writes as signs are part of their
word, and Greek and Russian letters lose their accents, as they always did on PostgreSQL.

SQLite      Where a text is not plain ASCII it is cut before each letter that could be one of these, by the byte that
            such letters begin with, and articles_search_letters says what an old letter becomes.
PostgreSQL  articles_search_fold does it. Muted words are compared by it too, so those that are stored, and the keys of
            topics, are folded anew.
"""

from importlib import import_module
from itertools import chain
from unicodedata import category, normalize

from django.db import migrations

search_index = import_module("articles.migrations.0002_search_index")
bodies_index = import_module("articles.migrations.0020_search_in_bodies")

# Letters with a stroke through them, and letters that are two: Unicode takes none of them apart.
LETTERS = {
    **{"ß": "ss", "æ": "ae", "œ": "oe", "þ": "th"},
    **{"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ı": "i", "ħ": "h", "ŧ": "t"},
}
UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
# Fractions, numbers in circles and words in a square: letters to Unicode, signs to readers.
SIGNS = (
    "\u00bc-\u00be\u2100-\u2101\u2103\u2105-\u2106\u2109\u2116-\u2117\u2120-\u2122\u2150-\u215f\u2460-\u24ff"
    "\u3200-\u33ff"
)

# SQLite ---------------------------------------------------------------------------------------------

# The first bytes of letters to be looked at, in UTF-8; no other letter has such bytes in its middle.
BEGINNINGS = [
    *("C2", "C3", "C4", "C5", "CE", "CF", "D0", "D1", "D2", "D3", "D8", "D9", "E0A5"),
    *("E0B8", "E0B9", "E0BA", "E0BB", "E180", "E181", "E182", "E19E", "E19F"),
    *("E281", "E282", "E285", "E286", "E291", "E292"),
    *("E3", "E4", "E5", "E6", "E7", "E8", "E9", "EF", "F0"),
]
AT_ONCE = 9  # calls within calls: SQLite's parser gives up on many more
UNWRITTEN = {*map(chr, range(0x610, 0x61B)), "\u0640", *map(chr, range(0x64B, 0x660)), "\u0670", "\ufe0f"}


def letter_rows():
    """(letter, what the index has in its place) where the tokenizer would not come to that by itself."""
    looked_at = chain(
        range(0xAA, 0x180),  # Latin
        range(0x370, 0x530),  # Greek and Russian
        range(0x958, 0x960),  # Hindi, with a dot
        range(0xE00, 0xF00),  # Thai and Lao
        range(0x2070, 0x20A0),  # "²" and "₂"
        range(0x2150, 0x2189),  # fractions, Roman numbers
        range(0x2460, 0x249C),
        range(0x3200, 0x3400),
        range(0xFB00, 0xFB07),  # "ﬁ"
        range(0xFF10, 0xFF5B),  # as wide as a Chinese sign
    )
    letters = [chr(code) for code in looked_at if category(chr(code))[0] in "LN"]
    rows = [(letter, plain(letter)) for letter in letters]
    return [
        *(row for row in rows if row[0] != row[1]),
        *search_index.LETTERS.items(),
        *((letter, "") for letter in sorted(UNWRITTEN)),
    ]


def plain(letter):
    if letter.lower() in LETTERS:
        return LETTERS[letter.lower()]
    if "\u00bc" <= letter <= "\u00be" or "\u2150" <= letter <= "\u215f" or "\u2460" <= letter <= "\u33ff":
        return " "
    if "\u0370" <= letter <= "\u052f":
        return "".join(sign for sign in normalize("NFD", letter) if not "\u0300" <= sign <= "\u036f")
    alike = normalize("NFKC", letter)
    if "\u0e00" <= letter <= "\u0eff" and alike != letter:
        return f" {' '.join(alike)} "
    return letter if alike == normalize("NFC", letter) and letter < "\u0900" else alike


LIKE_OTHERS = "(SELECT plain FROM articles_search_letters WHERE letter = substr(value, 1, 1))"
APART = f"iif(value GLOB '[{UNSPACED}]*', ' ' || substr(value, 1, 1) || ' ', substr(value, 1, 1))"
PARTS = f"group_concat(coalesce({LIKE_OTHERS}, {APART}) || substr(value, 2), '')"


def indexed(column):
    """What of a column goes in. Selects within selects, as in 0002; `parts` are NULL where all is ASCII."""
    text = search_index.without_tags(column) if column.endswith("html") else f"SELECT {column} AS t"
    rows = f"SELECT t, iif(length(t) = length(CAST(t AS BLOB)), NULL, json_quote(t)) AS parts FROM ({text})"
    for start in range(0, len(BEGINNINGS), AT_ONCE):
        parts = "parts"
        for first in BEGINNINGS[start : start + AT_ONCE]:
            parts = f"""replace({parts}, CAST(X'{first}' AS TEXT), '","' || CAST(X'{first}' AS TEXT))"""
        rows = f"SELECT t, {parts} AS parts FROM ({rows})"
    return f"(SELECT iif(parts IS NULL, t, (SELECT {PARTS} FROM json_each('[' || parts || ']'))) FROM ({rows}))"


TOKENIZER = "tokenize=\"unicode61 remove_diacritics 2 categories 'L* N* Co Mn Mc'\""


def row(version):
    """NEW or OLD as the index of public text holds it."""
    columns = (indexed(f"{version}.{column}") for column in search_index.COLUMNS)
    return ", ".join([f"{version}.id", *columns, f"'titlenumber' || {version}.source_id"])


INDEX = search_index.INDEX
ENTER = f"INSERT INTO articles_search (rowid, {INDEX}) SELECT {row('NEW')};"
TAKE_OUT = f"INSERT INTO articles_search (articles_search, rowid, {INDEX}) SELECT 'delete', {row('OLD')};"

PUBLIC_TRIGGERS = [
    f"CREATE TRIGGER articles_search_insert AFTER INSERT ON articles_article BEGIN {ENTER} END",
    f"CREATE TRIGGER articles_search_delete AFTER DELETE ON articles_article BEGIN {TAKE_OUT} END",
    f"""CREATE TRIGGER articles_search_update AFTER UPDATE OF {", ".join(search_index.COLUMNS)}, source_id
        ON articles_article WHEN {search_index.HAS_CHANGED} BEGIN {TAKE_OUT} {ENTER} END""",
]

NAME = bodies_index.NAME


def public(version):
    """The columns `public, source, openness` of an article; no phrase reaches past a title's word."""
    texts = f" || ' titlenumber' || {version}.source_id || ' ' || ".join(
        indexed(f"{version}.{column}") for column in ("headline", "standfirst", "author")
    )
    openness = f"CASE WHEN {version}.is_opened THEN 'openedtext' ELSE '' END"
    return f"{texts}, 'titlenumber' || {version}.source_id, {openness}"


LETTER_VALUES = ", ".join(f"('{letter}', '{small}')" for letter, small in letter_rows())
SQLITE = [
    *search_index.SQLITE_REVERSE,
    *bodies_index.SQLITE_REVERSE,
    "CREATE TABLE articles_search_letters (letter TEXT PRIMARY KEY, plain TEXT NOT NULL) WITHOUT ROWID",
    f"INSERT INTO articles_search_letters (letter, plain) VALUES {LETTER_VALUES}",
    f"CREATE VIRTUAL TABLE articles_search USING fts5({INDEX}, content='', {TOKENIZER})",
    f"INSERT INTO articles_search (rowid, {INDEX}) SELECT {row('articles_article')} FROM articles_article",
    f"CREATE VIRTUAL TABLE {NAME} USING fts5(public, source, openness, body, {TOKENIZER})",
    f"""INSERT INTO {NAME} (rowid, public, source, openness, body)
        SELECT a.id, {public("a")}, {indexed("b.html")}
        FROM articles_articlebody b JOIN articles_article a ON a.id = b.article_id""",
    *PUBLIC_TRIGGERS,
    *bodies_index.triggers(public, indexed),
]
SQLITE_REVERSE = [
    *search_index.SQLITE_REVERSE,
    *bodies_index.SQLITE_REVERSE,
    "DROP TABLE articles_search_letters",
    *search_index.SQLITE,
    *bodies_index.SQLITE,
]

# PostgreSQL -----------------------------------------------------------------------------------------

TWO, ONE = ({letter: small for letter, small in LETTERS.items() if len(small) == n} for n in (2, 1))
FOLDED = (
    r"regexp_replace(normalize(lower(regexp_replace($1, '[{signs}]', ' ', 'g')), NFKD), '[{marks}]', '', 'g')".format(
        signs=SIGNS, marks=r"\u0300-\u036f\u0610-\u061a\u0640\u064b-\u065f\u0670\u20d0-\u20f0\ufe0f"
    )
)


def spaced(text):
    """With each letter of a language without blanks as a word of its own."""
    return f"regexp_replace({text}, '([{UNSPACED}])', ' \\1 ', 'g')"


def words(text):
    return f"to_tsvector('simple', {spaced(f'articles_search_fold({text})')})"


WITHOUT_TAGS = "regexp_replace({html}, '<[^>]*>|&[a-z]+;', ' ', 'g')"
FOLLOW = next(
    sql
    for sql in bodies_index.POSTGRESQL
    if "CREATE TRIGGER" in sql and "follow AFTER UPDATE ON articles_article" in sql
)
# Between two texts, so that no phrase reaches from one into the other.
TITLE = "to_tsvector('simple', 'titlenumber' || source_id)"
BETWEEN = f" || {TITLE} || "
PUBLIC = ("headline", "standfirst", "author", WITHOUT_TAGS.format(html="opening_html"))
BODY_WORDS = """CREATE OR REPLACE FUNCTION articles_search_body_words(public_words tsvector, html text) RETURNS tsvector
    LANGUAGE sql STABLE STRICT AS $$ SELECT public_words || {words} $$"""
FILL_BODIES = """UPDATE articles_search_bodies w SET words = articles_search_body_words(a.search_words, b.html)
    FROM articles_articlebody b JOIN articles_article a ON a.id = b.article_id WHERE w.article_id = b.article_id"""

POSTGRESQL = [
    "DROP TRIGGER articles_search_bodies_follow ON articles_article",
    "ALTER TABLE articles_article DROP COLUMN search_words",
    rf"""CREATE OR REPLACE FUNCTION articles_search_fold(text) RETURNS text
        LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
        SELECT regexp_replace(
            normalize(
                translate({search_index.replaced(FOLDED, TWO)}, 'ىة{"".join(ONE)}', 'يه{"".join(ONE.values())}'), NFC),
            '[!-/:-@\[-`{{-~\u00a1-\u00bf\u060c\u061b\u061f\u2010-\u205e\u3001-\u3004\u3008-\u301f\u30fb]', ' ', 'g')
        $$""",
    f"""ALTER TABLE articles_article ADD COLUMN search_words tsvector GENERATED ALWAYS AS (
        {BETWEEN.join(map(words, PUBLIC))} || {TITLE}
        ) STORED""",
    "CREATE INDEX articles_search ON articles_article USING gin (search_words)",
    BODY_WORDS.format(words=words(WITHOUT_TAGS.format(html=f"left(html, {bodies_index.MOST_CHARACTERS})"))),
    FILL_BODIES,
    FOLLOW,
]
POSTGRESQL_REVERSE = [
    "DROP TRIGGER articles_search_bodies_follow ON articles_article",
    "ALTER TABLE articles_article DROP COLUMN search_words",
    search_index.POSTGRESQL[0].replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"),
    *search_index.POSTGRESQL[1:],
    next(sql for sql in bodies_index.POSTGRESQL if "FUNCTION articles_search_body_words" in sql).replace(
        "CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"
    ),
    FILL_BODIES,
    FOLLOW,
]

# What is stored folded ------------------------------------------------------------------------------


def folded_anew(folded):
    return normalize("NFC", folded.translate(str.maketrans(LETTERS)))


def fold_anew(apps, schema_editor):
    """Muted words and the keys of topics. Of two that become one the older stays, with the readers of both."""
    mutes = apps.get_model("articles", "Mute").objects
    for mute in mutes.exclude(word=""):
        word = folded_anew(mute.word)[:80]
        if word != mute.word and mutes.filter(user=mute.user_id, word=word).exists():
            mute.delete()
        elif word != mute.word:
            mutes.filter(pk=mute.pk).update(word=word)
    topics = apps.get_model("articles", "Topic").objects
    for topic in topics.order_by("pk"):
        key = folded_anew(topic.key)[:100]
        other = topics.filter(key=key).exclude(pk=topic.pk).first()
        if other:
            join_topics(apps, topic, other)
        elif key != topic.key:
            topics.filter(pk=topic.pk).update(key=key)


def join_topics(apps, topic, other):
    for model, owner in (("ArticleTopic", "article"), ("Follow", "user"), ("Mute", "user"), ("Unwanted", "user")):
        rows = apps.get_model("articles", model).objects
        has_other = rows.filter(topic=other).values(owner)
        rows.filter(topic=topic).exclude(**{f"{owner}__in": has_other}).update(topic=other)
    topic.delete()


class Migration(migrations.Migration):
    dependencies = [("articles", "0025_section_keys")]

    operations = [
        migrations.RunPython(fold_anew, migrations.RunPython.noop),
        migrations.RunPython(
            search_index.run({"sqlite": SQLITE, "postgresql": POSTGRESQL}),
            search_index.run({"sqlite": SQLITE_REVERSE, "postgresql": POSTGRESQL_REVERSE}),
        ),
    ]
