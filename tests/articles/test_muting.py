from __future__ import annotations

import pytest

from articles.models import Article, Pick
from articles.muting import NO_MUTES, Mutes, mutes_of, word_of
from articles.topics.keys import key_of
from tests.make import make_article, make_mute, make_pick, make_reader, make_source

pytestmark = pytest.mark.django_db

WORDS = [
    ("War breaks out", "war", True),
    ("WAR!", "War", True),
    ("Warsaw is calling", "war", False),
    ("An élan vital", "elan", True),
    ("An elan vital", "Élan", True),
    ("Trump’s plan", "trump", True),
    ("Prince, Andrew", "prince  andrew", True),
    ("Andrew the prince", "prince andrew", False),
    ("COVID-19 rises", "covid-19", True),
    ("The cost: €war", "war", True),
    ("100%_sure of it", "sure", True),
    ("Nothing at all", "%", False),
    ("Über Nacht", "uber", True),
    ("Война и мир", "война", True),
    ("أخبار الحرب اليوم", "الحرب", True),
    ("أخبار الحرب اليوم", "حرب", True),
    ("حرب جديدة", "الحرب", True),
    ("محاربة الفساد", "حرب", False),
    ("삼성전자가 실적을 발표했다", "삼성전자", True),
    ("신삼성전자 이야기", "삼성전자", False),
    ("हिन्दी समाचार आज", "समाचार", True),
    ("新冠疫情爆发", "疫情", True),
    ("ข่าวการเมืองวันนี้", "การเมือง", True),
    ("Apple™ grows", "apple", True),
    ("Straße nach Łódź", "strasse", True),
    ("Straße nach Łódź", "lodz", True),
    ("ジョン・ウィック", "ジョン・ウィック", True),
]


@pytest.mark.parametrize(("headline", "typed", "is_hidden"), WORDS)
def test_a_word_is_met_as_a_whole_in_any_script(headline, typed, is_hidden):
    article = make_article(headline=headline, standfirst="Plain.")
    mutes = Mutes(words=frozenset({word} if (word := word_of(typed)) else ()))
    assert mutes.visible(Article.objects.all()).exists() is not is_hidden
    assert mutes.hides(article) is is_hidden


def test_no_sign_beside_a_word_hides_it_from_its_mute():
    """Full stops of Hindi and Urdu, a Hebrew hyphen and quotation mark, signs that are not seen: none is a letter."""
    signs = "।۔؛־״׳։።×\xad\u200b\u200c\u200d\u200e\u200f\u2060\u061c…🟥₹"
    articles = [make_article(headline=f"{sign}An end to war{sign}", categories=[f"war{sign}"]) for sign in signs]
    mutes = Mutes(words=frozenset({"war"}))
    assert not mutes.visible(Article.objects.all()).exists()
    assert all(mutes.hides(article) for article in articles)
    assert Mutes(words=frozenset({"wa", "end war"})).visible(Article.objects.all()).count() == len(signs)


def test_a_greek_word_is_met_in_capitals():
    articles = [make_article(headline=headline) for headline in ("ΣΕΙΣΜΟΣ ΣΤΗΝ ΚΡΗΤΗ", "Σεισμός στην Κρήτη")]
    mutes = Mutes(words=frozenset({word_of("σεισμός")}))
    assert not mutes.visible(Article.objects.all()).exists()
    assert all(mutes.hides(article) for article in articles)


@pytest.mark.parametrize(
    ("label", "is_hidden"),
    [("us NEWS", True), ("US", False), ("news", False), ("foo bar", True), ("Bar", False), ("forest fire", True)],
)
def test_a_topic_is_a_whole_label_in_singular_or_plural(label, is_hidden):
    article = make_article(categories=["Foo, bar", "US: news", 'Forest "fires"'])
    mutes = Mutes(topics=frozenset({key_of(label)}))
    assert mutes.visible(Article.objects.all()).exists() is not is_hidden
    assert mutes.hides(article) is is_hidden


@pytest.mark.parametrize("fields", [{"standfirst": "Of shipping."}, {"categories": ["Ports", "Shipping lanes"]}])
def test_a_word_is_looked_for_in_standfirst_and_labels(fields):
    article = make_article(**fields)
    mutes = Mutes(words=frozenset({"shipping"}))
    assert not mutes.visible(Article.objects.all()).exists()
    assert mutes.hides(article)


@pytest.mark.parametrize("fields", [{"opening_html": "<p>Of shipping.</p>"}, {"author": "Ann Shipping"}])
def test_a_word_is_not_looked_for_in_the_text(fields):
    make_article(**fields)
    assert Mutes(words=frozenset({"shipping"})).visible(Article.objects.all()).exists()


def test_no_phrase_reaches_from_the_headline_into_the_standfirst():
    article = make_article(headline="An end to war", standfirst="Peace comes.", categories=["Harbours"])
    mutes = Mutes(words=frozenset({"war peace", "comes harbours"}))
    assert mutes.visible(Article.objects.all()).exists()
    assert not mutes.hides(article)


def test_a_muted_slot_is_filled_again():
    lantern = make_source()
    for _ in range(5):
        make_article(lantern)
    wanted = [make_article() for _ in range(3)]
    shown = Mutes(source_ids=frozenset({lantern.pk})).visible(Article.objects.visible()).newest()[:3]
    assert list(shown) == wanted


def test_a_reader_has_the_own_mutes_only(trial_reader, django_assert_num_queries):
    lantern = make_source()
    make_mute(trial_reader, source=lantern)
    make_mute(trial_reader, topic="Wildfires")
    make_mute(trial_reader, word="Élan")
    make_mute(make_reader(), word="other")
    with django_assert_num_queries(1):
        mutes = mutes_of(trial_reader)
    assert mutes == Mutes(frozenset({lantern.pk}), frozenset({"wildfire"}), frozenset({"elan"}))
    assert mutes.key == ((lantern.pk,), ("wildfire",), ("elan",))


def test_visitors_cost_no_query(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert mutes_of(None) is NO_MUTES


def test_without_mutes_a_list_is_asked_for_as_ever():
    articles = Article.objects.visible()
    assert NO_MUTES.visible(articles) is articles
    assert not NO_MUTES


def test_rows_of_other_models_go_with_their_article():
    kept, muted = make_pick(), make_pick(make_article(headline="Of shipping"))
    picks = Mutes(words=frozenset({"shipping"})).visible_by(Pick.objects.all(), "article")
    assert list(picks) == [kept]
    assert muted not in picks


def test_a_list_that_is_being_read_does_not_keep_another_from_being_asked_for():
    for _ in range(3):
        make_article()
    mutes = Mutes(words=frozenset({"shipping"}))
    outer = mutes.visible(Article.objects.all()).iterator(chunk_size=1)
    next(outer)
    assert mutes.visible(Article.objects.all()).count() == 3
    assert len(list(outer)) == 2
