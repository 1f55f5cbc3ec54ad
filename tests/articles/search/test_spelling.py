"""A misspelt word is put right, and nothing else of what was typed is touched."""

import pytest

from articles.search.spelling import KnownWord, distance, nearest, respelled, skeleton, slips, words_to_check


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("goverment", "government"),
        ("minsiter", "minister"),
        ("feery", "ferry"),
        ("xlection", "election"),
        ("treaaty", "treaty"),
        ("выбры", "выборы"),
        ("genva", "geneva"),
    ],
)
def test_one_slip_leads_to_the_word(typed, meant):
    assert meant in slips(typed)
    assert distance(typed, meant) == 1


def test_mistaken_vowels_and_doubled_letters_have_the_same_skeleton():
    assert skeleton("seperete") == skeleton("separate")
    assert skeleton("comitee") == skeleton("committee")
    assert skeleton("iran") != skeleton("oran")


def test_the_fewest_slips_win_then_the_most_used_word():
    words = [KnownWord("ferry", "ferry", 3), KnownWord("fairy", "fairy", 90), KnownWord("fury", "fury", 5)]
    assert nearest("feery", words).word == "ferry"
    assert nearest("zzzzz", words) is None
    assert nearest("ferry", [KnownWord("ferry", "ferry", 3)]) is None


def test_only_words_that_are_looked_for_are_checked():
    assert words_to_check(("minsiter ferry", "EU", "2026", "Genève")) == ["minsiter", "ferry", "geneve"]


def test_operators_quotation_marks_and_unwanted_words_stay():
    changes = {"minsiter": "minister", "feery": "ferry", "wrld": "world"}
    typed = 'Minsiter "the feery" -feery -"feery" source:feery section:wrld'
    assert respelled(typed, changes) == 'minister "the ferry" -feery -"feery" source:feery section:wrld'
    assert respelled("“Minsiter”", changes) == '"minister"'
