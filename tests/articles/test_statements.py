from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models import QuerySet
from django.utils import timezone

from articles.models import Article
from articles.muting import NO_MUTES, Mutes
from articles.pictures.shown import has_picture
from articles.statements import Statement
from tests.make import make_article, make_pictured_article, make_source

pytestmark = pytest.mark.django_db


def _since(since, section: str, ids, mutes: Mutes = NO_MUTES) -> QuerySet:
    found = mutes.visible(Article.objects.filter(published_at__gte=since, section=section, pk__in=ids))
    return found.order_by("pk").values_list("pk", "published_at", "has_body", "categories", "source__name")


since = Statement(_since)


def test_rows_are_those_of_the_query_whatever_the_values():
    now = timezone.now()
    articles = [
        make_article(published_at=now - timedelta(hours=hours), section=section, categories=["Ports", "Ferries"])
        for hours in (1, 2, 3)
        for section in ("world", "sport")
    ]
    ids = [article.pk for article in articles]
    for values in ((now - timedelta(hours=5), "world", ids), (now - timedelta(hours=2.5), "sport", ids[2:])):
        rows = since(*values)
        assert rows == [list(row) for row in _since(*values)]
        assert rows


def test_a_query_is_put_together_once():
    asked = []

    @Statement
    def by_section(section: str) -> QuerySet:
        asked.append(section)
        return Article.objects.filter(section=section).values_list("section")

    for section in ("world", "sport", "world"):
        make_article(section=section)
        assert by_section(section)[0] == [section]
    assert len(asked) == 1


def test_none_of_several_costs_no_query_and_an_empty_text_is_a_value(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert since(timezone.now(), "world", []) == []
    article = make_article(author="", published_at=timezone.now())
    by_author = Statement(lambda author: Article.objects.filter(author=author).values_list("pk"))
    assert by_author("") == [[article.pk]]


def test_it_follows_the_setting_that_says_what_is_a_picture(settings):
    pictured = Statement(lambda pk: Article.objects.filter(pk=pk).annotate(has=has_picture()).values_list("has"))
    article = make_pictured_article()
    linked = make_article(image_url="https://paper.example/a.jpg")
    expected = {"proxy": (True, False), "link": (True, True), "off": (False, False)}
    for images in [*expected, *expected]:
        settings.IMAGES = images
        assert tuple(pictured(one.pk)[0][0] for one in (article, linked)) == expected[images]


def test_a_reader_s_mutes_are_looked_at():
    muted, other = make_source(), make_source()
    articles = [make_article(source, section="world", published_at=timezone.now()) for source in (muted, other)]
    values = (timezone.now() - timedelta(hours=1), "world", [one.pk for one in articles])
    assert [row[0] for row in since(*values, mutes=Mutes(frozenset({muted.pk})))] == [articles[1].pk]
    assert len(since(*values)) == 2
