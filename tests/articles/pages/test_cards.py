from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles.models import Article, ArticleBody, Saved
from articles.pages.cards import card_of, cards_of, pick_card, saved_ids_of, source_url, story_url, with_angles
from articles.pages.drawing import story
from tests.make import make_article, make_pick, make_picture, make_pictured_article, make_source, make_story

pytestmark = pytest.mark.django_db


def carded(article: Article) -> Article:
    return Article.objects.for_cards().get(pk=article.pk)


def drawn(article: Article, **context) -> str:
    return story(card_of(carded(article)), heading="h3", **context)


def test_cards_cost_one_query_however_many(django_assert_num_queries):
    make_story([make_article() for _ in range(12)])
    with django_assert_num_queries(1):
        cards = cards_of(Article.objects.for_cards())
        "".join(story(card, heading="h3") for card in cards)
    assert len(cards) == 12


def test_a_card_cannot_bring_a_body_along(walled_article):
    """A03"""
    with CaptureQueriesContext(connection) as queries:
        drawn(walled_article)
    assert ArticleBody._meta.db_table not in "".join(query["sql"] for query in queries)


def test_a_card_counts_the_other_titles():
    lead, other, third = make_article(), make_article(), make_article()
    make_story([lead, other, third])
    assert "Also covered by 2 titles" in drawn(lead)


def test_one_other_title_is_one_title():
    lead = make_article()
    make_story([lead, make_article()])
    assert "Also covered by 1 title<" in drawn(lead)


def test_nobody_else_is_not_counted():
    lead = make_article()
    make_story([lead])
    assert "Also covered" not in drawn(lead)
    assert "Also covered" not in drawn(make_article())


def test_to_a_copy_every_title_of_its_story_is_another_one():
    lead, copy = make_article(), make_article(is_copy=True)
    make_story([lead, copy], title_count=1)
    assert card_of(carded(copy)).also_count == 1
    assert card_of(carded(lead)).also_count == 0


def test_the_lead_s_link_to_the_coverage_needs_no_redirect(visitor):
    lead = make_article(headline="Port strike suspended")
    story = make_story([lead, make_article()])
    assert card_of(carded(lead)).also_url == story.get_absolute_url()
    assert visitor.get(story.get_absolute_url()).status_code == 200


def test_a_headline_in_another_script_links_to_its_coverage_without_a_redirect():
    """F56"""
    lead = make_article(headline="المدينة القديمة تستعيد سوقها", language="ar")
    story = make_story([lead, make_article()])
    assert card_of(carded(lead)).also_url == story.get_absolute_url() == f"/story/{story.pk}/story/"


def test_other_titles_headlines_stand_below_the_lead_one_per_title():
    ledger, courier, wire = make_source(name="Ledger"), make_source(name="Courier"), make_source(name="Wire")
    now = timezone.now()
    lead = make_article(ledger, published_at=now - timedelta(hours=3))
    make_story(
        [
            lead,
            make_article(ledger, headline="Ledger again", published_at=now),
            make_article(courier, headline="Courier, older", published_at=now - timedelta(hours=2)),
            make_article(courier, headline="Courier, newer", published_at=now - timedelta(hours=1)),
            make_article(wire, headline="Wire", published_at=now - timedelta(hours=4)),
            make_article(headline="Somebody else's words", is_copy=True),
        ]
    )
    [card] = with_angles([card_of(carded(lead))], 4)
    assert [angle.headline for angle in card.angles] == ["Courier, newer", "Wire"]


def test_as_many_other_headlines_as_asked_for_in_one_query(django_assert_num_queries):
    leads = [make_article() for _ in range(3)]
    for lead in leads:
        make_story([lead, *(make_article() for _ in range(20))])
    cards = cards_of(Article.objects.for_cards().filter(pk__in=[lead.pk for lead in leads]))
    with django_assert_num_queries(1):
        assert [len(card.angles) for card in with_angles(cards, 4)] == [4, 4, 4]


def test_a_headline_that_was_taken_down_is_no_angle():
    lead, gone = make_article(), make_article(withdrawn_at=timezone.now())
    make_story([lead, gone])
    assert with_angles([card_of(carded(lead))], 4)[0].angles == ()


def test_only_a_very_long_headline_goes_one_size_down():
    assert 'class="hed long"' in drawn(make_article(headline="Delta " * 30))
    assert 'class="hed"' in drawn(make_article(headline="Lights out"))


def test_a_missing_picture_or_standfirst_leaves_nothing_behind():
    page = drawn(make_article(standfirst="", image_url=""))
    assert "<img" not in page
    assert 'class="dek"' not in page
    assert "story--row" not in page


def test_a_narrow_picture_is_not_blown_up():
    small = make_pictured_article(width=320, height=200)
    assert "<img" in drawn(small)
    assert "<img" not in drawn(small, is_large=True)
    assert "<img" not in drawn(make_pictured_article(width=88, height=88))


def test_a_right_to_left_card_says_so_and_keeps_our_words_left_to_right():
    page = drawn(make_article(make_source(language="ar"), headline="الدلتا"))
    assert '<article class="story" lang="ar" dir="rtl">' in page
    assert 'lang="en" dir="ltr"' in page.split("<time")[1].split(">")[0]


def test_markup_in_a_feed_s_fields_is_text():
    """F64"""
    page = drawn(
        make_article(
            make_source(name="<b>Ledger</b>"),
            headline="<script>alert(1)</script>",
            standfirst='"><img src=x onerror=alert(1)>',
            section="opinion",
            author="<i>Ada</i>",
            image_url=(picture := make_picture('https://press.example/"onload="alert(1)')).url,
            picture=picture,
        )
    )
    assert "<script" not in page
    assert "<b>" not in page
    assert "<i>" not in page
    assert 'onload="' not in page
    assert page.count("<img") == 1


def test_a_pick_shows_the_editor_s_words_and_keeps_the_publisher_s_article():
    article = make_article(headline="The publisher's words", word_count=460)
    pick = make_pick(carded(article), note="Stay for the last line.", headline_override="The editor's words")
    card = pick_card(pick, pick.article)
    assert (card.headline, card.note, card.time_note) == ("The editor's words", "Stay for the last line.", "2 min read")
    assert card.url == article.get_absolute_url()


def test_saved_articles_are_marked_for_the_reader_who_saved_them(trial_reader, member, django_assert_num_queries):
    kept, other = make_article(), make_article()
    Saved.objects.create(user=trial_reader, article=kept)
    assert saved_ids_of(trial_reader, [kept, other]) == {kept.pk}
    assert saved_ids_of(member, [kept, other]) == set()
    with django_assert_num_queries(0):
        assert saved_ids_of(None, [kept, other]) == set()


@pytest.mark.parametrize("headline", ["The bridge is shut", "History", "日本", "x" * 200, "1/slug", "Zoë's <b>"])
def test_an_address_on_a_card_is_the_page_s_own(headline):
    article = make_article(headline=headline)
    story = make_story([article])
    card = card_of(carded(article))
    assert card.url == article.get_absolute_url()
    assert story_url(article) == story.get_absolute_url()
    assert source_url(article.source.slug) == article.source.get_absolute_url()
