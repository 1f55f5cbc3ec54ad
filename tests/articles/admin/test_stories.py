import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.make import make_article, make_story

LIST = reverse("admin:articles_story_changelist")


@pytest.fixture
def at_desk(client, editor):
    client.force_login(editor)
    return client


def test_an_editor_sees_which_titles_report_a_story(at_desk):
    articles = [make_article(headline=f"Report {number}") for number in (1, 2)]
    articles.append(make_article(headline="Report again", is_copy=True))
    story = make_story(articles)
    page = at_desk.get(reverse("admin:articles_story_change", args=[story.pk])).text
    for article in articles:
        assert article.headline in page
        assert article.source.name in page
    assert "Report again</a> (a copy)" in page


def test_a_story_is_looked_at_and_not_changed(at_desk, admin_client):
    story = make_story([make_article()])
    url = reverse("admin:articles_story_change", args=[story.pk])
    for client in (at_desk, admin_client):
        assert client.post(url, {"section": "sport"}).status_code == 403
        assert client.get(reverse("admin:articles_story_add")).status_code == 403


def test_a_story_whose_lead_is_gone_can_still_be_looked_at(at_desk):
    story = make_story([make_article()], lead=None)
    assert at_desk.get(LIST).status_code == 200
    assert at_desk.get(reverse("admin:articles_story_change", args=[story.pk])).status_code == 200


def test_the_list_costs_the_same_with_three_stories_and_with_thirty(at_desk):
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            at_desk.get(LIST)
        return len(queries)

    for _ in range(3):
        make_story([make_article()])
    few = cost()
    for _ in range(27):
        make_story([make_article()])
    assert cost() == few
