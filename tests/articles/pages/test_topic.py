from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from articles.models import Article, Follow, Mute, Topic
from articles.pages.topic import RIVER_COUNT
from articles.topics.store import file_articles, renew_offered
from tests.articles.pages.look import headlines, part
from tests.conftest import SECRET_SENTENCE
from tests.make import make_article, make_mute, make_source, make_story, make_topic

pytestmark = pytest.mark.django_db

PATH = "/topic/shipping/"


def make_report(headline: str, *labels: str, source=None, **fields) -> Article:
    article = make_article(source, headline=headline, categories=list(labels or ("Shipping",)), **fields)
    file_articles([article.pk])
    return article


def make_river(count: int) -> list[Article]:
    now = timezone.now()
    made = [
        make_article(
            headline=f"Report {number:03}", categories=["Shipping"], published_at=now - timedelta(hours=number + 1)
        )
        for number in range(count)
    ]
    file_articles([article.pk for article in made])
    return made


def leads(page: str) -> list[str]:
    return headlines(page.split('aria-label="Most covered')[1].split("</section>")[0])


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_the_newest_on_a_topic_stand_first_whatever_section_and_spelling_they_have(visitor):
    now = timezone.now()
    make_report("Older", section="sport", published_at=now - timedelta(hours=3))
    make_report("Newer", "SHIPPING ", section="world", published_at=now - timedelta(hours=1))
    make_report("On something else", "Ports")
    page = visitor.get(PATH).text
    assert headlines(part(page, "latest")) == ["Newer", "Older"]
    assert "<h1><bdi>Shipping</bdi></h1>" in page
    assert page.count("<h1") == 1


def test_the_most_covered_stories_of_the_last_days_lead_and_do_not_come_again(visitor):
    def make_event(headline: str, score: float, titles: int, **fields) -> None:
        lead = make_report(headline, **fields)
        make_story([lead, *(make_article(published_at=lead.published_at) for _ in range(titles - 1))], score=score)

    make_event("Covered", 5, 3)
    make_event("Covered most", 9, 4)
    make_event("Covered too", 4, 2)
    make_event("By one title", 20, 1)
    make_event("Last week's", 30, 5, published_at=timezone.now() - timedelta(days=7))
    page = visitor.get(PATH).text
    assert leads(page) == ["Covered most", "Covered", "Covered too"]
    assert "Reported by this and 3 other titles" in page
    assert headlines(part(page, "latest")) == ["By one title", "Last week's"]


def test_where_two_stories_would_leave_a_hole_one_leads(visitor):
    for headline, score in (("First", 9), ("Second", 8)):
        make_story([make_report(headline), make_article()], score=score)
    page = visitor.get(PATH).text
    assert leads(page) == ["First"]
    assert headlines(part(page, "latest")) == ["Second"]


def test_what_leads_is_itself_on_the_topic(visitor):
    mine = make_report("On the topic", published_at=timezone.now() - timedelta(hours=5))
    make_story([make_article(headline="Leads the story"), mine], score=9)
    page = visitor.get(PATH).text
    assert leads(page) == ["On the topic"]
    assert "Leads the story" not in leads(page)


def test_older_stories_follow_page_by_page_and_none_is_lost_or_doubled(visitor):
    """The reports of one instant, and those of more than a week, too."""
    made = make_river(RIVER_COUNT * 2 + 9)
    Article.objects.filter(pk__in=[article.pk for article in made[20:45]]).update(
        published_at=timezone.now() - timedelta(days=9)
    )
    seen, path, pages = [], PATH, 0
    while path:
        page = visitor.get(path).text
        seen += headlines(part(page, "latest"))
        older = re.search(r'rel="next" href="(\?before=[^"]*)">Older stories', page)
        path, pages = f"{PATH}{older[1]}" if older else "", pages + 1
    assert pages == 3
    assert sorted(seen) == sorted(article.headline for article in made)
    assert f'href="{PATH}">To the newest' in page


@pytest.mark.parametrize("before", ["x", "1-", "-1-2", "\0", "1" * 10_000, "1-1 OR 1=1"])
def test_a_page_that_is_none_of_ours_is_not_found(visitor, before):
    """A29"""
    make_report("One")
    assert visitor.get(PATH, {"before": before}).status_code == 404


@pytest.mark.parametrize("slug", ["never-heard-of", "%00", "a" * 10_000, "-", "..%2e", "' OR 1=1"])
def test_a_topic_that_nobody_names_is_not_found(visitor, slug):
    """A29"""
    make_report("One")
    assert visitor.get(f"/topic/{quote(slug, safe='%')}/").status_code == 404
    assert visitor.get(f"/feeds/topic/{quote(slug, safe='%')}.xml").status_code == 404


@pytest.mark.parametrize(
    ("label", "address"), [("Wildfires", "wildfire"), ("Climate change", "climate-change"), ("Война", quote("воина"))]
)
def test_every_way_to_write_a_topic_leads_to_its_one_address(visitor, label, address):
    make_report("One", label)
    assert Topic.objects.get().get_absolute_url() == f"/topic/{address}/"
    assert visitor.get(f"/topic/{address}/").status_code == 200
    answer = visitor.get(f"/topic/{quote(label)}/")
    assert (answer.status_code, answer["Location"]) == (301, f"/topic/{address}/")


def test_a_topic_on_which_there_is_nothing_to_show_says_so(visitor):
    make_report("Taken down", withdrawn_at=timezone.now())
    page = visitor.get(PATH).text
    assert "Nothing on Shipping to show" in page
    assert "Taken down" not in page


def test_the_end_of_the_list_says_so_and_leads_on(visitor):
    make_report("One")
    page = visitor.get(f"{PATH}?before=0-0").text
    assert "This is where our list on Shipping ends" in page
    assert 'href="/search/?q=Shipping&amp;sort=new"' in page


def test_a_page_says_what_it_is_to_machines(visitor, settings):
    make_river(RIVER_COUNT + 3)
    first = visitor.get(PATH).text
    assert f'<link rel="canonical" href="{settings.SITE_URL}{PATH}">' in first
    assert '<link rel="alternate" type="application/rss+xml" title="Broadsheet: Shipping"' in first
    assert '<meta name="description" content="Shipping: what ' in first
    assert "<title>Shipping | Broadsheet</title>" in first
    assert "noindex" not in first
    older = re.search(r'<link rel="next" href="(\?before=[^"]*)">', first)[1]
    assert "canonical" not in visitor.get(f"{PATH}{older}").text


@pytest.mark.parametrize("label", ["Shipping", "News"])
def test_search_engines_are_not_sent_to_a_page_of_two_articles_or_of_a_label_that_says_nothing(visitor, label):
    for number in range(2 if label == "Shipping" else 5):
        make_report(f"Report {number}", label)
    assert '<meta name="robots" content="noindex">' in visitor.get(make_topic(label).get_absolute_url()).text


def test_the_feed_has_the_newest_on_the_topic(visitor):
    make_report("Older", published_at=timezone.now() - timedelta(days=20))
    make_report("Newer")
    make_report("On something else", "Ports")
    answer = visitor.get("/feeds/topic/shipping.xml")
    assert re.findall(r"<item><title>([^<]*)", answer.text) == ["Newer", "Older"]
    assert "<title>Broadsheet: Shipping</title>" in answer.text
    assert answer["Cache-Control"].startswith("public")


def test_a_label_that_no_feed_can_hold_spoils_none(visitor):
    make_report("One", "Ship\x01 <b>yards</b>")
    page, feed = (visitor.get(path).content for path in ("/topic/ship-b-yards-b/", "/feeds/topic/ship-b-yards-b.xml"))
    assert ET.fromstring(feed).findtext("channel/title") == "Broadsheet: Ship <b>yards</b>"
    assert b"<b>yards" not in page


def test_topics_that_are_widely_carried_are_in_the_sitemap(visitor):
    make_river(3)
    make_report("Rare", "Ports")
    renew_offered(timezone.now())
    sitemap = visitor.get("/sitemap.xml?page=pages").text
    assert PATH in sitemap
    assert "/topic/port/" not in sitemap


def test_a_visitors_page_is_public_and_sets_no_cookie(visitor):
    make_report("One")
    answer = visitor.get(PATH)
    assert answer["Cache-Control"].startswith("public")
    assert not answer.cookies
    assert "csrfmiddlewaretoken" not in answer.text
    assert f'href="/account/signup/?next={PATH}">Follow' in answer.text


def test_a_reader_follows_and_mutes_with_one_press_and_comes_back(trial_reader):
    make_report("One")
    client = signed_in(trial_reader)
    page = client.get(PATH).text
    follow, mute = (
        page.split(f'action="{path}"')[1].split("</form>")[0] for path in ("/following/", "/preferences/mutes/")
    )
    assert 'name="topic" value="shipping"' in follow
    assert 'name="topic" value="shipping"' in mute
    assert f'name="next" value="{PATH}"' in follow
    assert "csrfmiddlewaretoken" in follow
    form = {"topic": "shipping", "next": PATH}
    assert client.post("/following/", form | {"action": "follow"})["Location"] == PATH
    assert "press to stop following Shipping" in client.get(PATH).text
    assert client.post("/preferences/mutes/", form | {"action": "mute"})["Location"] == PATH
    assert "You have muted the topic Shipping." in client.get(PATH).text
    page = client.get(PATH).text
    assert "You have muted Shipping: outside this page you see nothing on it." in page
    assert headlines(part(page, "latest")) == ["One"]


def test_what_a_reader_mutes_is_not_there_and_its_place_is_filled(trial_reader):
    muted = make_source(name="The Muffled Bell")
    for number in range(3):
        make_story([make_report(f"Muted {number}", source=muted), make_article()], score=50 - number)
    make_river(RIVER_COUNT + 5)
    make_report("Muted of a zeppelin")
    make_mute(trial_reader, source=muted)
    make_mute(trial_reader, word="zeppelin")
    page = signed_in(trial_reader).get(PATH).text
    assert "Muted" not in page.replace("mute</", "")
    assert "Muffled" not in page
    assert len(headlines(part(page, "latest"))) == RIVER_COUNT


def test_the_rail_names_who_reports_on_it_and_other_topics_without_those_that_are_muted(trial_reader):
    busy, muted = make_source(name="Busy"), make_source(name="Muted")
    for source in (busy, busy, muted, make_source(name="Calm")):
        make_report("One", "Shipping", "Ports", "Ferries", source=source)
    make_report("Old", published_at=timezone.now() - timedelta(days=8), source=make_source(name="Last month's"))
    renew_offered(timezone.now())
    make_mute(trial_reader, source=muted)
    make_mute(trial_reader, topic="Ferry")
    make_mute(trial_reader, word="ferries")
    page = signed_in(trial_reader).get(PATH).text
    assert part(page, "who") == ""  # all of it is on ferries too
    assert re.findall(r'<a href="/topic/([^/]*)/"><bdi>', part(page, "topics")) == ["port"]
    page = Client().get(PATH).text
    assert re.findall(r"<bdi>([^<]*)</bdi>", part(page, "who")) == ["Busy", "Calm", "Muted"]


def test_no_body_and_nothing_taken_down(visitor, walled_article):
    """A01, A03"""
    Article.objects.filter(pk=walled_article.pk).update(categories=["Shipping"])
    file_articles([walled_article.pk])
    make_report("Switched off", source=make_source(is_active=False))
    for path in (PATH, "/feeds/topic/shipping.xml"):
        page = visitor.get(path).text
        assert walled_article.headline in page
        assert SECRET_SENTENCE not in page
        assert "Switched off" not in page


def test_an_article_leads_to_its_topics(visitor, member):
    make_river(3)
    article = make_report("An open one", "Shipping", "Rare", source=make_source(permission="teaser"))
    topics = visitor.get(article.get_absolute_url()).text.split('aria-label="Topics"')[1].split("</ul>")[0]
    assert f'<a href="{PATH}">Shipping</a>' in topics
    assert "Rare" not in topics  # nothing else is on it
    assert f'<a href="{PATH}"><bdi>Shipping</bdi></a>' in signed_in(member).get(article.get_absolute_url()).text


def test_lists_of_what_is_followed_muted_and_offered_lead_to_the_topic(trial_reader):
    make_river(3)
    renew_offered(timezone.now())
    client, link = signed_in(trial_reader), f'href="{PATH}"'
    assert link in client.get("/for-you/").text
    assert link in client.get("/following/").text
    Follow.objects.create(user=trial_reader, topic=make_topic("shipping"))
    assert link in part(client.get("/following/").text, "mine")
    Follow.objects.all().delete()
    make_mute(trial_reader, topic="shipping")
    assert link in client.get("/preferences/mutes/").text
    assert link not in client.get("/following/").text, "a muted topic is not offered"
    assert link not in client.get("/for-you/").text


def test_it_costs_the_same_queries_with_5_and_with_50_articles(visitor, trial_reader):
    def queries_with(client: Client) -> int:
        make_story([make_report(f"Lead {Article.objects.count()}"), make_article()], score=9)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(PATH).status_code == 200
        return len(queries)

    make_river(RIVER_COUNT + 10)
    renew_offered(timezone.now())
    reader = signed_in(trial_reader)
    Mute.objects.create(user=trial_reader, word="nothing", typed="nothing")
    few = queries_with(visitor), queries_with(reader)
    make_river(50)
    assert (queries_with(visitor), queries_with(reader)) == few
    assert few[0] <= 10
    assert few[1] <= 17
