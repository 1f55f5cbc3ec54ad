"""Titles are found by their names and by what people call them."""

from articles.search.query import parse_query
from articles.search.terms import named, terms_of, title_of, with_known_sources

TITLES = [
    title_of(1, "the-guardian", "The Guardian"),
    title_of(2, "lhumanite", "L’Humanité"),
    title_of(3, "ulv", "Ulv"),
]


def test_a_term_is_looked_for_in_its_forms_and_as_the_titles_it_names():
    terms = terms_of(parse_query("guardian -ulv"), TITLES)
    assert terms.wanted == (("guardian", "guardians", "titlenumber1"),)
    assert terms.unwanted == ("ulv", "titlenumber3")


def test_a_title_is_named_without_its_accents():
    assert [title.slug for title in named(parse_query("humanite"), TITLES)] == ["lhumanite"]
    assert named(parse_query("humanite strike"), TITLES) == []
    assert named(parse_query("-ulv"), TITLES) == []


def test_an_operator_takes_a_titles_address_or_name():
    for typed in ("source:guardian", "source:the-guardian", "source:Guardian"):
        assert with_known_sources(parse_query(typed), TITLES).sources == ("the-guardian",)
    assert with_known_sources(parse_query("source:nobody"), TITLES).sources == ("nobody",)
