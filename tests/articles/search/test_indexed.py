"""What goes into SQLite's index: the functions of Python give what the expressions of migration 0026 gave."""

import random
import sqlite3
from importlib import import_module
from unicodedata import category

import pytest

from articles.ingest.clean import clean_html
from articles.search.indexed import indexed, indexed_html

letters = import_module("articles.migrations.0026_search_letters")

SCRIPTS = [
    *((first, last) for first, last in ((0x20, 0x7F), (0xA0, 0x24F), (0x300, 0x370), (0x380, 0x530), (0x590, 0x700))),
    *((first, last) for first, last in ((0x900, 0x980), (0xE00, 0xF00), (0x1000, 0x10A0), (0x1780, 0x1800))),
    *((first, last) for first, last in ((0x1E00, 0x2190), (0x2460, 0x2500), (0x3000, 0x3400), (0x4E00, 0x4F00))),
    *((first, last) for first, last in ((0xAC00, 0xAD00), (0xF900, 0xFB10), (0xFE00, 0xFFF0), (0x1F300, 0x1F400))),
    (0x20000, 0x20100),
]


@pytest.fixture(scope="module")
def old():
    """Runs an expression of migration 0026 on a text."""
    lite = sqlite3.connect(":memory:")
    lite.execute("CREATE TABLE articles_search_letters (letter TEXT PRIMARY KEY, plain TEXT NOT NULL) WITHOUT ROWID")
    lite.execute(f"INSERT INTO articles_search_letters (letter, plain) VALUES {letters.LETTER_VALUES}")
    lite.execute("CREATE TABLE given (plain TEXT, html TEXT)")

    def run(column: str, text: str) -> str:
        lite.execute("DELETE FROM given")
        lite.execute(f"INSERT INTO given ({column}) VALUES (?)", [text])
        return lite.execute(f"SELECT {letters.indexed(f'given.{column}')} FROM given").fetchone()[0]

    yield run
    lite.close()


def writings(count: int) -> list[str]:
    """Made-up texts, most of one script or two, so that letters stand beside letters of every kind."""
    chance = random.Random(7)
    texts = []
    for _ in range(count):
        some = chance.sample(SCRIPTS, 2)
        signs = [chr(chance.randrange(*chance.choice([*some, SCRIPTS[0]]))) for _ in range(60)]
        texts.append("".join(sign for sign in signs if category(sign) not in {"Cc", "Cs", "Cn"}))
    return texts


def test_every_letter_is_indexed_as_before(old):
    for first, last in SCRIPTS:
        text = "x" + "x".join(chr(code) for code in range(first, last))
        assert indexed(text) == old("plain", text)


def test_plain_texts_are_indexed_as_before(old):
    for text in ("", "plain", 'quoted "words" and \\ strokes', "a\nb\tc", *writings(400)):
        assert indexed(text) == old("plain", text)


@pytest.mark.parametrize("sign", ["“", "é", "ﬁ", "ß", "½", "京", "й", "ำ", "أ", "\ufe0f", "\U00020000"])
def test_one_sign_in_a_text_of_ascii_is_indexed_as_before(old, sign):
    text = f"{'plain words, ' * 20}x{sign}y {'and more' * 20}"
    assert indexed(text) == old("plain", text)


def test_html_is_indexed_as_before(old):
    for text in writings(200):
        half = len(text) // 2
        listed = f"<ul><li>a&amp;b &lt; c&nbsp;<b>{text[half:]}</b></li></ul>"
        html = clean_html(f'{text[:half]}<p>{text}</p>{listed}<a href="/x?a&b">y</a>', "https://a.example/")
        assert indexed_html(html) == old("html", html)
    for html in ("", "no elements", "<p>é</p>", "a > b <p>c", "a < b", "&amp;lt; &&nbsp; &am&lt;p; &quot;b"):
        assert indexed_html(html) == old("html", html)
