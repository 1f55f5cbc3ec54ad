"""A mute is absolute: every surface is walked, first by a reader who mutes nothing, then by one who mutes."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from articles.models import Article, Follow, LetterChoice, Reading, Saved
from articles.newsletter.send import send_letters
from articles.newsletter.when import next_slot
from articles.pages.past_front import keep_front, url_at
from articles.topics.store import file_articles
from tests.make import make_article, make_mute, make_pick, make_reader, make_source, make_story, make_topic, make_user

pytestmark = pytest.mark.django_db

SECTIONS = ("top", "world", "opinion", "climate")  # the others have the same page
# What may stand nowhere: the headlines of muted articles, and the muted title's name.
MARKS = ("Xbell", "Xhive", "Xmast", "Xshed", "The Muffled Bell")


def make_edition() -> dict[str, Article]:
    """In each section a story whose lead is kept, one whose lead is muted and one of which all is muted."""
    bell, kept_source = make_source(name="The Muffled Bell", weight=3), make_source(name="Kept Gazette")
    made = []

    def report(headline: str, section: str, source=None, **fields) -> Article:
        labels = [*fields.pop("categories", ()), "Harbours"]
        made.append(
            make_article(source, section=section, headline=f"{headline} in the harbour", categories=labels, **fields)
        )
        return made[-1]

    for section in SECTIONS:
        make_story(
            [
                report("Kept lead", section, kept_source),
                report("Kept report", section),
                report("Xbell tolls", section, bell),
                report("Xhive hums", section, categories=["Beekeeping"]),
                report("Xmast of a zeppelin", section),
            ],
            score=5.0,
        )
        make_story([report("Xbell rings", section, bell), report("Kept stand-in", section)], score=9.0)
        make_story([report("Xshed is built", section, standfirst="For a zeppelin.")], score=8.0)
        report("Xmast of the zeppelin", section, kept_source)
        report("Xhive is full", section, categories=["Beekeeping", "Honey"])
    file_articles([article.pk for article in made])
    for article in made:
        if article.section == "world":
            make_pick(article)
            make_pick(article, ends_at=timezone.now() - timedelta(minutes=1))
    gone = make_article(headline="Withdrawn", withdrawn_at=timezone.now())
    readers = [make_user() for _ in range(2)]
    Reading.objects.bulk_create(
        Reading(user=user, article=article, read_at=timezone.now()) for user in readers for article in made[:9]
    )
    return {"lead": made[0], "muted_lead": made[5], "gone": gone}


def make_walker() -> Client:
    reader = make_reader()
    Follow.objects.bulk_create(
        [
            *(Follow(user=reader, section=section) for section in SECTIONS if section != "top"),
            Follow(user=reader, topic=make_topic("Harbours")),
        ]
    )
    asked_at = timezone.now() - timedelta(days=2)
    LetterChoice.objects.create(user=reader, morning=True, evening=True, asked_at=asked_at)
    client = Client()
    client.force_login(reader)
    client.reader = reader
    return client


def surfaces(made: dict[str, Article]) -> dict[str, Callable[[Client], str]]:
    """name -> what the walker sees there."""
    lead = made["lead"]
    addresses = [
        *("/", "/picks/", "/following/", "/for-you/", "/briefing/", "/saved/", "/no-such-page/"),
        *(f"/news/{section}/" for section in SECTIONS),
        "/topic/harbour/",
        *("/search/?q=harbour", "/search/?q=harbour&sort=new", "/search/?q=zeppelin", "/search/?q=bell"),
        *(lead.get_absolute_url(), lead.source.get_absolute_url(), made["gone"].get_absolute_url()),
        *(made["muted_lead"].story.get_absolute_url(), lead.story.get_absolute_url()),
        url_at(timezone.now()),
    ]
    pages = {address: (lambda client, address=address: client.get(address, follow=True).text) for address in addresses}
    return pages | {"the letter": letter_to}


def letter_to(client: Client) -> str:
    send_letters(next_slot(timezone.now(), client.reader.zone).due_at + timedelta(minutes=5))
    mine = [letter for letter in mail.outbox if client.reader.email in "".join(letter.to)]
    return "".join(letter.subject + letter.body + letter.alternatives[0][0] for letter in mine)


def test_what_is_muted_stands_nowhere():
    made = make_edition()
    keep_front(timezone.now())
    anybody, muting = make_walker(), make_walker()
    make_mute(muting.reader, source=Article.objects.filter(headline__startswith="Xbell")[0].source)
    make_mute(muting.reader, topic="beekeeping")
    make_mute(muting.reader, word="Zeppelin")
    walked = surfaces(made)
    empty = [name for name, look in walked.items() if not any(mark in look(anybody) for mark in MARKS)]
    assert empty == [], "the walk sees nothing there that could be muted"
    seen = {name: look(muting) for name, look in walked.items()}
    leaks = {name: [mark for mark in MARKS if mark in text] for name, text in seen.items()}
    assert {name: marks for name, marks in leaks.items() if marks} == {}
    assert "Kept lead" in seen["/"]
    assert "Kept stand-in" in seen["/news/world/"]
    assert "Kept lead" in seen["/topic/harbour/"]
    assert "Kept lead" in seen["the letter"]
    counts = {name: set(re.findall(r"Also covered by (\d+)", text)) - {"1"} for name, text in seen.items()}
    assert {name: wrong for name, wrong in counts.items() if wrong} == {}
    assert "Also covered by 1 title" in seen["/news/world/"]


def test_what_was_saved_before_it_was_muted_stays_and_says_so():
    client = make_walker()
    article = make_article(headline="Xmast of a zeppelin")
    Saved.objects.create(user=client.reader, article=article)
    make_mute(client.reader, word="zeppelin")
    page = client.get("/saved/").text
    assert "Xmast of a zeppelin" in page
    assert "Some of these you have muted since" in page


def test_a_muted_article_is_shown_at_its_own_address_and_says_why():
    client = make_walker()
    article = make_article(make_source(name="The Muffled Bell"), headline="Xmast of a zeppelin")
    mutes = [make_mute(client.reader, word="zeppelin"), make_mute(client.reader, source=article.source)]
    make_mute(client.reader, word="unheard")
    page = client.get(article.get_absolute_url())
    assert "You have muted the word “zeppelin”, and see this only because" in page.text
    assert [one.pk for one in page.context["page"].hidden_by] == [mute.pk for mute in mutes]


def test_a_muted_titles_own_page_is_shown_and_says_so():
    client = make_walker()
    bell = make_source(name="The Muffled Bell")
    make_article(bell, headline="Xbell tolls")
    make_article(bell, headline="Xmast of a zeppelin")
    make_mute(client.reader, source=bell)
    make_mute(client.reader, word="zeppelin")
    page = client.get(bell.get_absolute_url()).text
    assert "You have muted The Muffled Bell" in page
    assert "Xbell tolls" in page
    assert "Xmast" not in page


def test_public_feeds_know_no_reader():
    client = make_walker()
    article = make_article(headline="Xmast of a zeppelin")
    make_story([article])
    make_mute(client.reader, word="zeppelin")
    assert "Xmast" in client.get(f"/feeds/{article.section}.xml").text
