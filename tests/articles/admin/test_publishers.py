"""Pages that we wanted and hosts that we visit, at the desk."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from articles.admin.publishers import robots_words
from articles.models import ArticlePage, Host, Source
from tests.articles.admin.test_sources import facts, page_of
from tests.make import make_article, make_source

PAGES = reverse("admin:articles_articlepage_changelist")
HOSTS = reverse("admin:articles_host_changelist")


@pytest.fixture
def page(db) -> ArticlePage:
    return ArticlePage.objects.create(
        article=make_article(headline="The ferry that came back"),
        state="refused",
        due_at=timezone.now(),
        reason="The publisher's robots.txt forbids this page.",
    )


def test_an_editor_sees_why_a_text_is_the_feeds(client, editor, page):
    client.force_login(editor)
    listed = client.get(PAGES).text
    assert "The ferry that came back" in listed
    assert "robots.txt forbids this page." in listed
    assert client.get(HOSTS).status_code == 403
    own = client.get(reverse("admin:articles_articlepage_change", args=[page.pk])).text
    assert reverse("admin:articles_article_change", args=[page.article_id]) in own


def test_the_list_of_pages_costs_the_same_however_long_it_is(at_desk, django_assert_num_queries):
    for _ in range(20):
        ArticlePage.objects.create(article=make_article(), due_at=timezone.now())
    with django_assert_num_queries(6):
        at_desk.get(PAGES)


def test_hosts_are_told_with_their_pause_and_their_robots_txt(at_desk):
    now = timezone.now()
    Host.objects.create(name="quiet.example")
    Host.objects.create(name="over.example", paused_until=now - timedelta(hours=1), pause_reason="long ago")
    Host.objects.create(
        name="busy.example",
        paused_until=now + timedelta(hours=1),
        pause_reason="The server answered 429.",
        robots_status=404,
        robots_fetched_at=now,
    )
    listed = at_desk.get(HOSTS).text
    assert "The server answered 429." in listed
    assert "long ago" not in listed
    assert "none there (404): nothing is forbidden, asked" in listed
    assert "never asked" in listed
    assert len(at_desk.get(HOSTS, {"q": "busy"}).context["cl"].result_list) == 1


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (None, "no answer: its pages wait"),
        (200, "read and obeyed"),
        (404, "none there (404): nothing is forbidden"),
        (429, "answered 429: its pages wait"),
        (503, "answered 503: its pages wait"),
    ],
)
def test_a_status_of_robots_txt_in_words(status, words):
    assert robots_words(status) == words


def test_nothing_there_can_be_written(at_desk, page):
    own = reverse("admin:articles_articlepage_change", args=[page.pk])
    assert at_desk.post(own, {"state": "taken"}).status_code == 403
    assert at_desk.get(reverse("admin:articles_host_add")).status_code == 403


@pytest.mark.parametrize(("permission", "is_taken"), [("full", True), ("open", False), ("teaser", False)])
def test_pages_are_read_of_licensed_titles_only(at_desk, permission, is_taken):
    source = make_source(permission=permission, licence="CC-BY-4.0")
    answer = at_desk.post(page_of(source), facts(source, fetches_pages="on"))
    assert Source.objects.get().fetches_pages == is_taken
    assert ("takes the permission full" in answer.text) != is_taken


def test_the_form_asks_for_pages_where_it_says_what_is_allowed(at_desk):
    form = at_desk.get(page_of(make_source())).text
    assert 'name="fetches_pages"' in form
    assert form.index("What the publisher allows") < form.index('name="fetches_pages"')
