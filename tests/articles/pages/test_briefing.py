from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles.models import Article, Edition, Follow, Mute
from articles.newsletter import run, store
from articles.newsletter.when import current_slot
from tests.articles.newsletter.conftest import make_news
from tests.articles.pages.look import headlines
from tests.conftest import SECRET_SENTENCE
from tests.make import make_article, make_pick, make_reader, make_source

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
