from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles.models import Article, ArticleBody, Follow, Mute, Reading, Saved, Showing, StoryAudience, TopChoice
from articles.sections import SECTIONS
from tests.articles.pages.look import headlines, part
from tests.conftest import SECRET_SENTENCE
from tests.make import make_article, make_pick, make_reader, make_source, make_story

pytestmark = pytest.mark.django_db


@pytest.fixture
def now():
    return timezone.now()


def make_event(headline: str, score: float, titles: int = 1, **fields) -> Article:
    now = timezone.now()
    lead = make_article(**{"headline": headline, "published_at": now - timedelta(hours=2), **fields})
    others = [
        make_article(headline=f"{headline}, says title {number}", published_at=now - timedelta(hours=3))
        for number in range(1, titles)
    ]
    make_story([lead, *others], score=score)
    return lead


def make_edition(per_section: int) -> None:
    """So many events in every section, each with a second report."""
    for place, section in enumerate(SECTIONS):
        for number in range(per_section):
            make_event(f"{section} {number}", 100 - number - place / 100, titles=2, section=section)


def queries_of(client: Client, path: str = "/") -> list[str]:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(path).status_code == 200
    return [query["sql"] for query in queries]


# Visitors


def test_a_visitor_meets_the_promise_the_price_and_the_way_in(visitor):
    make_article()
    page = visitor.get("/").text
    assert "Get all your news in one place." in page
    assert "1 premium title. One app." in page
    assert "Fourteen days free. No card. Then £10 a month if you decide to stay." in page
    assert "One app. One membership." in page
    assert 'href="/app/">Download the app</a>' in page
    assert page.count('href="/account/signup/">Start reading</a>') == 3


def test_the_price_and_the_free_days_are_the_settings(visitor, settings):
    settings.TRIAL_DAYS, settings.PLAN_MONTHLY_CENTS, settings.PLAN_CURRENCY = 7, 1250, "EUR"
    page = visitor.get("/").text
    assert "Seven days free. No card. Then €12.50 a month" in page
    assert "Fourteen" not in page


def test_a_visitor_s_page_sets_no_cookie_and_carries_no_token(visitor):
    """A09"""
    make_edition(2)
    answer = visitor.get("/")
    assert not answer.cookies
    assert "csrfmiddlewaretoken" not in answer.text
    assert answer["Cache-Control"].startswith("public")


def test_the_number_of_titles_is_the_true_one(visitor):
    for number in range(99):
        make_source(is_active=number > 0)
    page = visitor.get("/").text
    assert "98 premium titles. One app." in page
    assert "98 trusted global sources" in page
    make_source()
    make_source()
    page = visitor.get("/").text
    assert "100s of premium titles. One app." in page
    assert "100+ trusted global sources" in page
    assert "All 100 sources" in page


def test_the_lines_are_drawn_from_what_each_title_published(visitor, now):
    busy, calm = make_source(name="A busy title"), make_source(name="B calm title")
    for _ in range(4):
        make_article(busy, published_at=now - timedelta(hours=1))
    make_article(calm, published_at=now - timedelta(hours=23))
    make_article(calm, published_at=now - timedelta(hours=25))
    make_article(calm, published_at=now, withdrawn_at=now)
    page = visitor.get("/").text
    assert "Each line is one of our 2 titles, the taller the more it published in the past 24 hours: 5 articles" in page
    assert '<path d="M5 48V0M15 48V23"/>' in page


def test_the_titles_names_lead_to_their_pages(visitor):
    source = make_source(name="المرفأ", slug="al-marfa", language="ar")
    assert f'<a href="/sources/{source.slug}/" lang="ar">المرفأ</a>' in part(visitor.get("/").text, "sources")


def test_a_site_without_articles_says_that_they_are_coming(visitor):
    page = visitor.get("/").text
    assert "The first articles are on their way" in page
    assert "hero-fig" not in page
    assert part(page, "top") == ""


def test_the_best_story_leads_with_what_other_titles_say(visitor):
    make_event("Second", 1)
    make_event("First", 5, titles=7)
    top = part(visitor.get("/").text, "top")
    assert headlines(top) == ["First", "Second"]
    assert "Also covered by 6 titles" in top
    assert top.count('<a class="serif"') == 4


def test_top_news_is_a_lead_three_in_the_rail_and_three_below(visitor):
    for number in range(9):
        make_event(f"Event {number}", 9 - number)
    top = part(visitor.get("/").text, "top")
    assert headlines(top) == [f"Event {number}" for number in range(7)]
    assert headlines(top.split("top-rail")[1].split("top-subs")[0]) == ["Event 1", "Event 2", "Event 3"]


def test_the_sections_stand_in_the_paper_s_order(visitor):
    make_edition(9)
    ids = re.findall(r'<h2 id="(\w+)">', visitor.get("/").text)
    assert ids == [
        "world",
        "business",
        "now",
        "opinion",
        "technology",
        "science",
        "climate",
        "health",
        "culture",
        "sport",
        "politics",
        "latest",
        "sources",
        "join",
    ]


def test_an_empty_section_is_left_out_and_a_thin_one_shows_what_it_has(visitor):
    for number in range(7):
        make_event(f"Top {number}", 50, section="top")
    make_event("The only one", 1, section="health")
    page = visitor.get("/").text
    assert headlines(part(page, "health")) == ["The only one"]
    assert part(page, "culture") == ""


def test_no_event_stands_twice_among_top_news_and_the_sections(visitor):
    make_edition(9)
    page = visitor.get("/").text
    shown = [headline for name in ("top", *SECTIONS) for headline in headlines(part(page, name)) if name != "top"]
    shown += headlines(part(page, "top"))
    assert len(shown) == len(set(shown)) > 40


def test_an_article_that_came_in_a_second_ago_is_on_the_page(visitor, now):
    make_edition(9)
    make_article(headline="Just in", section="business", published_at=now)
    page = visitor.get("/").text
    assert "Just in" in headlines(part(page, "business"))


def test_before_any_story_is_made_the_newest_articles_fill_the_page(visitor, now):
    for number in range(30):
        make_article(headline=f"Report {number:02}", published_at=now - timedelta(minutes=number))
    page = visitor.get("/").text
    assert headlines(part(page, "top")) == [f"Report {number:02}" for number in range(7)]
    assert "Report 07" in headlines(part(page, "world"))


def test_news_that_is_days_old_is_better_than_none(visitor, now):
    make_story([make_article(headline="Last week", published_at=now - timedelta(days=7))])
    assert headlines(part(visitor.get("/").text, "top")) == ["Last week"]


def test_an_article_of_another_title_on_a_shown_event_is_among_the_latest(visitor, now):
    make_event("The event", 9)
    late = make_article(headline="A late report on it", published_at=now)
    Article.objects.filter(pk=late.pk).update(story=Article.objects.get(headline="The event").story)
    assert headlines(part(visitor.get("/").text, "latest")) == ["A late report on it"]


def test_picks_stand_with_the_editor_s_reason_and_name(visitor, editor):
    picked = make_event("Picked", 5)
    make_pick(picked, note="Stay for the last line.", editor=editor)
    page = visitor.get("/").text
    assert "Stay for the last line." in part(page, "picks")
    assert "Chosen by Ines Carrow" in part(page, "picks")
    assert "Picked" not in headlines(part(page, "top"))


@pytest.mark.parametrize(
    "fields",
    [
        {"starts_at": timezone.now() + timedelta(hours=1)},
        {"starts_at": timezone.now() - timedelta(hours=2), "ends_at": timezone.now() - timedelta(hours=1)},
    ],
)
def test_a_pick_appears_and_leaves_by_its_dates(visitor, fields):
    make_pick(**fields)
    assert part(visitor.get("/").text, "picks") == ""


def test_four_picks_stand_on_the_front_in_the_editors_order(visitor):
    for position in range(5):
        make_pick(make_article(headline=f"Pick {4 - position}"), position=4 - position)
    assert headlines(part(visitor.get("/").text, "picks")) == ["Pick 0", "Pick 1", "Pick 2", "Pick 3"]


def test_nothing_that_was_taken_down_shows_anywhere(visitor, now):
    make_edition(2)
    gone = make_event("Taken down", 999, withdrawn_at=now)
    make_event("Switched off", 998, source=make_source(name="Switched off title", is_active=False))
    make_pick(gone, note="A note on what is gone.")
    Reading.objects.create(user=make_reader(), article=gone, read_at=now)
    page = visitor.get("/").text
    assert "Taken down" not in page
    assert "Switched off" not in page
    assert "A note on what is gone." not in page


def test_what_readers_open_ranks_first_and_the_note_says_so(visitor, now):
    make_edition(3)
    opened = Article.objects.get(headline="health 2")
    StoryAudience.objects.create(story=opened.story, shown=40, opened=10)
    ranks = part(visitor.get("/").text, "now")
    assert headlines(ranks)[0] == "health 2"
    assert len(headlines(ranks)) == 10
    assert "Opened most by those who saw them in the past three hours, then most covered" in ranks


def test_no_body_leaves_the_server(visitor, trial_reader, walled_article):
    """A01, A03: not even for a reader who may read it: the front page loads no body."""
    make_pick(walled_article)
    for client in (visitor, signed_in(trial_reader)):
        answer = client.get("/")
        assert walled_article.headline in answer.text
        assert SECRET_SENTENCE not in answer.text
        assert ArticleBody._meta.db_table not in "".join(queries_of(client))


def test_the_front_costs_the_same_queries_with_5_and_with_50_articles(visitor):
    def queries_with(count: int) -> int:
        for number in range(count - Article.objects.count()):
            make_event(f"Event {number}", number, titles=1, section=list(SECTIONS)[number % 11])
        make_event("Covered", 99, titles=2)
        make_pick(make_event("Picked", 1))
        return len(queries_of(visitor))

    assert queries_with(5) == queries_with(50) == 11


def test_every_story_says_why_it_is_here_in_one_line(visitor, editor, now):
    make_pick(make_event("Picked", 5), editor=editor)
    make_event("Covered", 9, titles=7)
    for number in range(8):
        make_event(f"Event {number}", 8)
    make_article(headline="Just in", section="world", published_at=now)
    page = visitor.get("/").text
    assert "Reported by this and 6 other titles, first 3 hours ago" in part(page, "top")
    assert "Picked by Ines Carrow" in part(page, "picks")
    assert "Just in from " in page
    shown = [headline for name in ("top", "world", "picks", "now") for headline in headlines(part(page, name))]
    assert sum(part(page, name).count('class="why"') for name in ("top", "world", "picks", "now")) == len(shown)


def test_the_reason_counts_the_titles_that_the_line_below_it_counts(visitor):
    make_event("Covered", 9, titles=5)
    top = part(visitor.get("/").text, "top")
    assert set(re.findall(r"(\d+)(?: other)? titles?\b", top)) == {"4"}


def test_the_reasons_wait_behind_one_word_that_opens_them_all(visitor):
    make_event("Covered", 9)
    page = visitor.get("/").text
    assert page.count("<summary>Why these stories?</summary>") == 1
    assert '<a href="/how-we-choose/">How we choose, and earlier front pages</a>' in page


def test_no_title_has_more_than_its_share_of_the_day_in_top_news(visitor, now):
    busy = make_source()
    for _ in range(2):
        TopChoice.objects.create(article=make_article(busy), source=busy, first_at=now, last_at=now)
    make_event("From the busy one", 99, source=busy)
    for number in range(7):
        make_event(f"Event {number}", 9 - number)
    top = headlines(part(visitor.get("/").text, "top"))
    assert top == [f"Event {number}" for number in range(7)]


def test_what_has_its_place_in_top_news_keeps_it_all_day(visitor, now):
    busy = make_source()
    standing = make_event("Standing since the morning", 99, source=busy)
    for article in (standing, make_article(busy)):
        TopChoice.objects.create(article=article, source=busy, first_at=now, last_at=now)
    make_event("Another", 5)
    assert headlines(part(visitor.get("/").text, "top"))[0] == "Standing since the morning"


def test_only_pages_are_answered(visitor):
    assert visitor.post("/").status_code == 405


# Readers


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_a_reader_meets_no_promise_and_no_price(trial_reader):
    make_edition(2)
    page = signed_in(trial_reader).get("/").text
    assert "Start reading" not in page
    assert "£10" not in page
    assert "Download the app" not in page.split("<footer")[0]
    assert page.count("<h1") == 1
    assert "Your front page" in page


def test_a_reader_s_page_is_kept_by_nobody(trial_reader):
    """A09"""
    assert signed_in(trial_reader).get("/")["Cache-Control"] == "private, no-store"


def test_top_news_is_the_same_for_readers(visitor, trial_reader):
    make_edition(3)
    top = headlines(part(visitor.get("/").text, "top"))
    assert headlines(part(signed_in(trial_reader).get("/").text, "top")) == top


def test_a_reader_who_follows_nothing_sees_every_section_and_is_invited_to_choose(trial_reader):
    make_edition(9)
    page = signed_in(trial_reader).get("/").text
    assert "You follow nothing yet." in page
    assert '<a href="/following/">' in page
    assert part(page, "sport")


def test_a_reader_sees_a_block_for_each_section_followed(trial_reader):
    make_edition(9)
    for section in ("science", "sport"):
        Follow.objects.create(user=trial_reader, section=section)
    page = signed_in(trial_reader).get("/").text
    assert part(page, "science")
    assert part(page, "sport")
    assert part(page, "world") == part(page, "technology") == ""
    assert "You follow nothing yet." not in page
    nav = page.split('aria-label="Sections you follow"')[1].split("</nav>")[0]
    assert re.findall(r'href="([^"]*)"', nav) == ["/news/science/", "/news/sport/", "/following/#mine"]


def test_a_reader_sees_the_newest_of_followed_sources(trial_reader, now):
    make_edition(9)
    source = make_source()
    make_article(source, headline="From my own paper", published_at=now - timedelta(hours=30))
    Follow.objects.create(user=trial_reader, source=source)
    page = signed_in(trial_reader).get("/").text
    assert headlines(part(page, "followed")) == ["From my own paper"]
    assert part(page, "sport"), "who follows titles only still sees the sections"


def test_a_reader_can_save_and_sees_what_is_saved(trial_reader):
    article = make_event("Kept", 1)
    Saved.objects.create(user=trial_reader, article=article)
    page = signed_in(trial_reader).get("/").text
    assert f'form="save" name="id" value="{article.pk}" aria-pressed="true"' in page


def test_a_visitor_is_offered_no_save_button(visitor):
    make_edition(2)
    assert 'form="save"' not in visitor.get("/").text


def test_the_reader_s_front_costs_the_same_queries_with_5_and_with_50_articles(trial_reader):
    source = make_source()
    Follow.objects.create(user=trial_reader, source=source)
    Follow.objects.create(user=trial_reader, section="world")
    client = signed_in(trial_reader)

    def queries_with(count: int) -> int:
        for number in range(count - Article.objects.count()):
            make_event(f"Event {number}", number, source=source, section=list(SECTIONS)[number % 11])
        make_event("Covered", 99, titles=2)
        make_pick(make_event("Picked", 1))
        return len(queries_of(client))

    assert queries_with(5) == queries_with(50)


def test_what_a_reader_mutes_shows_nowhere_and_the_next_takes_its_place(trial_reader, now):
    muted = make_source(name="The Muted One")
    for number in range(3):
        make_story([make_article(muted, headline=f"Unwanted {number}")], score=50 - number)
    make_pick(make_article(muted, headline="Unwanted pick"))
    for number in range(9):
        make_event(f"Event {number}", 9 - number)
    Mute.objects.create(user=trial_reader, source=muted)
    page = signed_in(trial_reader).get("/").text
    assert "Unwanted" not in page
    assert "The Muted One" not in page
    assert headlines(part(page, "top")) == [f"Event {number}" for number in range(7)]


def test_muted_titles_are_not_counted_nor_quoted(trial_reader):
    story = make_event("The event", 9, titles=4).story
    muted = story.articles.get(headline="The event, says title 1")
    Mute.objects.create(user=trial_reader, source=muted.source)
    top = part(signed_in(trial_reader).get("/").text, "top")
    assert "Also covered by 2 titles" in top
    assert "Reported by this and 2 other titles" in top
    assert "says title 1" not in top
    assert "says title 2" in top


def test_mutes_cost_the_same_queries_however_much_is_shown(trial_reader):
    Mute.objects.create(user=trial_reader, word="unwanted")
    client = signed_in(trial_reader)

    def queries_with(count: int) -> int:
        for number in range(count):
            make_event(f"Event {number}", number, titles=2, section=list(SECTIONS)[number % 11])
        return len(queries_of(client))

    assert queries_with(5) == queries_with(30)


def test_followed_titles_say_that_they_are_followed(trial_reader):
    make_edition(9)
    source = make_source(name="The Lantern")
    make_article(source, published_at=timezone.now() - timedelta(hours=30))
    Follow.objects.create(user=trial_reader, source=source)
    assert "Newest from The Lantern, which you follow" in part(signed_in(trial_reader).get("/").text, "followed")


def test_what_a_reader_saw_is_noted_once_in_a_quarter_of_an_hour(trial_reader, walled_article):
    client = signed_in(trial_reader)
    with time_machine.travel("2026-11-27T09:14:00Z", tick=False):
        client.get("/")
    with time_machine.travel("2026-11-27T09:16:00Z", tick=False):
        assert sum("INSERT" in query for query in queries_of(client)) == 1
        assert not any("INSERT" in query for query in queries_of(client))
    rows = Showing.objects.order_by("quarter_at").values_list("page", "article_ids", "quarter_at__minute")
    assert list(rows) == [("front", [walled_article.pk], 0), ("front", [walled_article.pk], 15)]


def test_nothing_is_noted_of_who_cannot_open_it_or_is_paid_to(visitor, lapsed_reader, staff, walled_article):
    for client in (visitor, signed_in(lapsed_reader), signed_in(staff)):
        client.get("/")
    assert not Showing.objects.exists()


def test_a_page_that_nobody_looks_at_yet_is_not_noted(trial_reader, walled_article):
    signed_in(trial_reader).head("/")
    signed_in(trial_reader).get("/", headers={"Sec-Purpose": "prefetch"})
    assert not Showing.objects.exists()


def test_what_is_read_elsewhere_is_not_noted_as_shown(trial_reader):
    make_article(make_source(permission="teaser"))
    signed_in(trial_reader).get("/")
    assert not Showing.objects.exists()
