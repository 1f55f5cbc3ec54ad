from __future__ import annotations

from datetime import timedelta

import pytest

from articles.fulltext.wanted import has_page_text, want_pages
from articles.ingest.store import drop_beyond_permission
from articles.models import Article, ArticlePage, Source
from tests.articles.fulltext.conftest import make_excerpt
from tests.make import make_article

pytestmark = pytest.mark.django_db


def test_an_excerpt_is_wanted_at_once(excerpt, now):
    assert want_pages([excerpt.pk], now) == 1
    page = ArticlePage.objects.get()
    assert (page.article, page.state, page.due_at, page.attempt_count) == (excerpt, "wanted", now, 0)


def test_asking_twice_changes_nothing(excerpt, now):
    want_pages([excerpt.pk], now)
    ArticlePage.objects.update(attempt_count=2, due_at=now + timedelta(hours=1))
    assert want_pages([excerpt.pk], now) == 0
    assert ArticlePage.objects.get().attempt_count == 2


@pytest.mark.parametrize(
    "facts",
    [
        {"permission": "teaser"},
        {"permission": "headline"},
        {"permission": "open", "licence": "CC-BY-4.0"},
        {"fetches_pages": False},
        {"is_active": False},
    ],
)
def test_without_the_agreement_no_page_is_wanted(excerpt, now, facts):
    Source.objects.update(**facts)
    assert want_pages([excerpt.pk], now) == 0


@pytest.mark.parametrize(
    "facts",
    [{"canonical_url": None}, {"canonical_url": "https://elsewhere.example/ferry"}, {"word_count": 600}],
)
def test_an_article_that_has_its_text_or_no_page_of_the_titles_is_not_wanted(excerpt, now, facts):
    Article.objects.update(**facts)
    assert want_pages([excerpt.pk], now) == 0


def test_what_an_editor_has_taken_down_is_not_wanted(excerpt, now):
    Article.objects.update(withdrawn_at=now)
    assert want_pages([excerpt.pk], now) == 0


def test_an_article_without_any_text_is_wanted(source, publisher, now):
    article = make_excerpt(source, publisher, "/bare", body=None)
    assert want_pages([article.pk], now) == 1


def test_less_than_half_of_the_usual_length_is_wanted(source, publisher, now):
    for number in range(6):
        make_article(source, body="x", word_count=1000 + number)
    short, usual = (
        make_excerpt(source, publisher, f"/{words}", word_count=words, body="<p>Some of it.</p>")
        for words in (400, 700)
    )
    Article.objects.filter(pk=short.pk).update(word_count=400)
    assert want_pages([short.pk, usual.pk], now) == 1
    assert ArticlePage.objects.get().article == short


def test_a_text_that_came_from_the_page_stays_and_is_read_again_after_a_change(excerpt, now):
    ArticlePage.objects.create(article=excerpt, state="taken", due_at=now, fetched_at=now, attempt_count=1)
    Article.objects.update(word_count=900)
    assert has_page_text([excerpt.pk]) == {excerpt.pk}
    assert want_pages([excerpt.pk], now) == 1
    assert ArticlePage.objects.get().state == "wanted"
    assert has_page_text([excerpt.pk]) == {excerpt.pk}


@pytest.mark.parametrize(
    ("state", "is_fetched", "expected"),
    [("wanted", False, False), ("kept", False, False), ("refused", True, False), ("kept", True, True)],
)
def test_only_a_text_that_came_from_the_page_is_one(excerpt, now, state, is_fetched, expected):
    ArticlePage.objects.create(article=excerpt, state=state, due_at=now, fetched_at=now if is_fetched else None)
    assert (has_page_text([excerpt.pk]) == {excerpt.pk}) == expected


def test_a_text_that_went_with_the_permission_is_none(excerpt, now):
    ArticlePage.objects.create(article=excerpt, state="taken", due_at=now, fetched_at=now)
    drop_beyond_permission(excerpt.source, "teaser")
    drop_beyond_permission(excerpt.source, "full")
    assert has_page_text([excerpt.pk]) == set()
    assert want_pages([excerpt.pk], now) == 1
