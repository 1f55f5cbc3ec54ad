from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles.models import Article, ArticleBody
from articles.models.article import ArticleFacts
from articles.pages.cards import card_of
from articles.pages.drawing import picture, rank, story
from articles.pages.rows import ArticleRow, PictureRow, SourceRow, StoryRow, rows_by_id, rows_of
from tests.make import make_article, make_pictured_article, make_source, make_story

pytestmark = pytest.mark.django_db
FACTS = [name for name, value in vars(ArticleFacts).items() if isinstance(value, property)]
OWN = [name for name in ArticleRow.__slots__ if name not in {"source", "story", "picture"}]


@pytest.fixture
def article(db) -> Article:
    source = make_source(permission="full")
    article = make_pictured_article(source, body="<p>Whole.</p>", language="ar", section="opinion", author="Ada")
    make_story([article, make_article()])
    return Article.objects.for_cards().get(pk=article.pk)


def test_a_row_says_what_the_article_says(article):
    [row] = rows_by_id([article.pk]).values()
    assert {name: getattr(row, name) for name in [*OWN, *FACTS]} == {
        name: getattr(article, name) for name in [*OWN, *FACTS]
    }
    for named, kind in (("source", SourceRow), ("story", StoryRow), ("picture", PictureRow)):
        assert tuple(getattr(row, named)) == tuple(getattr(getattr(article, named), name) for name in kind._fields)
    assert row.is_walled


def test_a_card_of_a_row_is_drawn_as_a_card_of_the_article(article):
    of_row, of_article = card_of(rows_by_id([article.pk])[article.pk]), card_of(article)
    assert story(of_row, heading="h3", can_save=True) == story(of_article, heading="h3", can_save=True)
    assert rank(of_row) == rank(of_article)
    assert picture(of_row) == picture(of_article)


def test_an_article_without_story_and_picture_has_none():
    row = rows_by_id([make_article().pk]).popitem()[1]
    assert (row.story, row.picture, row.story_id, row.picture_id) == (None, None, None, None)


def test_what_was_taken_down_or_switched_off_is_no_row_a13():
    gone = make_article(withdrawn_at=timezone.now())
    off = make_article(make_source(is_active=False))
    assert rows_by_id([gone.pk, off.pk]) == {}


def test_rows_cost_one_query_keep_their_order_and_bring_no_body_along_a03(article):
    others = [make_article(body="<p>Licensed.</p>") for _ in range(3)]
    with CaptureQueriesContext(connection) as queries:
        rows = rows_of(Article.objects.visible().filter(pk__in=[one.pk for one in others]).order_by("-pk"))
    assert [row.pk for row in rows] == sorted((one.pk for one in others), reverse=True)
    assert len(queries) == 1
    assert ArticleBody._meta.db_table not in queries[0]["sql"]


def test_no_articles_cost_no_query(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert rows_by_id([]) == {}
