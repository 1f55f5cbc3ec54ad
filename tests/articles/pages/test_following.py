from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles.models import Article, Follow, Reading, Source
from articles.pages import following
from articles.pages.following import STORIES_PER_PAGE
from articles.stories import editors
from articles.topics.store import file_articles
from tests.conftest import SECRET_SENTENCE
from tests.make import make_article, make_mute, make_reader, make_source, make_story, make_topic

pytestmark = pytest.mark.django_db


def follow(user, source=None, section: str = "") -> None:
    Follow.objects.create(user=user, source=source, section=section)


def test_nothing_followed_says_what_the_page_is_for(client, reader):
    make_article(headline="Not asked for")
    page = client.get("/following/").text
    assert "You follow nothing yet" in page
    assert "Not asked for" not in page


def test_the_newest_of_titles_and_sections_stand_in_one_list(client, reader):
    ledger = make_source(name="The Harbour Ledger")
    now = timezone.now()
    make_article(ledger, section="sport", headline="From the title", published_at=now - timedelta(hours=2))
    make_article(section="climate", headline="From the section", published_at=now - timedelta(hours=1))
    make_article(ledger, section="climate", headline="From both", published_at=now - timedelta(hours=3))
    make_article(section="sport", headline="From neither")
    follow(reader, source=ledger)
    follow(reader, section="climate")
    headlines = [card.headline for card in client.get("/following/").context["page"].cards]
    assert headlines == ["From the section", "From the title", "From both"]


def test_older_stories_follow_without_gap_or_repetition(client, reader):
    follow(reader, section="world")
    at = timezone.now()
    made = [make_article(headline=f"World {number:03}.", published_at=at) for number in range(STORIES_PER_PAGE + 7)]
    seen, url = [], "/following/"
    while url:
        page = client.get(url).context["page"]
        seen += [card.headline for card in page.cards]
        url = f"/following/{page.older_url}" if page.older_url else ""
    assert seen == [article.headline for article in reversed(made)]


def test_a_reader_follows_a_section_and_stops(client, reader):
    answer = client.post("/following/", {"section": "climate", "action": "follow", "next": "/news/climate/"})
    assert (answer.status_code, answer["Location"]) == (303, "/news/climate/")
    assert "Remove<span" in client.get("/following/").text
    client.post("/following/", {"section": "climate", "action": "unfollow"})
    assert not Follow.objects.exists()


def test_without_an_action_the_button_is_a_switch(client, reader):
    make_source(slug="ledger")
    client.post("/following/", {"source": "ledger"})
    assert Follow.objects.count() == 1
    client.post("/following/", {"source": "ledger"})
    assert Follow.objects.count() == 0


@pytest.mark.parametrize("field", ["source", "section"])
def test_a_form_sent_twice_follows_once(client, reader, field):
    make_source(slug="climate")
    for _ in range(2):
        assert client.post("/following/", {field: "climate", "action": "follow"}).status_code == 303
    assert Follow.objects.count() == 1


def test_stopping_twice_is_no_error(client, reader):
    make_source(slug="ledger")
    for _ in range(2):
        assert client.post("/following/", {"source": "ledger", "action": "unfollow"}).status_code == 303


def test_a_title_is_found_by_a_part_of_its_name_and_followed(client, reader):
    make_source(name="The Lagos Reader", slug="lagos")
    make_source(name="Tasman Daily", slug="tasman")
    page = client.get("/following/", {"find": "lagos"}).text
    assert 'name="source" value="lagos"' in page
    assert 'name="source" value="tasman"' not in page


def test_a_title_that_is_not_there_is_said_not_to_be(client, reader):
    assert "No title or topic has that in its name" in client.get("/following/", {"find": "nowhere"}).text


def test_what_can_be_changed_is_one_press_away_above_a_long_list(client, reader):
    """On a phone it stands under every story of the page."""
    assert 'href="#mine"' not in client.get("/following/").text
    Follow.objects.create(user=reader, section="sport")
    page = client.get("/following/").text
    assert page.index('<a href="#mine">Change what you follow</a>') < page.index('<h2 id="mine">')
    assert 'action="/following/#titles"' in page


def test_sections_that_are_followed_are_not_offered_again(client, reader):
    follow(reader, section="climate")
    page = client.get("/following/").context["page"]
    assert [item.slug for item in page.followed] == ["climate"]
    assert "climate" not in [item.slug for item in page.sections]
    assert "top" not in [item.slug for item in page.sections]


@pytest.mark.parametrize(
    "form",
    [
        {"source": "never-was"},
        {"source": "stopped"},
        {"source": "\x00"},
        {"source": "x" * 10_000},
        {"section": "gossip"},
        {"section": "top"},
        {"section": "\x00"},
        {"topic": "nothing"},
        {"story": "99999"},
        {"story": "x"},
        {"story": "9" * 30},
    ],
)
def test_what_does_not_exist_is_not_found(client, reader, form):
    """A29."""
    make_source(slug="stopped", is_active=False)
    assert client.post("/following/", form).status_code == 404
    assert not Follow.objects.exists()


@pytest.mark.parametrize("form", [{}, {"source": "ledger", "section": "world"}, {"action": "follow"}])
def test_a_form_names_one_thing(client, reader, form):
    assert client.post("/following/", form).status_code == 400


@pytest.mark.parametrize("name", ["find", "before"])
@pytest.mark.parametrize("value", ["\x00", "x" * 10_000, "'", "%", "1-x"])
def test_odd_questions_are_answered(client, reader, name, value):
    """A29."""
    follow(reader, section="world")
    assert client.get("/following/", {name: value}).status_code == 200


def test_what_another_reader_follows_is_never_shown_or_changed(client, reader):
    """A15."""
    other = make_reader()
    ledger = make_source(name="The Harbour Ledger", slug="ledger")
    follow(other, source=ledger)
    assert client.get("/following/").context["page"].followed == []
    client.post("/following/", {"source": "ledger", "action": "unfollow", "user": other.pk})
    assert Follow.objects.get().user == other


def test_a_visitor_is_asked_to_sign_in_and_comes_back(visitor):
    make_source(slug="ledger")
    assert visitor.get("/following/")["Location"] == "/account/login/?next=%2Ffollowing%2F"
    answer = visitor.post("/following/", {"source": "ledger", "next": "/sources/ledger/"})
    assert answer["Location"] == "/account/login/?next=%2Fsources%2Fledger%2F"
    assert not Follow.objects.exists()


@pytest.mark.parametrize("raw", ["//evil.example", "/\\evil.example", "https:evil.example"])
def test_next_never_leads_off_the_site(client, reader, raw):
    """A17."""
    assert client.post("/following/", {"section": "world", "next": raw})["Location"] == "/following/"


def test_following_needs_the_forms_token(trial_reader):
    """A16."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(trial_reader)
    assert client.post("/following/", {"section": "world"}).status_code == 403


def test_a_title_that_is_switched_off_leaves_the_page(client, reader):
    stopped = make_source(name="Stopped Times", is_active=False)
    make_article(stopped, headline="From a stopped title")
    follow(reader, source=stopped)
    page = client.get("/following/").text
    assert "Stopped Times" not in page
    assert "From a stopped title" not in page


def test_no_body_is_on_the_page(client, reader, walled_article):
    """A01."""
    follow(reader, source=walled_article.source)
    page = client.get("/following/").text
    assert walled_article.headline in page
    assert SECRET_SENTENCE not in page


def test_much_followed_costs_no_more_queries_than_little(client, reader):
    def add(section: str) -> None:
        article = make_article(section=section)
        make_story([article])
        follow(reader, source=article.source)

    add("world")
    client.get("/following/")
    with CaptureQueriesContext(connection) as few:
        client.get("/following/")
    follow(reader, section="climate")
    for _ in range(STORIES_PER_PAGE + 5):
        add("climate")
    with CaptureQueriesContext(connection) as many:
        client.get("/following/")
    # One more where the last week fills no page.
    assert len(few) == len(many) + 1
    assert len(many) <= 8


def test_articles_on_a_followed_topic_stand_there(client, reader):
    article = make_article(section="sport", headline="On the topic", categories=["Shipping"])
    file_articles([article.pk])
    client.post("/following/", {"topic": make_topic("shipping").key, "action": "follow"})
    page = client.get("/following/")
    assert [card.headline for card in page.context["page"].cards] == ["On the topic"]
    assert [item.name for item in page.context["page"].followed] == ["Shipping"]


def test_a_followed_story_brings_its_new_reports(client, reader):
    lead = make_article(section="sport", headline="The lead")
    story = make_story([lead])
    for _ in range(2):
        client.post("/following/", {"story": story.pk, "action": "follow"})
    make_article(section="sport", headline="The new report", story=story)
    page = client.get("/following/").context["page"]
    assert {card.headline: card.why for card in page.cards} == dict.fromkeys(
        ("The lead", "The new report"), "New in a story you follow"
    )
    assert [item.name for item in page.followed] == ["The lead"]
    client.post("/following/", {"story": story.pk, "action": "unfollow"})
    assert not Follow.objects.exists()


def test_a_story_that_is_joined_to_another_stays_followed(client, reader):
    lead = make_article(headline="The lead")
    story = make_story([lead])
    client.post("/following/", {"story": story.pk, "action": "follow"})
    joined = make_story([make_article(headline="The other lead"), lead])
    story.delete()
    followed = client.get("/following/").context["page"].followed
    assert [(item.slug, item.name) for item in followed] == [(str(joined.pk), "The other lead")]


def test_there_is_a_most(client, reader, monkeypatch):
    monkeypatch.setattr(following, "MOST_FOLLOWS", 1)
    for section in ("climate", "world", "climate"):
        client.post("/following/", {"section": section, "action": "follow"})
    assert [row.section for row in Follow.objects.all()] == ["climate"]
    assert "that is the most" in client.get("/following/").text


def test_what_is_muted_is_not_there_though_it_is_followed(client, reader):
    lantern = make_source(name="The Lantern")
    follow(reader, source=lantern)
    make_article(lantern, headline="Muted")
    make_mute(reader, source=lantern)
    assert client.get("/following/").context["page"].cards == []


def test_what_was_opened_is_marked(client, reader):
    article = make_article(section="climate")
    follow(reader, section="climate")
    assert "You have read this" not in client.get("/following/").text
    client.get(article.get_absolute_url())
    Reading.objects.get_or_create(user=reader, article=article, defaults={"read_at": timezone.now()})
    assert "You have read this" in client.get("/following/").text


@pytest.mark.parametrize("way", ["taken down", "switched off"])
def test_a_story_of_which_nothing_is_left_is_not_named_and_can_be_given_up(client, reader, way):
    article = make_article(headline="It should not have been printed")
    story = make_story([article])
    client.post("/following/", {"story": story.pk, "action": "follow"})
    assert article.headline in client.get("/following/").text
    if way == "taken down":
        Article.objects.update(withdrawn_at=timezone.now())
    else:
        Source.objects.update(is_active=False)
    page = client.get("/following/").text
    assert article.headline not in page
    assert article.slug not in page
    assert "A story whose report was taken down" in page
    assert client.post("/following/", {"story": story.pk, "action": "unfollow"}).status_code == 303
    assert not Follow.objects.exists()
    assert client.post("/following/", {"story": story.pk, "action": "follow"}).status_code == 404


def test_a_story_that_was_joined_to_another_since_the_page_was_made_is_followed_there(client, reader, editor):
    joined, story = make_story([make_article()]), make_story([make_article()])
    editors.merge([joined.pk, story.pk], story.pk, {}, editor, timezone.now())
    assert client.post("/following/", {"story": joined.pk, "action": "follow"}).status_code == 303
    assert Follow.objects.get().report.story == story
