"""The database keeps the index of whole texts: it follows what is written, changed, deleted, opened and re-licensed."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from articles.models import Article, ArticleBody
from articles.search.find import OUTSIDER, Scope, search
from articles.search.query import parse_query
from tests.conftest import SECRET_SENTENCE
from tests.make import make_article, make_source

pytestmark = pytest.mark.django_db

WITH_ACCESS = Scope(reads_licensed=True)
BODY = "<p>The opening.</p><p>The <em>quartermaster</em> counted oars &amp; ropes</p><p>at Genève.</p>"


def found(typed: str, scope: Scope = WITH_ACCESS) -> list[int]:
    return [match.article_id for match in search(parse_query(typed), timezone.now(), scope).matches]


@pytest.mark.parametrize("typed", ["quartermaster", '"oars ropes"', "geneve", "quartermasters", '"ropes at"'])
def test_whole_texts_are_found_as_people_write_them_by_who_may_read_them(typed):
    article = make_article(body=BODY)
    make_article(body="<p>Something else.</p>")
    assert found(typed) == [article.pk]
    assert found(typed, OUTSIDER) == []


def test_words_of_headline_title_and_text_answer_together():
    article = make_article(make_source(name="The Harbour Ledger"), headline="Bridge shut", body=BODY)
    assert found("bridge ledger quartermaster") == [article.pk]
    assert found("bridge -quartermaster") == []
    assert found("bridge quartermaster -oars") == []
    assert found("bridge -quartermaster", OUTSIDER) == [article.pk]


@pytest.mark.parametrize("typed", ["em", "amp", "p"])
def test_markup_is_not_found(typed):
    make_article(body=BODY)
    assert found(typed) == []


def test_a_changed_text_is_found_by_its_new_words_only():
    article = make_article(body=BODY)
    ArticleBody.objects.filter(article=article).update(html="<p>The boatswain.</p>")
    assert found("quartermaster") == []
    assert found("boatswain") == [article.pk]
    ArticleBody.objects.update_or_create(article=article, defaults={"html": "<p>The purser.</p>"})
    assert found("boatswain") == []
    assert found("purser") == [article.pk]


def test_a_changed_headline_is_found_with_words_of_the_text():
    article = make_article(headline="Bridge shut", body=BODY)
    Article.objects.filter(pk=article.pk).update(headline="Ferry late")
    assert found("bridge quartermaster") == []
    assert found("ferry quartermaster") == [article.pk]


def test_a_text_that_comes_later_is_found_with_what_its_article_says_by_then():
    article = make_article(headline="Bridge shut", has_body=True)
    Article.objects.filter(pk=article.pk).update(headline="Ferry late", is_opened=True)
    ArticleBody.objects.create(article=article, html=BODY)
    assert found("bridge quartermaster") == []
    assert found("ferry quartermaster") == found("ferry quartermaster", OUTSIDER) == [article.pk]


def test_a_text_that_is_taken_away_and_brought_again_is_found_once_more():
    article = make_article(body=BODY)
    ArticleBody.objects.filter(article=article).delete()
    ArticleBody.objects.create(article=article, html="<p>The boatswain.</p>")
    assert found("quartermaster") == []
    assert found("boatswain") == [article.pk]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="Only SQLite's index has articles that wait for their text.")
def test_an_article_waits_until_its_text_comes_it_is_changed_or_it_is_deleted():
    def waiting() -> list[int]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT id FROM articles_search_waiting ORDER BY id")
            return [pk for (pk,) in cursor.fetchall()]

    make_article(body=BODY)
    make_article()
    assert waiting() == []
    changed, deleted, read = (make_article(has_body=True) for _ in range(3))
    assert waiting() == [changed.pk, deleted.pk, read.pk]
    Article.objects.filter(pk=changed.pk).update(headline="Ferry late")
    deleted.delete()
    ArticleBody.objects.create(article=read, html=BODY)
    assert waiting() == []


def test_a_deleted_text_and_a_deleted_article_are_gone():
    article, other = make_article(body=BODY), make_article(body=BODY)
    ArticleBody.objects.filter(article=article).delete()
    assert found("quartermaster") == [other.pk]
    other.source.delete()
    assert found("quartermaster") == []


def test_a_text_that_was_taken_down_is_gone_at_once_and_back_when_it_is_restored():
    article = make_article(body=BODY)
    Article.objects.filter(pk=article.pk).update(withdrawn_at=timezone.now())
    assert found("quartermaster") == []
    Article.objects.filter(pk=article.pk).update(withdrawn_at=None)
    assert found("quartermaster") == [article.pk]


def test_a_text_that_an_editor_opened_is_found_by_everybody_until_it_is_closed():
    article = make_article(body=BODY)
    Article.objects.filter(pk=article.pk).update(is_opened=True)
    assert found("quartermaster", OUTSIDER) == [article.pk]
    Article.objects.filter(pk=article.pk).update(is_opened=False)
    assert found("quartermaster", OUTSIDER) == []


def test_the_permission_of_today_counts():
    article = make_article(make_source(permission="open", licence="CC-BY-4.0"), body=BODY)
    assert found("quartermaster", OUTSIDER) == [article.pk]
    article.source.permission = "full"
    article.source.save()
    assert found("quartermaster", OUTSIDER) == []
    assert found("quartermaster") == [article.pk]
    article.source.permission = "teaser"
    article.source.save()
    assert found("quartermaster") == []
    article.source.permission = "open"
    article.source.save()
    assert found("quartermaster", OUTSIDER) == [article.pk]


def test_a_walled_text_neither_hides_nor_pushes_out_what_an_outsider_finds(walled_article, monkeypatch):
    monkeypatch.setattr("articles.search.find.MOST_PLAIN", 1)
    public = make_article(make_source(permission="open", licence="CC0-1.0"), body=BODY)
    newer = [make_article(body=BODY) for _ in range(3)]
    assert found("quartermaster", OUTSIDER) == [public.pk]
    assert found(f'"{SECRET_SENTENCE}"', OUTSIDER) == []
    assert len(newer) == 3


@pytest.mark.parametrize("few", [0, 5_000])
def test_whole_texts_count_as_far_back_as_public_ones_where_those_alone_are_too_many(monkeypatch, few):
    """By their key where that is among a few, among all matches else."""
    monkeypatch.setattr("articles.search.find.MOST", 2)
    monkeypatch.setattr("articles.search.postgres.FEW", few)
    now = timezone.now()
    old = make_article(body=BODY, published_at=now - timedelta(hours=9))
    for hours in (4, 3, 2):
        make_article(headline="The quartermaster", published_at=now - timedelta(hours=hours))
    fresh = make_article(body=BODY, published_at=now)
    public = make_article(headline="The quartermaster", published_at=now - timedelta(hours=1))
    result = search(parse_query("quartermaster"), now, WITH_ACCESS, newest_first=True)
    assert [match.article_id for match in result.matches] == [fresh.pk, public.pk]
    assert result.is_cut
    best_first = found("quartermaster")
    assert len(best_first) == 2
    assert old.pk not in best_first


def test_nothing_of_a_deleted_text_stays_in_the_index():
    article = make_article(body="<p>أكتوبر “quoted” \\ back a &lt; b</p>")
    ArticleBody.objects.filter(article=article).update(html="<p>changed <b>twice</b></p>")
    Article.objects.all().delete()
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("CREATE VIRTUAL TABLE temp.texts USING fts5vocab(main, articles_search_bodies, row)")
            cursor.execute("SELECT * FROM temp.texts")
        else:
            cursor.execute("SELECT * FROM articles_search_bodies")
        left = cursor.fetchall()
        if connection.vendor == "sqlite":
            cursor.execute("DROP TABLE temp.texts")
    assert left == []


def test_a_very_long_text_is_stored_all_the_same():
    article = make_article(body="<p>quartermaster</p>" + "".join(f"<p>λέξη{number}x</p>" for number in range(60_000)))
    assert found("quartermaster") == [article.pk]
