"""The vocabulary is made of public text, and only of that."""

from collections import Counter
from datetime import timedelta

import pytest
from django.utils import timezone

from articles.models import SearchWord
from articles.search import vocabulary
from articles.search.vocabulary import corrections, learn_words, store_words
from tests.conftest import SECRET_SENTENCE
from tests.make import make_article, make_source

pytestmark = pytest.mark.django_db


def test_words_of_several_public_texts_correct_what_is_typed():
    for _ in range(2):
        make_article(headline="Minister resigns", opening_html="<p>At <em>Genève</em>, &amp; in the parliament.</p>")
    learn_words(timezone.now())
    words = ["minsiter", "geneva", "parlament", "resigns", "xyzzyq"]
    assert corrections(words) == {"minsiter": "minister", "geneva": "genève", "parlament": "parliament"}


def test_a_title_is_known_by_its_name_and_a_single_articles_misprint_is_not():
    make_article(make_source(name="The Meridian Post"), headline="Minsiter resigns")
    learn_words(timezone.now())
    assert corrections(["meridain"]) == {"meridain": "meridian"}
    assert not SearchWord.objects.filter(word="minsiter").exists()


def test_no_word_behind_the_wall_is_learnt_a05(walled_article):
    for _ in range(2):
        make_article(headline="Harbour", opening_html="<p>Harbour</p>", body=f"<p>{SECRET_SENTENCE}</p>")
    make_article(headline="Boatswain", withdrawn_at=timezone.now())
    make_article(headline="Boatswain", withdrawn_at=timezone.now())
    learn_words(timezone.now())
    known = set(SearchWord.objects.values_list("word", flat=True))
    assert "harbour" in known
    assert not known & {"quartermaster", "paragraph", "boatswain"}


def test_words_are_learnt_anew_only_when_articles_have_come_in(django_assert_num_queries):
    now = timezone.now()
    make_article()
    assert learn_words(now)
    with django_assert_num_queries(1):
        assert not learn_words(now)
    make_article()
    assert learn_words(now + vocabulary.MADE_EVERY)


def test_a_large_archive_is_read_every_ten_minutes(monkeypatch):
    monkeypatch.setattr(vocabulary, "SMALL", 0)
    now = timezone.now()
    make_article()
    assert learn_words(now)
    make_article()
    assert not learn_words(now + timedelta(minutes=9))
    assert learn_words(now + timedelta(minutes=10))


def test_only_words_whose_use_has_changed_are_written_again(django_assert_num_queries):
    store_words(Counter({"river": 8, "delta": 3, "ferry": 5}))
    store_words(Counter({"river": 9, "delta": 30}))
    assert dict(SearchWord.objects.values_list("word", "article_count")) == {"river": 8, "delta": 30}


def test_spelling_costs_two_queries_however_many_words(django_assert_num_queries):
    with django_assert_num_queries(2):
        corrections([f"wxy{letter}zzz" for letter in "abcdefghijkl"])
