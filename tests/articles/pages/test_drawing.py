from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.template import Context, Template
from django.utils import timezone

from articles.models import Article, Saved, Source
from articles.pages.cards import card_of, saved_ids_of, with_angles
from articles.pages.drawing import picture, rank, story
from tests.make import make_article, make_picture, make_pictured_article, make_source, make_story

pytestmark = pytest.mark.django_db


def drawn(article: Article, user=None, **options) -> str:
    article = Article.objects.for_cards().get(pk=article.pk)
    return story(card_of(article, saved_ids_of(user, [article])), heading="h3", **options)


@pytest.mark.parametrize(
    "change",
    [
        {"headline": "Another headline"},
        {"standfirst": "Another standfirst."},
        {"image_url": ""},
        {"image_alt": "What it shows"},
        {"language": "fr"},
        {"published_at": timezone.now() - timedelta(days=9)},
    ],
)
def test_whatever_an_article_says_stands_on_its_card(change):
    article = make_pictured_article()
    before = drawn(article)
    Article.objects.filter(pk=article.pk).update(**change)
    assert drawn(article) != before


def test_a_picture_stands_on_its_card():
    article = make_pictured_article()
    before = drawn(article)
    Article.objects.filter(pk=article.pk).update(picture=make_picture())
    assert drawn(article) != before


def test_a_title_stands_on_its_card_by_the_name_of_today():
    source = make_source(name="The Old Name")
    article = make_article(source)
    assert "The Old Name" in drawn(article)
    Source.objects.filter(pk=source.pk).update(name="The New Name")
    assert "The New Name" in drawn(article)


def test_words_of_others_are_words_and_no_markup():
    hostile = "<b onmouseover=x>\"'&"
    source = make_source(name=f"The {hostile}")
    article = make_pictured_article(
        source,
        **dict.fromkeys(("headline", "standfirst", "author", "image_alt"), hostile),
        language='"><i>',
        section="opinion",
    )
    make_story([article, make_article(headline=hostile)])
    [card] = with_angles([card_of(Article.objects.for_cards().get(pk=article.pk))], 1)
    card = replace(card, why=hostile, note=hostile, time_note=hostile)
    page = story(card, heading="h3", can_save=True) + rank(card) + picture(card, has_caption=True)
    assert "<b onmouseover" not in page
    assert "<i>" not in page
    assert page.count("&lt;b onmouseover=x&gt;&quot;&#x27;&amp;") == 14


def test_another_title_s_report_is_told_of():
    article = make_article()
    before = drawn(article)
    make_story([article, make_article()])
    assert "Also covered" not in before
    assert "Also covered by 1 title" in drawn(article)


def test_what_one_reader_saved_is_not_saved_for_another(trial_reader, member):
    article = make_article()
    Saved.objects.create(user=trial_reader, article=article)
    assert 'aria-pressed="true"' in drawn(article, trial_reader, can_save=True)
    assert 'aria-pressed="false"' in drawn(article, member, can_save=True)
    assert "aria-pressed" not in drawn(article)


def test_an_age_does_not_stand_still(monkeypatch):
    now = timezone.now()
    article = make_article(published_at=now - timedelta(minutes=50))
    assert "50 min" in drawn(article)
    monkeypatch.setattr(timezone, "now", lambda: now + timedelta(hours=1))
    assert "1 h" in drawn(article)


def test_times_are_the_reader_s_own():
    noon = (timezone.now() - timedelta(days=20)).replace(hour=12)
    article = make_article(published_at=noon)
    with timezone.override(ZoneInfo("Asia/Tokyo")):
        assert "+09:00" in drawn(article)
    assert "+09:00" not in drawn(article)


def test_the_same_card_is_drawn_in_each_of_its_layouts():
    article = make_article(standfirst="The standfirst.")
    assert "The standfirst." in drawn(article)
    assert "The standfirst." not in drawn(article, in_list=True)


def test_the_template_s_tag_takes_words_and_flags(trial_reader):
    article = Article.objects.for_cards().get(pk=make_article().pk)
    template = Template('{% load cards %}{% story card heading="h2" size="h1" can_save=reader %}')
    page = template.render(Context({"card": replace(card_of(article), why="Why"), "reader": trial_reader}))
    assert '<h2 class="hed h1">' in page
    assert 'form="save"' in page
