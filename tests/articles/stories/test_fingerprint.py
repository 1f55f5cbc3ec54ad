"""What reports are compared by."""

import pytest

from articles.stories.fingerprint import HEADLINE_WEIGHT, inverse_frequency, plain, shingles_of, terms_of


def terms(text: str, language: str = "en") -> set[str]:
    return set(terms_of(text, "", "", language))


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("en", "The ministers’ cities", "Minister and city"),
        ("en", "BRIDGES", "bridge"),
        ("fr", "L’accord des écoles", "accord, école"),
        ("fr", "les hôpitaux", "l’hôpital"),
        ("es", "Las elecciones", "elección"),
        ("de", "Die Brücken", "Brücke"),
        ("ar", "اتفاق المياه", "اتفاق مياه"),
        ("ar", "أكتوبر", "اكتوبر"),
    ],
)
def test_two_ways_to_write_a_word_are_one_term(language, one, other):
    assert terms(one, language) == terms(other, language) != set()


def test_words_that_say_nothing_are_left_out():
    assert terms("It was not the first of them, and it will be the last") == set()
    assert terms("Ce n’est pas la première", "fr") == set()


@pytest.mark.parametrize("text", ["", "\0", "😀", "— … “”", "a b c"])
def test_a_text_without_words_has_no_terms(text):
    assert terms(text) == set()


def test_scripts_without_blanks_are_compared_by_pairs_of_signs():
    assert terms("東京都", "ja") == {"東京", "京都"}
    assert terms("दिल्ली में", "hi") == terms("दिल्ली", "hi") | terms("में", "hi")


def test_the_headline_counts_more_and_repetition_less_each_time():
    found = terms_of("delta", "water water water gauge", "Treaty", "en")
    assert found["delta"] == pytest.approx(found["water"])
    assert HEADLINE_WEIGHT == 3
    assert found["delta"] > found["treaty"] > found["gauge"] == 1


def test_a_term_is_worth_more_the_rarer_it_is():
    rarity = inverse_frequency([{"port": 1.0, "ansel": 1.0}, {"port": 1.0}, {"port": 1.0}])
    assert rarity["ansel"] > 4 * rarity["port"] > 0


def test_shingles_are_runs_of_five_words_whatever_the_marks():
    assert shingles_of("One, two — three: four FIVE!") == shingles_of("one two three four five")
    assert len(shingles_of("one two three four five six")) == 2
    assert shingles_of("one two three four") == frozenset()


def test_markup_is_no_text():
    assert plain('<p>Fish &amp; <a href="https://x.example/">ships</a></p>').split() == ["Fish", "&", "ships"]
