"""Hits are marked where they are, and decide the order."""

import pytest

from articles.search.hits import answers, marked, relevance, snippet, text_of
from articles.search.query import parse_query


def hits(typed: str, text: str) -> list[str]:
    pieces = marked(parse_query(typed), text)
    assert "".join(piece.text for piece in pieces) == text
    return [piece.text for piece in pieces if piece.is_hit]


@pytest.mark.parametrize(
    ("typed", "text", "found"),
    [
        ("delta", "Delta, a delta’s deltas and deltoid", ["Delta", "delta", "deltas"]),
        ("geneve ecole", "À Genève, l’école ferme", ["Genève", "école"]),
        ("Genève", "GENEVE", ["GENEVE"]),
        ('"shrinking delta"', "A shrinking, shrinking delta", ["shrinking delta"]),
        ("اكتوبر", "في أكتوبر الماضي", ["أكتوبر"]),
        ("strike -football", "football strike", ["strike"]),
        ("a&b <b>", "a&b <b>bold</b>", ["a&b", "b", "b"]),
        ("東京 mx", "日本の東京MXテレビ", ["東京", "MX"]),
        ("strasse", "Die Straße", ["Straße"]),
        ("co2", "Less CO₂", ["CO₂"]),
        ("apple", "Apple™", ["Apple"]),
        ("ไทย", "ประเทศไทย", ["ไทย"]),
        ("삼성전자 실적", "삼성전자가 2분기 실적을, 실", ["삼성전자가", "실적을"]),
        ("\ufe70 delta", "delta", ["delta"]),
        ("delta", "", []),
        ("", "delta", []),
    ],
)
def test_a_reader_sees_where_the_words_are(typed, text, found):
    assert hits(typed, text) == found


def test_a_hit_in_the_headline_counts_most_and_a_fresh_one_more_than_an_old_one():
    query = parse_query("delta")
    headline = relevance(query, "The delta", "", "", 0)
    byline = relevance(query, "", "", "Delta Times", 0)
    standfirst = relevance(query, "", "In the delta", "", 0)
    assert headline > byline > standfirst > relevance(query, "", "", "", 0) == 0
    assert headline > relevance(query, "The delta", "", "", 30) > 0


def said(typed: str, text: str) -> str:
    return "".join(f"[{piece.text}]" if piece.is_hit else piece.text for piece in snippet(parse_query(typed), text))


def test_a_snippet_is_the_stretch_that_says_most_of_the_words():
    filler = "word " * 60
    text = f"A river alone. {filler}The old river met the delta here. {filler}A delta."
    assert "The old [river] met the [delta] here." in said("river delta", text)
    assert said("river delta", text).startswith("… word")
    assert said("river delta", text).endswith("word …")
    assert said("absent", text) == ""
    assert said("delta", "The delta.") == "The [delta]."


def test_a_snippet_of_a_huge_text_is_quick_f69():
    assert said("a b c d", "a " * 19_000 + "b c d").endswith("[b] [c] [d]")
    assert said('"a a a"', "a " * 20_000) != ""


def test_the_text_of_a_page_keeps_words_apart_and_letters_together():
    html = "<h2>One</h2><p>t<b>w</b>o,<br>three &amp; &lt;b&gt;</p><ul><li>four</li><li>five</li></ul>"
    assert text_of(html) == "One two, three & <b> four five"


def test_terms_may_be_said_in_different_texts():
    query = parse_query('river "old delta"')
    assert answers(query, "The rivers", "an old delta")
    assert not answers(query, "The river", "a delta, old")
