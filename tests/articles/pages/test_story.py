from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles.models import Article, Copy, Mute, Saved
from articles.stories.moves import note_moves
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
    page = visitor.get(accord.get_absolute_url()).text
    assert "In all 3 titles in 2 languages, 1 more with a copy; newest first" in page


def test_a_row_says_where_what_and_for_whom(visitor, accord):
    arabic, walled, copy = rows(visitor.get(accord.get_absolute_url()).text)
    assert "Lebanon" in arabic
    assert 'lang="ar" dir="rtl"' in arabic
    assert "World, in Arabic" in arabic
    assert "members" not in arabic
    assert "Canada" in walled
    assert "Climate" in walled
    assert "members" in walled
    assert re.search(r"\d min read, <time[^>]+>2 h ago</time>", walled)
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


def copy_of(article: Article, **fields) -> Article:
    copy = make_article(is_copy=True, **fields)
    Copy.objects.create(article=copy, original=article)
    return copy


def test_copies_stand_folded_and_linked_under_the_report_whose_words_they_have(visitor, accord, now):
    lead, other = accord.lead, Article.objects.get(headline="What the accord leaves out")
    of_lead = copy_of(lead, story=accord, headline="Eleven agree", source=make_source(name="Night Desk"))
    of_other = copy_of(
        other, story=accord, headline="Left out", source=make_source(name="Estuary Post"), body="<p>x</p>"
    )
    page = visitor.get(accord.get_absolute_url()).text
    top = page[page.index("The leading report") : page.index('id="unfolded"')]
    assert f'also at <a href="{of_lead.get_absolute_url()}"><bdi>Night Desk</bdi></a>' in top
    (row,) = [row for row in rows(page) if "Clearwater" in row]
    assert f'also at <a href="{of_other.get_absolute_url()}"><bdi>Estuary Post</bdi></a>' in row
    assert "members" in row.split("Estuary Post")[1], "a copy may stand behind the wall as well"
    assert "Left out" not in page
    assert "Eleven agree" not in page
    assert "3 titles in 2 languages, 3 more with a copy" in page


def test_a_copy_is_listed_itself_where_its_original_was_taken_down(visitor, accord, now):
    gone = make_article(story=accord, withdrawn_at=now)
    copy_of(gone, story=accord, headline="The copy that is left")
    assert "The copy that is left" in part(visitor.get(accord.get_absolute_url()).text, "cov")


def test_of_many_titles_with_the_same_words_the_first_are_named_and_the_rest_fold(visitor, accord):
    for _ in range(12):
        copy_of(accord.lead, story=accord)
    page = visitor.get(accord.get_absolute_url()).text
    assert "<summary>and 4 more</summary>" in page
    assert all(copy.get_absolute_url() in page for copy in Article.objects.filter(is_copy=True, story=accord))


def test_the_leading_report_says_whence_in_which_language_and_for_whom(visitor, now):
    lead = make_article(make_source(country="LB", language="ar"), body="<p>x</p>")
    make_story([lead])
    page = visitor.get(lead.story.get_absolute_url()).text
    assert "Lebanon, World, in Arabic" in page
    assert "members" in page


def test_the_story_is_told_in_the_order_in_which_titles_came_in(visitor, accord):
    unfolded = part(visitor.get(accord.get_absolute_url()).text, "unfolded")
    assert "3 titles in 3 hours" in unfolded
    assert unfolded.index("First: <bdi>The Harbour Ledger</bdi>") < unfolded.index("1 copy")
    assert unfolded.index("1 copy") < unfolded.index("Clearwater") < unfolded.index("المرفأ")
    assert unfolded.count("<time datetime=") == 6, "begin, end and four hours"


def test_one_title_s_story_has_no_course_and_says_that_it_is_alone(visitor):
    page = visitor.get(make_story([make_article()]).get_absolute_url()).text
    assert part(page, "unfolded") == ""
    assert "One title has reported this so far" in page


def test_the_old_address_of_a_merged_story_leads_to_the_one_that_took_it_over_for_good(visitor, accord, now):
    gone = make_story([make_article()])
    old_id = gone.pk
    Article.objects.filter(story=gone).update(story=accord)
    note_moves({gone.pk: accord.pk}, now)
    for path in (f"/story/{gone.pk}/some-headline/", f"/story/{gone.pk}/"):
        answer = visitor.get(path)
        assert (answer.status_code, answer["Location"]) == (301, accord.get_absolute_url())
    gone.delete()
    assert visitor.get(f"/story/{old_id}/").status_code == 301, "also when the story itself is gone"


def test_a_story_that_has_reports_again_is_shown_and_leads_nowhere(visitor, accord, now):
    other = make_story([make_article()])
    note_moves({accord.pk: other.pk}, now)
    assert visitor.get(accord.get_absolute_url()).status_code == 200


def test_a_long_story_is_read_page_by_page_and_every_report_stands_on_one(visitor, now):
    reports = [make_article(published_at=now - timedelta(minutes=number // 2)) for number in range(140)]
    story = make_story(reports)
    url, found, pages = story.get_absolute_url(), [], 0
    while url:
        page = visitor.get(url).text
        pages += 1
        found += re.findall(r'class="cov-h serif"><a href="([^"]*)"', page)
        older = re.search(r'rel="next" href="(\?before=[^"#]*)', page)
        url = story.get_absolute_url() + older[1] if older else ""
        assert page.count("<h1") == 1
    assert pages == 3
    assert found == [
        report.get_absolute_url()
        for report in sorted(reports[1:], key=lambda one: (-one.published_at.timestamp(), -one.pk))
    ]
    assert 'id="unfolded"' not in page, "the course is on the first page"
    assert "canonical" not in page


@pytest.mark.parametrize("cursor", ["x", "1", "-", "9" * 40, "1-2-3"])
def test_a_page_that_cannot_be_is_not_found(visitor, accord, cursor):
    assert visitor.get(accord.get_absolute_url(), {"before": cursor}).status_code == 404


def test_beyond_the_last_report_there_is_a_way_back(visitor, accord):
    page = visitor.get(accord.get_absolute_url(), {"before": "1-1"}).text
    assert "There is nothing older" in page
    assert f'href="{accord.get_absolute_url()}">To the newest' in page


def test_machines_are_told_of_a_list_of_links_and_of_nothing_walled(visitor, accord):
    page = visitor.get(accord.get_absolute_url()).text
    facts = json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.S)[1])
    assert facts["@type"] == "CollectionPage"
    assert facts["url"].endswith(accord.get_absolute_url())
    listed = facts["mainEntity"]["itemListElement"]
    assert facts["mainEntity"]["numberOfItems"] == 4
    assert [one["position"] for one in listed] == [1, 2, 3, 4]
    assert listed[0]["name"] == "Eleven river states agree"
    assert all(set(one) == {"@type", "position", "name", "url"} for one in listed)


def test_a_hostile_headline_breaks_out_of_nothing(visitor, now):
    hostile = make_article(make_source(name="<b>Title</b>"), headline='</script><script>alert("1")</script>')
    other = make_article(make_source(name='"><img src=x>'), headline="'\"><img src=x onerror=alert(2)>")
    story = make_story([hostile, other])
    copy_of(hostile, story=story, source=make_source(name="<i>Copy</i>"))
    page = visitor.get(story.get_absolute_url()).text
    for live in ("<script>alert", "<img src=x", "<b>Title", "<i>Copy"):
        assert live not in page


def mute(reader, source) -> Client:
    Mute.objects.create(user=reader, source=source)
    client = Client()
    client.force_login(reader)
    return client


def test_a_muted_title_is_in_no_row_no_count_no_copy_and_not_in_the_course(trial_reader, accord):
    copied = copy_of(accord.lead, story=accord, source=make_source(name="Night Desk"))
    mute(trial_reader, copied.source)
    client = mute(trial_reader, Article.objects.get(headline="What the accord leaves out").source)
    page = client.get(accord.get_absolute_url()).text
    assert "Clearwater" not in page
    assert "Night Desk" not in page
    assert "2 titles in 2 languages, 1 more with a copy" in page


def test_where_the_lead_is_muted_another_report_leads_at_the_same_address(trial_reader, accord):
    answer = mute(trial_reader, accord.lead.source).get(accord.get_absolute_url())
    assert answer.status_code == 200
    assert "The Harbour Ledger" not in answer.text
    assert headlines(answer.text)[0] == "اتفاق الدلتا"


def test_a_story_of_muted_titles_only_says_so(trial_reader, visitor):
    story = make_story([make_article(headline="Muted away")])
    answer = mute(trial_reader, story.lead.source).get(story.get_absolute_url())
    assert answer.status_code == 200
    assert "You have muted every report" in answer.text
    assert "Muted away" not in answer.text


def test_a_number_that_no_story_can_have_is_not_found_by_a_reader_who_mutes_a29(trial_reader, accord):
    Mute.objects.create(user=trial_reader, word="zeppelin")
    client = Client()
    client.force_login(trial_reader)
    for number in ("0", "9" * 10, "9" * 30):
        assert client.get(f"/story/{number}/anything/").status_code == 404


def test_a_story_costs_the_same_queries_with_5_and_with_50_articles(visitor, now):
    make_article(headline="The delta accord and its gauges", published_at=now)

    def queries_with(count: int) -> int:
        story = make_story(
            [make_article(headline="The delta accord", published_at=now) for _ in range(count)], score=count
        )
        for _ in range(count):
            copy_of(story.lead, story=story)
        with CaptureQueriesContext(connection) as queries:
            assert visitor.get(story.get_absolute_url()).status_code == 200
        return len(queries)

    assert queries_with(5) == queries_with(50) == 8
