from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles.models import Article, Edition, Follow, Mute
from articles.muting import NO_MUTES
from articles.newsletter import run, store
from articles.newsletter.when import Slot, current_slot, slot_before, slot_of
from articles.pages.briefing import build_briefing
from articles.topics.store import file_articles
from tests.articles.newsletter.conftest import make_news
from tests.articles.pages.look import headlines
from tests.conftest import SECRET_SENTENCE
from tests.make import make_article, make_mute, make_pick, make_reader, make_source, make_story, make_topic

pytestmark = pytest.mark.django_db


def client_of(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_the_edition_ends_and_says_when_the_next_one_comes(visitor):
    make_news()
    page = visitor.get("/briefing/").text
    assert len(headlines(page)) == 10
    assert "Ten stories, ten minutes, and then it ends." in page
    assert "You are up to date." in page
    assert "The next edition comes " in page


def test_every_story_says_why_it_is_there(visitor):
    make_news()
    page = visitor.get("/briefing/").text
    assert page.count('class="why"') == 10
    assert "The lead: from Title" in page


def test_a_pick_stands_with_the_editors_line_and_headline(visitor, editor):
    make_news()
    make_pick(make_article(), editor=editor, note="Stay for the last line.", headline_override="As we would say it")
    page = visitor.get("/briefing/").text
    assert headlines(page)[-1] == "As we would say it"
    assert "Stay for the last line." in page
    assert "Picked by Ines Carrow" in page


def test_an_edition_once_made_does_not_change_when_more_comes_in(visitor):
    make_news()
    first = headlines(visitor.get("/briefing/").text)
    for article in make_news():
        article.story.score = 99.0
        article.story.save()
    assert headlines(visitor.get("/briefing/").text) == first
    assert Edition.objects.count() == 1


def test_what_was_taken_down_since_disappears(visitor):
    make_news()
    gone = headlines(visitor.get("/briefing/").text)[3]
    Article.objects.filter(headline=gone).update(withdrawn_at=timezone.now())
    page = visitor.get("/briefing/").text
    assert gone not in page
    assert len(headlines(page)) == 9


def test_a_site_that_has_just_begun_shows_what_there_is_and_freezes_nothing(visitor):
    make_news(3)
    page = visitor.get("/briefing/").text
    assert len(headlines(page)) == 3
    assert "More is on its way" in page
    assert not Edition.objects.exists()


def test_in_its_first_hour_a_site_freezes_no_edition(visitor):
    make_news(first_seen_at=timezone.now() - timedelta(minutes=50))
    assert "You are up to date." in visitor.get("/briefing/").text
    assert not Edition.objects.exists()


def test_an_empty_site_says_so(visitor):
    answer = visitor.get("/briefing/")
    assert answer.status_code == 200
    assert "Nothing has come in yet" in answer.text


def test_a_visitors_page_is_everybodys_sets_no_cookie_and_holds_no_walled_text(visitor, walled_article):
    make_news()
    make_pick(walled_article)
    answer = visitor.get("/briefing/")
    assert walled_article.headline in answer.text
    assert SECRET_SENTENCE not in answer.text
    assert answer["Cache-Control"].startswith("public")
    assert not answer.cookies
    assert "csrfmiddlewaretoken" not in answer.text


def test_a_reader_has_an_edition_with_what_the_reader_follows(member):
    make_news()
    make_article(section="climate", headline="Wheat without rain")
    ledger = make_source(name="The Harbour Ledger")
    make_article(ledger, headline="A crane for sale")
    Follow.objects.create(user=member, section="climate")
    Follow.objects.create(user=member, source=ledger)
    page = client_of(member).get("/briefing/").text
    assert {"Wheat without rain", "A crane for sale"} <= set(headlines(page))
    assert "You follow Climate" in page
    assert "You follow The Harbour Ledger" in page
    assert Edition.objects.get().user == member


def make_report(headline: str, label: str = "", **fields) -> Article:
    """Light: nothing but that it is followed would bring it into an edition."""
    first_seen_at = timezone.now() - timedelta(hours=1)
    article = make_article(headline=headline, categories=[label], **{"first_seen_at": first_seen_at, **fields})
    file_articles([article.pk])
    return article


def whys(page: str) -> dict[str, str]:
    """headline -> the line that says why."""
    stories = re.findall(r'class="hed[^"]*"><a href="[^"]*">([^<]*)</a>.*?class="why"[^>]*>([^<]*)<', page, re.S)
    return dict(stories)


def test_what_a_reader_follows_stands_after_the_lead_and_says_why(member):
    news = make_news(30)
    make_report("A crane on the quay", "Ports")
    story = make_story([make_report("The ferry sails again")], score=0.0)
    make_report("A ferry on something else", "Ports", published_at=timezone.now() - timedelta(days=3))
    Follow.objects.create(user=member, topic=make_topic("port"))
    Follow.objects.create(user=member, report=story.lead)
    Edition.objects.create(user=member, made_at=timezone.now() - timedelta(hours=2), places=[], **previous_slot(member))
    shown = whys(client_of(member).get("/briefing/").text)
    assert list(shown)[:4] == [news[0].headline, "The ferry sails again", "A crane on the quay", news[1].headline]
    assert shown["The ferry sails again"] == "You follow this story"
    assert shown["A crane on the quay"] == "You follow Ports"
    assert "A ferry on something else" not in shown
    assert len(shown) == 10


def previous_slot(user) -> dict:
    slot = slot_before(current_slot(timezone.now(), run.zone_of(user)), run.zone_of(user))
    return {"day": slot.day, "part": slot.part, "due_at": slot.due_at}


def test_a_followed_story_comes_again_only_with_what_is_new_since_the_last_edition(member):
    """What is new is what came in since, whatever date its publisher gave it."""
    now = timezone.now()
    make_news(20)
    old = {name: make_report(name, first_seen_at=now - timedelta(hours=9)) for name in ("Ferry sinks", "Bridge opens")}
    ferry, bridge = (make_story([article], score=50.0) for article in old.values())
    for story in (ferry, bridge):
        Follow.objects.create(user=member, report=story.lead)
    places = [[story.lead_id, story.pk, "rank", "world", "", ""] for story in (ferry, bridge)]
    made_at = now - timedelta(hours=8)
    Edition.objects.create(user=member, made_at=made_at, places=places, **previous_slot(member))
    make_report("Ferry is raised", story=ferry, published_at=now - timedelta(hours=10), first_seen_at=now)
    shown = whys(client_of(member).get("/briefing/").text)
    assert shown["Ferry is raised"] == "You follow this story"
    assert "Ferry sinks" not in shown
    assert shown.get("Bridge opens", "The lead: from").startswith("The lead"), "only what leads comes again"


@pytest.mark.parametrize(("name", "is_new"), [("America/Los_Angeles", True), ("Pacific/Chatham", False)])
def test_a_reader_who_has_moved_far_has_the_same_evening_again_with_other_news(name, is_new):
    """A flight from Auckland to Los Angeles lands on the evening before; Chatham is three quarters of an hour away."""
    reader = make_reader()
    make_news(30, first_seen_at=timezone.now() - timedelta(days=2))
    slots = {zone: slot_of(date(2026, 11, 27), "evening", ZoneInfo(zone)) for zone in ("Pacific/Auckland", name)}
    shown = []
    for zone, slot in slots.items():
        reader.time_zone = zone
        page = build_briefing(reader, slot_at(slot, zone), slot.due_at + timedelta(hours=1))
        shown.append([card.headline for card in page.cards])
    assert (shown[0] != shown[1]) is is_new
    assert len(set(shown[0]) & set(shown[1])) == (1 if is_new else len(shown[0])), "only what leads comes again"
    page = build_briefing(reader, slot_at(slot, name), slot.due_at + timedelta(hours=2))
    assert [card.headline for card in page.cards] == shown[1], "what was made stands"
    assert Edition.objects.count() == 1


def slot_at(slot: Slot, zone: str) -> Slot:
    assert current_slot(slot.due_at + timedelta(hours=1), ZoneInfo(zone)) == slot
    return slot


def test_what_is_muted_does_not_come_in_because_it_is_followed(member):
    make_news()
    bell = make_source(name="The Muffled Bell")
    story = make_story([make_report("Kept ferry")])
    make_report("Muted ferry", source=bell, story=story, published_at=timezone.now())
    make_report("Kept crane", "Ports")
    make_report("Muted crane", "Ports", source=bell)
    make_report("Muted oil", "Oil")
    for topic in ("port", "oil"):
        Follow.objects.create(user=member, topic=make_topic(topic))
    Follow.objects.create(user=member, report=story.lead)
    Follow.objects.create(user=member, source=bell)
    make_mute(member, source=bell)
    make_mute(member, topic="Oil")
    Edition.objects.create(user=member, made_at=timezone.now() - timedelta(hours=2), places=[], **previous_slot(member))
    page = client_of(member).get("/briefing/").text
    shown = whys(page)
    assert (shown["Kept ferry"], shown["Kept crane"]) == ("You follow this story", "You follow Ports")
    assert "Muted" not in page


def test_an_edition_is_made_with_as_many_queries_however_much_is_followed(member):
    def queries_with(count: int) -> int:
        for number in range(count):
            article = make_report(f"Report {number}", f"Topic {number}")
            story = make_story([make_report(f"Event {number}")])
            Follow.objects.create(user=member, topic=make_topic(f"Topic {number}"))
            Follow.objects.create(user=member, report=story.lead)
            Follow.objects.create(user=member, source=article.source)
        with CaptureQueriesContext(connection) as queries:
            run.open_edition(member, current_slot(timezone.now(), UTC), NO_MUTES, timezone.now())
        Edition.objects.all().delete()
        Follow.objects.all().delete()
        return len(queries)

    make_news()
    few = queries_with(1)
    assert queries_with(30) == few
    assert few == queries_with(0) + 3


def test_what_a_reader_mutes_is_not_in_the_edition_and_its_place_is_taken(member):
    news = make_news()
    Mute.objects.create(user=member, source=news[0].source)
    page = client_of(member).get("/briefing/").text
    assert news[0].headline not in headlines(page)
    assert len(headlines(page)) == 10


def test_what_a_reader_mutes_later_leaves_the_edition_that_is_made_and_the_older_ones(member, visitor):
    news = make_news()
    client = client_of(member)
    assert news[0].headline in headlines(client.get("/briefing/").text)
    Mute.objects.create(user=member, source=news[0].source)
    assert news[0].headline not in headlines(client.get("/briefing/").text)
    assert news[0].headline in headlines(visitor.get("/briefing/").text)


def test_a_readers_edition_goes_by_the_readers_clock(settings):
    reader = make_reader()
    reader.time_zone = "Pacific/Kiritimati"
    reader.save()
    make_news()
    client_of(reader).get("/briefing/")
    slot = current_slot(timezone.now(), reader.zone)
    assert Edition.objects.filter(user=reader, day=slot.day, part=slot.part, due_at=slot.due_at).exists()


def keep_edition(user, due_at: datetime, articles) -> Edition:
    slot = current_slot(due_at, run.zone_of(user))
    places = [[article.pk, article.pk, "rank", "world", "", ""] for article in articles]
    return Edition.objects.create(
        user=user, day=slot.day, part=slot.part, due_at=slot.due_at, made_at=due_at, places=places
    )


def test_the_editions_of_the_past_days_are_a_link_away(visitor):
    old = keep_edition(None, timezone.now() - timedelta(days=2), make_news(9))
    make_news()
    page = visitor.get("/briefing/").text
    address = f"/briefing/{old.day}/{old.part}/"
    assert f'href="{address}"' in page
    answer = visitor.get(address)
    assert len(headlines(answer.text)) == 9
    assert "Read the newest edition" in answer.text


@pytest.mark.parametrize("words", [{"note": "On zeppelins."}, {"headline_override": "The zeppelins rise"}])
def test_an_editors_words_that_a_reader_mutes_later_leave_the_edition_that_is_made(member, visitor, words):
    make_news()
    pick = make_pick(make_article(), **words)
    client = client_of(member)
    for reader in (client, visitor):
        assert "eppelins" in reader.get("/briefing/").text
    make_mute(member, word="zeppelins")
    page = client.get("/briefing/").text
    assert "eppelins" not in page
    assert pick.article.headline not in page
    assert len(headlines(page)) == 9


def test_a_reader_sees_everybodys_edition_of_a_day_without_what_the_reader_mutes(member):
    articles = make_news(9)
    old = keep_edition(None, timezone.now() - timedelta(days=2), articles)
    Mute.objects.create(user=member, source=articles[0].source)
    shown = headlines(client_of(member).get(f"/briefing/{old.day}/{old.part}/").text)
    assert shown == [article.headline for article in articles[1:]]


def test_nobody_sees_the_edition_of_another_reader(member, visitor, trial_reader):
    old = keep_edition(member, timezone.now() - timedelta(days=2), make_news(9))
    address = f"/briefing/{old.day}/{old.part}/"
    assert client_of(member).get(address).status_code == 200
    assert visitor.get(address).status_code == client_of(trial_reader).get(address).status_code == 404


@pytest.mark.parametrize(
    "address",
    ["2026-13-01/morning", "2026-11-27/noon", "20261127/morning", "9999-12-31/evening", "0001-01-01/morning", "x/y"],
)
def test_an_address_that_names_no_edition_is_not_found(visitor, member, address):
    assert visitor.get(f"/briefing/{address}/").status_code == 404
    assert client_of(member).get(f"/briefing/{address}/").status_code == 404


def test_everybodys_edition_is_made_when_it_is_due_and_not_by_its_first_reader(visitor):
    news = make_news()
    run.make_everybodys(timezone.now())
    run.make_everybodys(timezone.now())
    assert Edition.objects.count() == 1
    for article in make_news():
        article.story.score = 99.0
        article.story.save()
    assert news[0].headline in headlines(visitor.get("/briefing/").text)


def test_two_processes_that_make_the_same_edition_keep_one():
    make_news()
    now = datetime(2026, 11, 27, 9, tzinfo=UTC)
    slot = current_slot(now, UTC)
    for _ in range(2):
        store.keep([store.edition_row(None, slot, [], now)])
    assert Edition.objects.count() == 1


def test_editions_are_forgotten_after_two_weeks():
    keep_edition(None, timezone.now() - timedelta(days=15), make_news(1))
    kept = keep_edition(None, timezone.now() - timedelta(days=13), [])
    store.forget_editions(timezone.now())
    assert list(Edition.objects.all()) == [kept]


def queries_of(client: Client) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get("/briefing/").status_code == 200
    return len(queries)


def test_the_page_costs_the_same_queries_however_much_there_is(visitor, member):
    make_news(40)
    reader = client_of(member)
    visitor.get("/briefing/")
    reader.get("/briefing/")
    # The site's two counts, the edition, its articles, the other editions; for readers the session, the account, mutes,
    # what is saved and the choice of letters.
    assert queries_of(visitor) == 4
    assert queries_of(reader) == 9
