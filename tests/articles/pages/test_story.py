from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles.models import Article, Saved
from tests.articles.pages.look import headlines, part
from tests.conftest import SECRET_SENTENCE
from tests.make import make_article, make_source, make_story

pytestmark = pytest.mark.django_db


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def accord(now):
    """A lead and three other reports, one of them a copy, one of them in Arabic."""
    lead = make_article(
        make_source(name="The Harbour Ledger"),
        headline="Eleven river states agree",
        published_at=now - timedelta(hours=4),
    )
    arabic = make_article(
        make_source(name="المرفأ", country="LB", language="ar"),
        headline="اتفاق الدلتا",
        published_at=now - timedelta(hours=1),
    )
    walled = make_article(
        make_source(name="Clearwater", country="CA"),
        headline="What the accord leaves out",
        section="climate",
        published_at=now - timedelta(hours=2),
        body=f"<p>{SECRET_SENTENCE}</p>" + "<p>Mud.</p>" * 600,
    )
    copy = make_article(headline="Eleven states agree on delta", is_copy=True, published_at=now - timedelta(hours=3))
    return make_story([lead, arabic, walled, copy], title_count=3)


def rows(page: str) -> list[str]:
    return re.findall(r"<li>.*?</li>", part(page, "cov"), re.S)


def test_the_leading_report_is_the_page_s_headline(visitor, accord):
    page = visitor.get(accord.get_absolute_url()).text
    assert page.count("<h1") == 1
    assert headlines(page)[0] == "Eleven river states agree"
    assert "Standfirst number" in page


def test_every_other_title_is_listed_newest_first(visitor, accord):
    found = rows(visitor.get(accord.get_absolute_url()).text)
    assert [re.findall(r"<bdi>([^<]*)</bdi>", row)[0] for row in found][:2] == ["المرفأ", "Clearwater"]
    assert len(found) == 3


def test_the_count_is_of_titles_with_a_report_of_their_own(visitor, accord):
    assert "3 titles in 2 languages, newest first" in visitor.get(accord.get_absolute_url()).text


def test_a_row_says_where_what_and_for_whom(visitor, accord):
    arabic, walled, copy = rows(visitor.get(accord.get_absolute_url()).text)
    assert "Lebanon" in arabic
    assert 'lang="ar" dir="rtl"' in arabic
    assert "World, in Arabic" in arabic
    assert "members" not in arabic
    assert "Canada" in walled
    assert "Climate" in walled
    assert "members" in walled
    assert "min read" in walled
    assert "Same text as an earlier report" in copy
    assert "Same text" not in walled


def test_an_opened_article_is_not_for_members_only(visitor, accord):
    Article.objects.filter(has_body=True).update(is_opened=True)
    assert "members" not in part(visitor.get(accord.get_absolute_url()).text, "cov")


def test_no_body_is_here(visitor, accord):
    """A01"""
    assert SECRET_SENTENCE not in visitor.get(accord.get_absolute_url()).text


@pytest.mark.parametrize("slug", ["", "an-older-headline/", "%D9%85/"])
def test_any_other_headline_in_the_address_leads_to_the_right_one(visitor, accord, slug):
    answer = visitor.get(f"/story/{accord.pk}/{slug}")
    if slug.startswith("%"):
        assert answer.status_code == 404, "no slug at all"
        return
    assert answer.status_code == 301
    assert answer["Location"] == accord.get_absolute_url()
    assert "no-store" in answer["Cache-Control"], "the lead may change again"


def test_a_story_that_is_gone_is_not_found(visitor, accord, now):
    assert visitor.get("/story/999999/").status_code == 404
    assert visitor.get(f"/story/{10**30}/x/").status_code == 404
    Article.objects.update(withdrawn_at=now)
    assert visitor.get(accord.get_absolute_url()).status_code == 404


def test_where_the_lead_was_taken_down_the_newest_own_report_leads(visitor, accord, now):
    Article.objects.filter(pk=accord.lead_id).update(withdrawn_at=now)
    answer = visitor.get(accord.get_absolute_url(), follow=True)
    assert answer.status_code == 200
    assert "Eleven river states agree" not in answer.text
    assert headlines(answer.text)[0] == "اتفاق الدلتا"
    assert "2 titles in 2 languages" in answer.text


def test_a_story_of_one_article_shows_it_and_no_list(visitor):
    story = make_story([make_article(headline="Alone")])
    page = visitor.get(story.get_absolute_url()).text
    assert headlines(page)[0] == "Alone"
    assert part(page, "cov") == ""
    assert "Also covered" not in page.split("Related Stories")[0]


def test_related_stories_are_about_other_events(visitor, accord, now):
    make_article(
        headline="River states agree on gauges, eleven of them", published_at=now, standfirst="The delta accord."
    )
    related = headlines(part(visitor.get(accord.get_absolute_url()).text, "rel"))
    assert related == ["River states agree on gauges, eleven of them"]


def test_a_reader_can_save_the_leading_report(trial_reader, accord):
    Saved.objects.create(user=trial_reader, article=accord.lead)
    client = Client()
    client.force_login(trial_reader)
    page = client.get(accord.get_absolute_url()).text
    assert f'name="id" value="{accord.lead_id}" aria-pressed="true"' in page


def test_a_visitor_s_page_sets_no_cookie_and_carries_no_token(visitor, accord):
    """A09"""
    answer = visitor.get(accord.get_absolute_url())
    assert not answer.cookies
    assert "csrfmiddlewaretoken" not in answer.text
    assert 'form="save"' not in answer.text


def test_a_story_costs_the_same_queries_with_5_and_with_50_articles(visitor, now):
    make_article(headline="The delta accord and its gauges", published_at=now)

    def queries_with(count: int) -> int:
        story = make_story(
            [make_article(headline="The delta accord", published_at=now) for _ in range(count)], score=count
        )
        with CaptureQueriesContext(connection) as queries:
            assert visitor.get(story.get_absolute_url()).status_code == 200
        return len(queries)

    assert queries_with(5) == queries_with(50) == 5
