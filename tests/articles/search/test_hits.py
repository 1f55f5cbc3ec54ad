"""Hits are marked where they are, and decide the order."""

import pytest

from articles.search.hits import marked, relevance
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
