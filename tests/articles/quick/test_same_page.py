"""The quick road gives what Django's own view gives, in every state of the table of rules."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from articles.models import Follow, Reading, Saved
from billing.entitlement import access_of
from billing.models import Membership
from billing.standing import rules, standing_of
from tests.articles.quick.conftest import page_of, signed_in
from tests.billing.test_entitlement import SIGN_UP, SUBSCRIPTIONS, TRIALS, at
from tests.conftest import SECRET_SENTENCE
from tests.make import make_article, make_picture, make_reader, make_source, make_story, make_topic

pytestmark = pytest.mark.django_db
SECRET = SECRET_SENTENCE.encode()
ROWS = {**SUBSCRIPTIONS, **TRIALS}
HEADERS = ("content-type", "cache-control", "content-security-policy", "x-frame-options", "referrer-policy")


def seconds(timeline) -> list:
    """Each boundary, and the second before it."""
    second = timedelta(seconds=1)
    return [one for since, _ in timeline for one in ((since - second, False), (since, True))]


def put_into(user, facts: dict, moved: timedelta) -> None:
    """This reader as the table's row says, all of its times moved."""
    facts = {name: value + moved if hasattr(value, "year") else value for name, value in facts.items()}
    user.emailaddress_set.update(verified=facts.pop("is_verified", True))
    type(user).objects.filter(pk=user.pk).update(date_joined=SIGN_UP + moved)
    empty = {"status": "", "trial_ends_at": None, "paid_until": None, "cancels_at": None, "past_due_since": None}
    Membership.objects.filter(user=user).update(trial_started_at=None, **(empty | facts))


def test_in_every_state_and_second_of_the_table_both_roads_show_the_same_a12(roads, walled_article):
    """While pages of all kinds are kept: only what is looked up says which of them this reader gets."""
    reader, path, walls = make_reader(), walled_article.get_absolute_url(), set()
    with time_machine.travel(timezone.now(), tick=False):
        cookie, now = signed_in(reader), timezone.now()
        for name, (facts, timeline) in ROWS.items():
            for instant, is_boundary in seconds(timeline):
                put_into(reader, facts, now - instant)
                page = page_of(roads.ask(path, cookie))
                walls.add(re.search(rb'<h2 id="wall">[^<]*|$', page)[0])
                assert (SECRET in page) is at(timeline, instant).is_granted, (name, instant)
                if is_boundary:
                    assert page == page_of(roads.by_django(path, cookie)), (name, instant)
    # One page for all who may read, and one for each sentence of the wall: each was made once.
    assert roads.django_count == len(walls)


@pytest.mark.parametrize(
    ("membership", "is_granted"),
    [
        ({"given_until": timedelta(days=1)}, True),
        ({"given_until": timedelta(0)}, False),
        ({"given_until": timedelta(days=30), "status": "past_due", "past_due_since": timedelta(days=-9)}, True),
    ],
    ids=["given", "given, over now", "given, payment overdue"],
)
def test_a_membership_that_staff_gave_is_seen_at_once(roads, walled_article, membership, is_granted):
    with time_machine.travel(timezone.now(), tick=False):
        reader = make_reader(timezone.now() - timedelta(days=40))
        cookie, path = signed_in(reader), walled_article.get_absolute_url()
        roads.ask_quickly(path, cookie)
        times = {key: timezone.now() + value if key != "status" else value for key, value in membership.items()}
        Membership.objects.filter(user=reader).update(**times)
        assert (SECRET in page_of(roads.ask_quickly(path, cookie))) is is_granted


def test_an_account_without_a_membership_row_meets_the_wall(roads, walled_article, lapsed_reader):
    Membership.objects.filter(user=lapsed_reader).delete()
    cookie = signed_in(lapsed_reader)
    page = page_of(roads.ask_quickly(walled_article.get_absolute_url(), cookie))
    assert SECRET not in page
    assert page == page_of(roads.by_django(walled_article.get_absolute_url(), cookie))


@pytest.fixture
def news(db):
    """A story of three titles, one of them licensed, with a picture; and what is related."""
    sources = [make_source(name=f"The Paper {number}", permission="full") for number in range(3)]
    articles = [make_article(source, body=f"<p>{'Long. ' * 900}</p>", categories=["Tides"]) for source in sources]
    articles[0].picture = make_picture()
    articles[0].image_url = articles[0].picture.url
    articles[0].save()
    make_story(articles)
    others = [make_article(source, body="<p>Text.</p>") for source in sources]
    for other in others:
        make_story([other])
    return [*articles, *others]


@pytest.mark.parametrize("is_front", [True, False], ids=["front", "article"])
@pytest.mark.parametrize("cookie", ["", "; theme=dark; size=xl"], ids=["", "own look"])
def test_a_page_with_marks_follows_and_a_look_is_the_same_on_both_roads(roads, news, is_front, cookie):
    reader = make_reader(timezone.now() - timedelta(days=12))  # with a banner: the last free days
    type(reader).objects.filter(pk=reader.pk).update(time_zone="Asia/Tokyo", name="Ada <Lovelace>")
    Follow.objects.create(user=reader, source=news[0].source)
    Follow.objects.create(user=reader, section="world")
    Follow.objects.create(user=reader, report=news[1])
    for article in news[:3:2]:
        Saved.objects.create(user=reader, article=article)
    Reading.objects.create(user=reader, article=news[3], read_at=timezone.now())
    path = "/" if is_front else news[0].get_absolute_url()
    with time_machine.travel(timezone.now(), tick=False):
        cookies = signed_in(reader) + cookie
        quick, django = roads.ask_quickly(path, cookies), roads.by_django(path, cookies)
        assert page_of(quick) == page_of(django)
        assert b"Ada &lt;Lovelace&gt;" in quick.body
        assert page_of(roads.ask_quickly(path, cookies, HTTP_ACCEPT_ENCODING="gzip, br")) == page_of(django)
        assert {name: quick.value(name) for name in HEADERS} == {name: django.value(name) for name in HEADERS}
        assert (quick.value("etag"), quick.value("last-modified")) == ("", "")


@pytest.mark.parametrize("comes_first", ["who follows a topic", "who follows nothing"])
def test_who_follows_a_topic_is_not_told_that_they_follow_nothing(roads, comes_first):
    make_article(make_source(permission="teaser"))
    a_topic, nothing = make_reader(), make_reader()
    Follow.objects.create(user=a_topic, topic=make_topic("Wildfire"))
    readers = [a_topic, nothing] if comes_first == "who follows a topic" else [nothing, a_topic]
    pages = {}
    for reader in readers:
        cookie = signed_in(reader)
        pages[reader.pk] = page_of(roads.ask_quickly("/", cookie))
        assert pages[reader.pk] == page_of(roads.by_django("/", cookie))
    assert b"You follow nothing yet" in pages[nothing.pk]
    assert b"You follow nothing yet" not in pages[a_topic.pk]


def test_a_browser_gets_the_forms_cookie_again_for_another_year(roads, walled_article, member):
    with time_machine.travel(timezone.now().replace(minute=0, second=0, microsecond=0), tick=False):
        cookie, path = signed_in(member), walled_article.get_absolute_url()
        quick, django = roads.ask_quickly(path, cookie), roads.by_django(path, cookie)
    assert quick.value("set-cookie") == django.value("set-cookie").strip()


def test_both_roads_decide_by_the_same_function(walled_article, member):
    """Not by a copy of it: a rule that changes there changes both."""
    from articles import reading
    from articles.quick import road

    assert road.access_of is reading.access_of is access_of
    assert road.rules is reading.rules is rules
    assert road.standing_of is reading.standing_of is standing_of
