"""What an article said before: public words only, under the rules of the article's own page."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from articles.models import Article, ArticleVersion, ArticleVersionBody
from tests.conftest import SECRET_SENTENCE
from tests.make import make_article, make_source

pytestmark = pytest.mark.django_db


def path_of(article: Article) -> str:
    return reverse("article_history", args=[article.pk])


def make_version(article: Article, hours_ago: int, body: str = "", **words) -> ArticleVersion:
    """What the article said until so many hours ago; as now where `words` name nothing else."""
    version = ArticleVersion.objects.create(
        article=article,
        replaced_at=timezone.now() - timedelta(hours=hours_ago),
        **{name: getattr(article, name) for name in ("headline", "standfirst", "opening_html")} | words,
    )
    if body:
        ArticleVersionBody.objects.create(version=version, html=body)
    Article.objects.filter(pk=article.pk).update(version_count=ArticleVersion.objects.filter(article=article).count())
    article.refresh_from_db()
    return version


def test_changed_words_are_marked_newest_change_first(visitor, walled_article):
    make_version(walled_article, 5, headline="The bridge that opened")
    make_version(walled_article, 2, standfirst="Engineers waited for a ferry.")
    page = visitor.get(path_of(walled_article)).text
    assert "has changed this report 2 times" in page
    second, first = page.index("<del>ferry.</del> <ins>tide.</ins>"), page.index("<del>opened</del>")
    assert second < first < page.index("As it appeared")
    assert "<ins>would not open</ins>" in page


def test_the_article_leads_to_its_history_only_where_there_is_one(visitor, walled_article):
    assert path_of(walled_article) not in visitor.get(walled_article.get_absolute_url()).text
    make_version(walled_article, 5, headline="Before")
    page = visitor.get(walled_article.get_absolute_url()).text
    assert f'href="{path_of(walled_article)}"' in page
    assert "Changed once since it appeared" in page
    make_version(walled_article, 2, headline="Later")
    assert "Changed 2 times since it appeared" in visitor.get(walled_article.get_absolute_url()).text


def test_no_text_behind_the_wall_is_here_for_anybody(client, visitor, member, walled_article):
    make_version(walled_article, 5, body=f"<p>{SECRET_SENTENCE} And an earlier one.</p>")
    client.force_login(member)
    for reader in (visitor, client):
        page = reader.get(path_of(walled_article)).text
        assert SECRET_SENTENCE not in page
        assert "And an earlier one." not in page
        assert "the text further down was changed" in page


def test_a_title_that_allows_headlines_only_shows_headlines_only(visitor):
    article = make_article(make_source(permission="headline"), standfirst="Not ours.", opening_html="<p>Nor this.</p>")
    make_version(article, 5, headline="Before", standfirst="Never ours.", opening_html="<p>Nor that.</p>")
    page = visitor.get(path_of(article)).text
    assert "<del>Before</del>" in page
    for words in ("Not ours.", "Never ours.", "Nor this.", "Nor that."):
        assert words not in page


def test_publishers_markup_is_shown_as_words(visitor):
    article = make_article(headline="<b>Bold</b> & brave", opening_html="<p>1 &lt; 2</p>")
    make_version(article, 5, headline="<script>alert(1)</script>", opening_html="<p>1 &lt; 3</p>")
    page = visitor.get(path_of(article)).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<del>3</del> <ins>2</ins>" in page


def test_what_was_taken_down_or_switched_off_has_no_history(visitor):
    down = make_article(withdrawn_at=timezone.now(), headline="Taken down")
    make_version(down, 5, headline="Libel")
    answer = visitor.get(path_of(down))
    assert answer.status_code == 410
    assert "Libel" not in answer.text
    off = make_article(make_source(is_active=False))
    make_version(off, 5, headline="Before")
    assert visitor.get(path_of(off)).status_code == 404
    assert visitor.get("/article/99999/history/").status_code == 404


def test_search_engines_are_asked_to_leave_it_out(visitor, walled_article):
    assert '<meta name="robots" content="noindex">' in visitor.get(path_of(walled_article)).text


def test_an_article_that_never_changed_says_so(visitor, walled_article):
    page = visitor.get(path_of(walled_article))
    assert page.status_code == 200
    assert "has not changed this report" in page.text


def test_changes_that_are_not_kept_any_more_are_counted(visitor, walled_article):
    make_version(walled_article, 5, headline="Before")
    Article.objects.update(version_count=25)
    assert "24 changes in between are not kept any more." in visitor.get(path_of(walled_article)).text


def test_an_article_called_history_has_its_own_page_all_the_same(visitor):
    article = make_article(headline="History!")
    assert article.get_absolute_url() == f"/article/{article.pk}/article/"
    assert "<h1>History!</h1>" in visitor.get(article.get_absolute_url()).text


def test_it_costs_the_same_with_one_change_and_with_twenty(visitor, walled_article):
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert visitor.get(path_of(walled_article)).status_code == 200
        return len(queries)

    make_version(walled_article, 50, headline="Version 0")
    few = cost()
    for number in range(1, 20):
        make_version(walled_article, 50 - number, headline=f"Version {number}")
    assert cost() == few <= 4


def test_the_page_is_one_document_with_one_heading_and_nothing_inline(visitor, walled_article):
    make_version(walled_article, 5, headline="Before")
    page = visitor.get(path_of(walled_article))
    assert page.text.count("<h1") == 1
    assert "style=" not in page.text
    assert page["Cache-Control"].startswith("public")


# For editors -------------------------------------------------------------------------------------


def test_an_editor_sees_what_an_article_said_before_and_never_its_text(client, editor, walled_article):
    client.force_login(editor)
    url = reverse("admin:articles_article_change", args=[walled_article.pk])
    assert "Always the same, as far as we have seen." in client.get(url).text
    make_version(walled_article, 5, body=f"<p>{SECRET_SENTENCE}</p>", headline="The <b>bridge</b> that would open")
    page = client.get(url).text
    assert "<del>&lt;b&gt;bridge&lt;/b&gt;</del>" in page
    assert SECRET_SENTENCE not in page


FERRY = "The first boat left at six in the morning with forty lorries and a choir on board."
TIDE = "Nobody could say when the tide would turn, and the harbour master had gone home to bed."
BRIDGE = "By noon the bridge was still shut and the queue reached the old market in the next town."


def test_what_everybody_read_once_and_stands_behind_the_wall_now_is_not_here(visitor):
    """A report that grows at its top: what was its opening in the morning is walled text at noon."""
    article = make_article(
        make_source(permission="full"),
        standfirst="",
        opening_html=f"<p>{BRIDGE}</p>",
        body=f"<p>{BRIDGE}</p><p>{TIDE}</p><p>{FERRY}</p>",
    )
    make_version(article, 5, opening_html=f"<p>{FERRY}</p>")
    make_version(article, 2, opening_html=f"<p>{TIDE.replace('Nobody', 'No one')} It is a Tuesday.</p>")
    page = visitor.get(path_of(article)).text
    for words in ("forty lorries and a choir", "the harbour master had gone home"):
        assert words not in page
    assert "It is a Tuesday." in page  # that was taken back, and is nowhere else
    assert "No one" in page
    assert BRIDGE in page
    Article.objects.filter(pk=article.pk).update(is_opened=True)
    assert FERRY in visitor.get(path_of(article)).text
