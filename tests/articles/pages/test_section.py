from __future__ import annotations

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from articles.models import Article, Follow, Mute, Showing, StoryAudience
from articles.pages.cards import cards_of
from articles.pages.section import RIVER_COUNT, stretches
from articles.sections import SECTIONS
from tests.articles.pages.look import headlines, part
from tests.conftest import SECRET_SENTENCE
from tests.make import make_article, make_picture, make_source, make_story

pytestmark = pytest.mark.django_db


@pytest.fixture
def now():
    return timezone.now()


def make_event(headline: str, score: float, **fields) -> Article:
    now = timezone.now()
    lead = make_article(**{"headline": headline, "published_at": now - timedelta(hours=2), **fields})
    other = make_article(
        headline=f"{headline}, again", section=lead.section, published_at=now - timedelta(hours=3), is_copy=True
    )
    make_story([lead, other], score=score)
    return lead


def make_river(count: int, section: str = "world") -> list[Article]:
    now = timezone.now()
    return [
        make_article(headline=f"Report {number:03}", section=section, published_at=now - timedelta(minutes=number))
        for number in range(count)
    ]


def leads(page: str) -> list[str]:
    return headlines(page.split('aria-label="Leading')[1].split("</section>")[0])


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize("slug", SECTIONS)
def test_every_section_has_its_page(visitor, slug):
    answer = visitor.get(f"/news/{slug}/")
    assert answer.status_code == 200
    assert f"<h1>{SECTIONS[slug]}</h1>" in answer.text


def test_there_are_no_other_sections(visitor):
    assert visitor.get("/news/gossip/").status_code == 404


def test_the_best_covered_lead_and_the_rest_flows_by_time(visitor, now):
    make_event("Well covered", 9)
    make_event("Less covered", 5)
    newest = make_article(headline="Newest", published_at=now)
    make_event("Elsewhere", 99, section="sport")
    page = visitor.get("/news/world/").text
    assert leads(page)[:2] == ["Well covered", "Less covered"]
    assert newest.headline in page
    assert "Elsewhere" not in page


def test_what_leads_does_not_come_again_in_the_river(visitor):
    make_river(10)
    page = visitor.get("/news/world/").text
    river = headlines(part(page, "latest"))
    assert len(leads(page)) == 4
    assert set(leads(page)).isdisjoint(river)
    assert len(river) == 6


def test_copies_do_not_fill_the_river(visitor):
    make_event("The report", 9)
    assert "The report, again" not in visitor.get("/news/world/").text


def test_a_story_with_a_picture_leads_the_section(visitor):
    make_event("Words only", 9)
    make_event("Pictured", 8, image_url=(picture := make_picture()).url, picture=picture)
    assert leads(visitor.get("/news/world/").text)[:2] == ["Pictured", "Words only"]


def test_older_stories_follow_page_by_page_and_none_is_lost_or_doubled(visitor):
    articles = make_river(RIVER_COUNT * 2 + 9)
    seen: list[str] = []
    path = "/news/world/"
    pages = 0
    while path:
        page = visitor.get(path).text
        seen += ([*leads(page)] if pages == 0 else []) + headlines(part(page, "latest"))
        older = re.search(r'rel="next" href="(\?before=[^"]*)">Older stories', page)
        path = f"/news/world/{older[1]}" if older else ""
        pages += 1
    assert pages == 3
    assert sorted(seen) == sorted(article.headline for article in articles)
    assert "To the newest" in page


def test_articles_of_one_instant_are_not_lost_between_two_pages(visitor, now):
    for number in range(RIVER_COUNT + 10):
        make_article(headline=f"Same second {number}", published_at=now - timedelta(hours=1))
    first = visitor.get("/news/world/").text
    older = re.search(r'rel="next" href="(\?before=[^"]*)"', first)[1]
    second = visitor.get(f"/news/world/{older}").text
    assert len(set(leads(first) + headlines(part(first, "latest")) + headlines(part(second, "latest")))) == (
        RIVER_COUNT + 10
    )


@pytest.mark.parametrize(
    "before", ["x", "1-", "-1-2", "1e3-4", "٣-٤", "\0", "1" * 10_000, "9" * 17 + "-" + "9" * 19, "1-1 OR 1=1"]
)
def test_an_address_that_is_none_of_ours_is_not_found(visitor, before):
    """A29, L05"""
    make_river(3)
    assert visitor.get("/news/world/", {"before": before}).status_code == 404


def test_the_farthest_addresses_are_answered(visitor):
    make_river(3)
    assert visitor.get("/news/world/", {"before": "0-0"}).status_code == 200
    assert visitor.get("/news/world/", {"before": "9" * 17 + "-" + "9" * 18}).status_code == 200


def test_the_end_of_the_record_says_so(visitor):
    make_river(3)
    assert "This is where our record of World begins" in visitor.get("/news/world/?before=0-0").text


def test_an_empty_section_says_what_will_stand_there(visitor):
    page = visitor.get("/news/health/").text
    assert "Nothing in Health yet" in page
    assert page.count("<h1") == 1


def test_the_river_is_divided_by_the_reader_s_own_day():
    noon = datetime(2025, 11, 22, 12, tzinfo=ZoneInfo("Asia/Tokyo"))
    for hours in (1, 8, 20):
        make_article(published_at=noon - timedelta(hours=hours))
    cards = cards_of(Article.objects.for_cards().newest())
    with timezone.override(ZoneInfo("Asia/Tokyo")):
        assert [stretch.heading for stretch in stretches(cards, noon)] == ["This morning", "Overnight", "Friday"]
    with timezone.override(ZoneInfo("UTC")):
        assert [stretch.heading for stretch in stretches(cards, noon)] == ["Overnight", "Friday"]


def test_the_rail_ranks_the_section_s_own_stories(visitor, now):
    make_event("Covered", 9)
    opened = make_event("Opened", 1)
    StoryAudience.objects.create(story=opened.story, shown=40, opened=10)
    make_event("Elsewhere", 99, section="sport")
    ranks = part(visitor.get("/news/world/").text, "now")
    assert headlines(ranks) == ["Opened", "Covered"]
    assert "Opened by one in four readers who saw it" in ranks
    assert "Top stories in World right now" in ranks


def test_the_rail_says_who_is_reporting_today(visitor, now):
    busy, calm = make_source(name="Busy"), make_source(name="Calm")
    for _ in range(3):
        make_article(busy, published_at=now)
    make_article(calm, published_at=now)
    make_article(calm, published_at=now, section="sport")
    make_article(make_source(name="Yesterday's"), published_at=now - timedelta(days=1))
    make_article(make_source(name="Gone"), published_at=now, withdrawn_at=now)
    who = part(visitor.get("/news/world/").text, "who")
    assert re.findall(r"<bdi>([^<]*)</bdi>", who) == ["Busy", "Calm"]
    assert re.findall(r'class="num">(\d+)<', who) == ["3", "1"]


def test_a_visitor_who_wants_to_follow_is_led_to_sign_up_and_back(visitor):
    answer = visitor.get("/news/world/")
    assert 'href="/account/signup/?next=/news/world/">Follow' in answer.text
    assert "csrfmiddlewaretoken" not in answer.text
    assert not answer.cookies


def test_a_reader_follows_and_unfollows_with_one_button(trial_reader):
    client = signed_in(trial_reader)
    form = client.get("/news/world/").text.split('action="/following/"')[1].split("</form>")[0]
    assert 'name="section" value="world"' in form
    assert 'name="next" value="/news/world/"' in form
    assert 'value="follow"' in form
    assert "csrfmiddlewaretoken" in form
    client.post("/following/", {"section": "world", "action": "follow"})
    assert Follow.objects.filter(user=trial_reader, section="world").exists()
    assert "Following" in client.get("/news/world/").text.split('action="/following/"')[1].split("</form>")[0]


def test_top_news_is_ranked_over_all_sections(visitor):
    for number, section in enumerate(SECTIONS):
        make_event(f"{section} event", 50 - number, section=section)
    page = visitor.get("/news/top/").text
    assert (leads(page) + headlines(part(page, "latest"))) == [f"{section} event" for section in SECTIONS]


def test_top_news_gives_one_title_at_most_two_places_in_ten(visitor):
    source = make_source()
    for number in range(5):
        make_event(f"Agency {number}", 90 - number, source=source)
    for number in range(5):
        make_event(f"Other {number}", 9 - number)
    page = visitor.get("/news/top/").text
    shown = leads(page) + headlines(part(page, "latest"))
    assert [headline for headline in shown if headline.startswith("Agency")] == ["Agency 0", "Agency 1"]


def test_top_news_cannot_be_followed_and_has_one_page(trial_reader):
    client = signed_in(trial_reader)
    assert 'value="follow"' not in client.get("/news/top/").text
    assert client.get("/news/top/?before=0-0").status_code == 404


def test_the_section_s_feed_is_named_to_machines(visitor):
    page = visitor.get("/news/world/").text
    assert '<link rel="alternate" type="application/rss+xml" title="Broadsheet: World" href="/feeds/world.xml">' in page


def test_no_body_and_nothing_taken_down(visitor, walled_article, now):
    """A01, A03"""
    make_event("Taken down", 99, withdrawn_at=now)
    page = visitor.get("/news/world/").text
    assert walled_article.headline in page
    assert SECRET_SENTENCE not in page
    assert headlines(page).count("Taken down") == 0


@pytest.mark.parametrize("slug", ["world", "top"])
def test_a_section_costs_the_same_queries_with_5_and_with_50_articles(visitor, trial_reader, slug):
    def queries_with(count: int, client: Client) -> int:
        for number in range(count - Article.objects.count()):
            make_article(headline=f"Report {number}", published_at=timezone.now() - timedelta(minutes=number))
        make_story([make_article(published_at=timezone.now()) for _ in range(3)], score=9)
        with CaptureQueriesContext(connection) as queries:
            client.get(f"/news/{slug}/")
        return len(queries)

    assert queries_with(5, visitor) == queries_with(50, visitor) == (8 if slug == "top" else 7)
    reader = signed_in(trial_reader)
    assert queries_with(60, reader) == queries_with(100, reader)


def test_what_a_reader_mutes_leaves_no_hole_in_a_section(trial_reader):
    make_river(RIVER_COUNT + 20)
    muted = make_source()
    for number in range(6):
        make_story([make_article(muted, headline=f"Muted {number}")], score=50 - number)
    Mute.objects.create(user=trial_reader, source=muted)
    page = signed_in(trial_reader).get("/news/world/").text
    assert "Muted" not in page
    assert len(leads(page)) == 4
    assert len(headlines(part(page, "latest"))) == RIVER_COUNT


def test_a_section_says_why_its_leads_are_here(visitor):
    make_story([make_article(published_at=timezone.now() - timedelta(hours=2)) for _ in range(3)], score=9)
    page = visitor.get("/news/world/").text
    assert "Reported by this and 2 other titles, first 2 hours ago" in page.split('aria-label="Leading')[1]


def test_what_a_reader_saw_of_a_section_is_noted_by_its_name(trial_reader, walled_article):
    signed_in(trial_reader).get("/news/world/")
    assert Showing.objects.get().page == "world"
    assert Showing.objects.get().article_ids == [walled_article.pk]
