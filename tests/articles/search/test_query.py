"""What was typed becomes a query, whatever it is."""

from datetime import UTC, datetime

import pytest

from articles.search.query import MOST_CHARACTERS, MOST_TERMS, SearchQuery, forms_of, parse_query, spaced


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("delta water", SearchQuery(terms=("delta", "water"))),
        ('"shrinking delta" water', SearchQuery(terms=("shrinking delta", "water"))),
        ("“shrinking delta”", SearchQuery(terms=("shrinking delta",))),
        ("strike -football", SearchQuery(terms=("strike",), unwanted=("football",))),
        ('strike -"two minds"', SearchQuery(terms=("strike",), unwanted=("two minds",))),
        ("source:Baltic-Wire", SearchQuery(sources=("baltic-wire",))),
        ("source:a source:b", SearchQuery(sources=("a", "b"))),
        ("section:climate reed", SearchQuery(terms=("reed",), section="climate")),
        ("after:2026-01-31", SearchQuery(published_from=datetime(2026, 1, 31, tzinfo=UTC))),
        ("BEFORE:2026-02-14", SearchQuery(published_before=datetime(2026, 2, 14, tzinfo=UTC))),
        ("l’accord AC/DC", SearchQuery(terms=("l accord", "AC DC"))),
        ("دلتا النهر", SearchQuery(terms=("دلتا", "النهر"))),
        ("東京　地震", SearchQuery(terms=("東京", "地震"))),
        ("ＮＨＫ CO₂ Apple™", SearchQuery(terms=("NHK", "CO2", "Apple"))),
        ("C++ c#", SearchQuery(terms=("C", "c"), signed=("C++", "c#"))),
        ('".NET 9" -F#', SearchQuery(terms=("NET 9",), unwanted=("F",), signed=(".NET",))),
        ("ABC++ example.net #C A+", SearchQuery(terms=("ABC", "example net", "C", "A"))),
        ("½ ①", SearchQuery()),
        ("  ", SearchQuery()),
    ],
)
def test_a_reader_narrows_a_search_with_words_and_signs(typed, meant):
    assert parse_query(typed) == meant


@pytest.mark.parametrize(
    ("typed", "terms"),
    [
        ("section:nowhere", ("section nowhere",)),
        ("after:yesterday", ("after yesterday",)),
        ("after:2026-02-31", ("after 2026 02 31",)),
        ("after:٢٠٢٦-٠١-٠١", ("after ٢٠٢٦ ٠١ ٠١",)),
        ("source:", ()),  # its value is still to come
        ("say:what", ("say what",)),
        ("NEAR(a b) OR col:x*", ("NEAR a", "b", "OR", "col x")),
        ('a"b', ("a b",)),
        ("e-mail", ("e mail",)),
    ],
)
def test_what_is_no_sign_is_looked_for_as_it_stands(typed, terms):
    assert parse_query(typed) == SearchQuery(terms=terms)


@pytest.mark.parametrize("typed", ["-", "--", '"', '""', '-""', "\0\0", "ـ", "'; --", "\ud800", "\u202e"])
def test_signs_alone_ask_for_nothing(typed):
    assert parse_query(typed) == SearchQuery()


def test_a_text_of_ten_thousand_characters_is_cut_l05():
    query = parse_query("word " * 2000 + "last")
    assert query.terms == ("word",)
    assert len(parse_query(" ".join(str(number) for number in range(100_000, 100_900))).terms) == MOST_TERMS
    assert parse_query("x" * 10_000).terms == ("x" * MOST_CHARACTERS,)


def test_plural_and_singular_are_looked_for_together():
    assert forms_of("strike") == ("strike", "strikes")
    assert forms_of("strikes") == ("strikes", "strike")
    assert forms_of("ferries") == ("ferries", "ferrie", "ferry")
    assert forms_of("ferry") == ("ferry", "ferries")
    assert forms_of("taxes") == ("taxes", "taxe", "tax")
    assert forms_of("crash") == ("crash", "crashes")
    assert forms_of("delay") == ("delay", "delays")
    assert forms_of("press") == ("press",)
    assert forms_of("gas") == ("gas",)
    assert forms_of("shrinking delta") == ("shrinking delta",)
    assert forms_of("école") == ("école", "écoles")
    assert forms_of("река") == ("река",)


def test_letters_without_blanks_between_words_are_words_by_themselves():
    assert spaced("東京MX") == "東 京 MX"
    assert spaced("shrinking delta") == "shrinking delta"


def test_an_editor_who_is_still_typing_finds_by_the_beginning_of_a_word():
    assert parse_query("ferry time", is_unfinished=True) == SearchQuery(terms=("ferry",), beginning="time")
    assert parse_query("ferry time ", is_unfinished=True) == SearchQuery(terms=("ferry", "time"))
    assert parse_query('"ferry time"', is_unfinished=True) == SearchQuery(terms=("ferry time",))
    assert parse_query("e-ma", is_unfinished=True) == SearchQuery(terms=("e ma",))
