from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles.models import Follow, Interests, Reading, Unwanted
from articles.topics.store import file_articles
from tests.conftest import SECRET_SENTENCE
from tests.make import make_article, make_mute, make_reader, make_source, make_story, make_topic

pytestmark = pytest.mark.django_db


def follow(user, **what) -> None:
    Follow.objects.create(user=user, **what)


def read(user, article, days_ago: float) -> None:
    Reading.objects.create(user=user, article=article, read_at=timezone.now() - timedelta(days=days_ago))


def read_of(user, **fields) -> None:
    """Four articles opened on four days."""
    for day in range(4):
        article = make_article(published_at=timezone.now() - timedelta(days=10 + day), **fields)
        file_articles([article.pk])
        read(user, article, day)


def shown(client, address: str = "/for-you/") -> dict[str, str]:
    """headline -> why."""
    return {card.headline: card.why for card in client.get(address).context["page"].cards}


def test_each_card_says_why_it_is_here(client, reader):
    lantern = make_source(name="The Lantern")
    make_article(lantern, section="sport", headline="By the title")
    make_article(section="climate", headline="By the section")
    labelled = make_article(section="sport", headline="By the topic", categories=["Shipping"])
    file_articles([labelled.pk])
    report = make_article(section="sport", headline="First report")
    new = make_article(section="sport", headline="By the story")
    make_story([report, new])
    make_article(section="sport", headline="By nothing")
    follow(reader, source=lantern)
    follow(reader, section="climate")
    follow(reader, topic=make_topic("shipping"))
    follow(reader, report=report)
    assert shown(client) == {
        "By the title": "Because you follow The Lantern",
        "By the section": "Because you follow Climate",
        "By the topic": "Because you follow Shipping",
        "First report": "New in a story you follow",
    }
    assert "Because you follow Shipping" in client.get("/for-you/").text


def test_nothing_to_go_by_helps_to_choose(client, reader):
    make_source(name="The Lantern")
    page = client.get("/for-you/").text
    assert "Nothing to go by yet" in page
    assert 'name="section" value="climate"' in page
    assert "The Lantern" in page


def test_the_end_is_told(client, reader):
    make_article(section="climate")
    follow(reader, section="climate")
    assert "You are up to date" in client.get("/for-you/").text


def test_older_pages_bring_no_event_again(client, reader):
    follow(reader, section="climate")
    now = timezone.now()
    for number in range(60):
        article = make_article(section="climate", published_at=now - timedelta(hours=2 * number))
        if number % 2:
            make_story([article, make_article(section="climate", published_at=now - timedelta(hours=2 * number + 30))])
    seen, address, pages = [], "/for-you/", 0
    while address:
        page = client.get(address).context["page"]
        seen += [card.article.story_id or -card.article.pk for card in page.cards]
        address = f"/for-you/?before={page.older_cursor}" if page.older_cursor else ""
        pages += 1
    assert len(seen) == len(set(seen))
    assert pages > 2


def test_nothing_is_learned_until_the_reader_asks(client, reader):
    read_of(reader, section="science")
    make_article(section="science", headline="Of the kind")
    page = client.get("/for-you/")
    assert page.context["page"].learned is None
    assert shown(client) == {}


def test_what_is_learned_is_told_and_brings_stories(client, reader):
    read_of(reader, section="science", categories=["Shipping"])
    new = make_article(section="sport", headline="Of the topic", categories=["Shipping"])
    file_articles([new.pk])
    make_article(section="science", headline="Of the section")
    client.post("/for-you/", {"action": "learn"})
    assert shown(client) == {
        "Of the topic": "You often read about Shipping",
        "Of the section": "You often read Science",
    }
    assert [one.name for one in client.get("/for-you/").context["page"].learned] == ["Shipping", "Science"]


@pytest.mark.parametrize(("zone", "is_learned"), [("America/Los_Angeles", False), ("", True)])
def test_an_evening_is_one_day_by_the_readers_clock(client, reader, zone, is_learned):
    """An hour before midnight in UTC and one after it are one afternoon on the west coast."""
    midnight = timezone.now().replace(hour=0, minute=0) - timedelta(days=1)
    for hours in (-1, 1, 2):
        Reading.objects.create(
            user=reader, article=make_article(section="science"), read_at=midnight + timedelta(hours=hours)
        )
    reader.time_zone = zone
    reader.save()
    client.post("/for-you/", {"action": "learn"})
    assert ("Science" in [one.name for one in client.get("/for-you/").context["page"].learned]) is is_learned


def test_an_interest_is_removed_for_good(client, reader):
    read_of(reader, section="science")
    client.post("/for-you/", {"action": "learn"})
    form = {"action": "remove", "kind": "section", "key": "science"}
    for _ in range(2):
        assert client.post("/for-you/", form).status_code == 303
    assert client.get("/for-you/").context["page"].learned == []
    assert Unwanted.objects.count() == 1


def test_all_is_cleared_in_one_press(client, reader):
    read_of(reader, section="science")
    client.post("/for-you/", {"action": "learn"})
    client.post("/for-you/", {"action": "clear"})
    assert client.get("/for-you/").context["page"].learned == []
    client.post("/for-you/", {"action": "stop"})
    client.post("/for-you/", {"action": "learn"})
    assert client.get("/for-you/").context["page"].learned == []


def test_what_is_muted_is_not_told_as_learned(client, reader):
    bell, kept = make_source(name="The Muffled Bell"), make_source(name="Kept Gazette")
    read_of(reader, source=bell, section="top", categories=["Beekeeping"])
    read_of(reader, source=kept, section="top", categories=["Zeppelins over the sea", "Harbours"])
    client.post("/for-you/", {"action": "learn"})
    names = {"The Muffled Bell", "Beekeeping", "Kept Gazette", "Zeppelins over the sea", "Harbours"}
    assert {one.name for one in client.get("/for-you/").context["page"].learned} == names
    make_mute(reader, source=bell)
    make_mute(reader, topic="Beekeeping")
    make_mute(reader, word="zeppelins")
    page = client.get("/for-you/")
    assert {one.name for one in page.context["page"].learned} == {"Kept Gazette", "Harbours"}
    assert "The Muffled Bell" not in page.text


def test_learning_stops(client, reader):
    read_of(reader, section="science")
    for action in ("learn", "stop"):
        client.post("/for-you/", {"action": action})
    assert client.get("/for-you/").context["page"].learned is None
    assert Interests.objects.get().is_on is False


def test_what_others_read_is_never_looked_at(client, reader):
    """A15."""
    read_of(make_reader(), section="science")
    client.post("/for-you/", {"action": "learn"})
    assert client.get("/for-you/").context["page"].learned == []


def test_a_muted_slot_is_filled_and_counts_hold(client, reader):
    follow(reader, section="climate")
    lantern = make_source()
    lead = make_article(section="climate", headline="Kept")
    make_story([lead, make_article(lantern, section="climate"), make_article(section="climate")])
    make_article(lantern, section="climate", headline="Muted title")
    make_article(section="climate", headline="Muted of shipping")
    make_mute(reader, source=lantern)
    make_mute(reader, word="shipping")
    cards = client.get("/for-you/").context["page"].cards
    assert len(cards) == 1
    assert cards[0].also_count == 1


def test_copies_are_left_out(client, reader):
    follow(reader, section="climate")
    make_article(section="climate", is_copy=True, headline="A copy")
    assert shown(client) == {}


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"action": "x"},
        {"action": "remove"},
        {"action": "remove", "kind": "section", "key": "gossip"},
        {"action": "remove", "kind": "topic", "key": "\x00"},
        {"action": "remove", "kind": "word", "key": "1"},
    ],
)
def test_a_form_that_says_nothing_is_refused(client, reader, form):
    """A29."""
    assert client.post("/for-you/", form).status_code == 400


def test_an_interest_that_does_not_exist_is_not_found(client, reader):
    assert client.post("/for-you/", {"action": "remove", "kind": "topic", "key": "99999"}).status_code == 404


@pytest.mark.parametrize("before", ["x", "1-", "\x00", "9" * 40])
def test_an_address_of_no_page_is_not_found(client, reader, before):
    assert client.get("/for-you/", {"before": before}).status_code == 404


def test_a_visitor_is_asked_to_sign_in_and_comes_back(visitor):
    assert visitor.get("/for-you/")["Location"] == "/account/login/?next=%2Ffor-you%2F"


def test_changing_interests_needs_the_forms_token(trial_reader):
    """A16."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(trial_reader)
    assert client.post("/for-you/", {"action": "learn"}).status_code == 403


def test_no_body_is_on_the_page(client, reader, walled_article):
    """A01."""
    follow(reader, source=walled_article.source)
    page = client.get("/for-you/").text
    assert walled_article.headline in page
    assert SECRET_SENTENCE not in page


def test_much_followed_and_learned_costs_as_many_queries_as_little(client, reader):
    def add(number: int) -> None:
        article = make_article(section="climate", categories=[f"Topic {number}a"])
        file_articles([article.pk])
        make_story([article])
        follow(reader, source=article.source)
        follow(reader, topic=make_topic(f"Topic {number}a"))
        follow(reader, report=article)
        make_mute(reader, word=f"word{number}")

    read_of(reader, section="science")
    client.post("/for-you/", {"action": "learn"})
    add(0)
    client.get("/for-you/")
    with CaptureQueriesContext(connection) as few:
        client.get("/for-you/")
    for number in range(1, 30):
        add(number)
    with CaptureQueriesContext(connection) as many:
        client.get("/for-you/")
    assert len(few) == len(many)
    assert len(many) <= 15
