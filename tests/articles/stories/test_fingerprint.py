"""What reports are compared by."""

import pytest

from articles.stories.fingerprint import (
    HEADLINE_WEIGHT,
    LEAD_WORDS,
    Print,
    names_in,
    parted,
    plain,
    print_of,
    sentence_keys,
    sentences_of,
    shingles_of,
    terms_of,
)


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


@pytest.mark.parametrize(
    ("language", "text", "said"),
    [
        ("pt", "Não é a primeira vez que o dólar cai", {"dolar", "cai"}),
        ("sv", "Det här är vad du kan om trailern", {"trailern"}),
        ("nb", "Det er ikke bare været", {"været"}),
        ("hi", "दिल्ली में", {"दिल्ली"}),
        ("zh", "我们 大桥", {"大桥"}),
    ],
)
def test_words_that_say_nothing_in_other_languages_are_left_out(language, text, said):
    assert terms(text, language) == said


def test_the_grammar_of_japanese_says_nothing():
    assert terms("橋がかかっている", "ja") == {"橋が"}
    assert terms("これは、しかしながら", "ja") == set()


def test_a_language_of_which_nobody_has_listed_words_keeps_them_all():
    assert terms("Kia ora koutou", "mi") == {"kia", "ora", "koutou"}


@pytest.mark.parametrize("text", ["", "\0", "😀", "— … “”", "a b c"])
def test_a_text_without_words_has_no_terms(text):
    assert terms(text) == set()


def test_scripts_without_blanks_are_compared_by_pairs_of_signs():
    assert terms("東京都", "ja") == {"東京", "京都"}
    assert terms("दिल्ली मुंबई", "hi") == {"दिल्ली", "मुंबई"}


def test_the_headline_counts_more_and_repetition_less_each_time():
    found = terms_of("delta", "water water water water gauge", "Treaty", "en")
    assert found["delta"] == pytest.approx(found["water"])
    assert HEADLINE_WEIGHT == 4
    assert found["delta"] > -found["treaty"] > found["gauge"] == 1


def test_what_neither_headline_nor_lead_has_is_background():
    lead = " ".join(["gauge"] * LEAD_WORDS)
    found = terms_of("delta", f"{lead} delta levee", "Treaty", "en")
    assert {term for term, weight in found.items() if weight > 0} == {"delta", "gauge"}
    assert {term for term, weight in found.items() if weight < 0} == {"levee", "treaty"}
    assert terms_of("", "", "Treaty", "en")["treaty"] > 0


def test_a_print_survives_being_stored_and_another_language_shares_nothing_with_it():
    english, french = (
        print_of({"flood": 2.0, "dam": 1.0, "calder": 1.5}, language, {"calder"}) for language in ("en", "fr")
    )
    again = Print.from_bytes(english.to_bytes())
    assert list(again.keys) == list(english.keys) == sorted(english.keys)
    weights, is_named = parted(again.weights)
    assert sorted(weights) == [1.0, 1.5, 2.0]
    assert list(weights[is_named]) == [1.5]
    assert not set(english.keys) & set(french.keys)


@pytest.mark.parametrize(
    ("headline", "text", "names"),
    [
        ("Quake strikes off Japan", "Nobody was hurt.", {"japan"}),
        ("Ferries idle as Halden strikes", "The port of Halden stands still.", {"halden"}),
        ("M6 closed after crash", "Delays are long.", {"m6"}),
        # In capitals nothing of the headline tells; what the text writes so within a sentence does.
        ("Strike Closes The Port Of Halden", "The port of Halden stands still.", {"halden"}),
        ("STRIKE CLOSES PORT OF HALDEN", "Halden stands still.", set()),
        ("Quake strikes off Japan", "", set()),
        ("地震で港が閉鎖", "港は閉鎖された。", set()),
    ],
)
def test_names_are_told_by_capitals_within_a_sentence(headline, text, names):
    assert names_in(headline, text, "en") == names


def test_runs_are_of_four_words_whatever_the_marks():
    def runs(text: str) -> set[int]:
        return set(shingles_of(sentences_of(text)).tolist())

    assert runs("One, two — three: four FIVE!") == runs("<p>one two three. Four five</p>")
    assert len(runs("one two three four five")) == 2
    assert runs("one two three") == set()


def test_a_sentence_that_a_source_repeats_is_in_no_run():
    text = sentences_of("Our man in the north writes. It rained on the fields all day.")
    assert list(shingles_of(text, sentence_keys(text[:1]))) == list(shingles_of(text[1:]))


def test_markup_is_no_text():
    assert plain('<p>Fish &amp; <a href="https://x.example/">ships</a></p>').split() == ["Fish", "&", "ships"]
