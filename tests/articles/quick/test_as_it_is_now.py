"""What an article's page shows is void as soon as it changes; what is a reader's own is right at once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.sessions.backends.db import SessionStore
from django.db import DatabaseError, OperationalError
from django.middleware.csrf import CsrfViewMiddleware
from django.test import RequestFactory
from django.urls import clear_script_prefix
from django.utils import timezone
from isal import igzip

from articles.models import Article, ArticleBody, Follow, Pick, Reading, Saved, Showing, Source
from articles.quick import road
from articles.quick.answers import Answer, gzipped
from articles.quick.shell import TOKEN_FIELD
from tests.articles.quick.conftest import page_of, session_key_of, signed_in
from tests.conftest import SECRET_SENTENCE
from tests.make import make_article, make_mute, make_pick, make_reader, make_source, make_story

pytestmark = pytest.mark.django_db
SECRET = SECRET_SENTENCE.encode()


@pytest.mark.parametrize(
    "change",
    [
        {"standfirst": "Engineers waited for a ferry."},
        {"opening_html": "<p>Other words.</p>"},
        {"author": "Somebody Else"},
        {"version_count": 1},
        {"is_opened": True},
    ],
    ids=lambda change: next(iter(change)),
)
def test_an_edited_article_is_shown_as_edited_with_the_next_request(roads, path, cookie, walled_article, change):
    Article.objects.filter(pk=walled_article.pk).update(**change)
    assert page_of(roads.ask(path, cookie)) == page_of(roads.by_django(path, cookie))
    roads.ask_quickly(path, cookie)


def test_a_changed_text_is_shown_with_the_next_request(roads, path, cookie, walled_article):
    ArticleBody.objects.filter(article=walled_article).update(html="<p>Corrected.</p>")
    page = roads.ask(path, cookie)
    assert SECRET not in page.body
    assert b"Corrected." in page.body


def test_an_article_that_is_taken_down_is_gone_with_the_next_request_a13(roads, path, cookie, walled_article):
    Article.objects.filter(pk=walled_article.pk).update(withdrawn_at=timezone.now(), withdrawn_reason="An error.")
    page = roads.ask(path, cookie)
    assert page.status == "410 Gone"
    assert SECRET not in page.body


@pytest.mark.parametrize("change", [{"permission": "teaser"}, {"permission": "headline"}, {"is_active": False}])
def test_what_a_publisher_takes_back_is_gone_with_the_next_request(roads, path, cookie, walled_article, change):
    Source.objects.filter(pk=walled_article.source_id).update(**change)
    page = roads.ask(path, cookie)
    assert SECRET not in page.body
    assert page_of(page) == page_of(roads.by_django(path, cookie))


def test_a_headline_that_changes_sends_to_its_new_address(roads, path, cookie, walled_article):
    Article.objects.filter(pk=walled_article.pk).update(headline="The bridge that opened")
    assert roads.ask(path, cookie).status == "301 Moved Permanently"


def test_a_related_article_that_is_taken_down_leaves_the_page_at_once(roads, path, cookie, walled_article):
    other = make_article(walled_article.source, headline="Another bridge")
    make_story([other])
    Article.objects.filter(pk=walled_article.pk).update(standfirst="Seen anew.")
    assert b"Another bridge" in roads.ask_quickly(path, cookie).body
    Article.objects.filter(pk=other.pk).update(withdrawn_at=timezone.now())
    assert b"Another bridge" not in roads.ask(path, cookie).body


def test_a_saved_article_shows_it_at_once_and_to_its_reader_only(roads, path, cookie, member, walled_article):
    other = signed_in(make_reader())
    for page in (path, "/"):
        roads.ask_quickly(page, cookie)
        roads.ask_quickly(page, other)
    Saved.objects.create(user=member, article=walled_article)
    for page in (path, "/"):
        assert roads.is_quick(page, cookie)
        assert b'aria-pressed="true"' in roads.ask(page, cookie).body
        assert b'aria-pressed="true"' not in roads.ask(page, other).body
    Saved.objects.all().delete()
    assert b'aria-pressed="true"' not in roads.ask(path, cookie).body


def test_what_was_read_is_marked_on_the_front_page_at_once(roads, path, member):
    cookie = signed_in(member)
    assert b"You have read this" not in roads.ask_quickly("/", cookie).body
    roads.ask(path, cookie)
    assert roads.is_quick("/", cookie)
    assert b"You have read this" in roads.ask("/", cookie).body


def test_a_title_that_is_followed_shows_it_at_once(roads, path, cookie, member, walled_article):
    assert b"Following<span" not in roads.ask(path, cookie).body
    Follow.objects.create(user=member, source=walled_article.source)
    assert b"Following<span" in roads.ask(path, cookie).body
    Follow.objects.all().delete()
    assert b"You follow nothing yet" in roads.ask_quickly("/", cookie).body
    Follow.objects.create(user=member, section="sport")
    page = roads.ask("/", cookie)
    assert b"Sections you follow" in page.body
    assert page_of(page) == page_of(roads.by_django("/", cookie))


def test_what_is_muted_is_gone_with_the_next_request(roads, path, cookie, member, walled_article):
    assert walled_article.headline.encode() in roads.ask_quickly("/", cookie).body
    make_mute(member, word="bridge")
    assert walled_article.headline.encode() not in roads.ask("/", cookie).body
    assert b"You have muted" in roads.ask(path, cookie).body


def test_an_editors_pick_stands_on_the_front_page_with_the_next_request(roads, cookie):
    picked = make_article(headline="Worth a look")
    roads.ask_quickly("/", cookie)
    pick = make_pick(picked, note="Because of the tides.")
    assert b"Because of the tides." in roads.ask_quickly("/", cookie).body
    pick.note = "Because of the moon."
    pick.save()
    assert b"Because of the moon." in roads.ask_quickly("/", cookie).body
    Pick.objects.update(ends_at=timezone.now())
    assert b"Because of the moon." not in roads.ask("/", cookie).body


def test_whatever_editors_do_in_the_admin_makes_kept_pages_old(roads, path, cookie, staff):
    LogEntry.objects.create(user=staff, action_flag=CHANGE, object_repr="a story", change_message="merged")
    assert not roads.is_quick(path, cookie)
    assert roads.is_quick(path, cookie)


def test_a_page_is_made_anew_after_a_while(roads, path, cookie, monkeypatch):
    assert roads.is_quick(path, cookie)
    monkeypatch.setattr(road, "KEPT_FOR", timedelta(0))
    assert not roads.is_quick(path, cookie)


def test_one_reader_makes_an_ageing_page_anew_while_the_others_get_the_last(roads, path, cookie, monkeypatch):
    monkeypatch.setattr(road, "RENEWED_AFTER", timedelta(0))
    shell = next(iter(roads.quick.kept._shells.values()))
    shell.is_being_renewed = True  # by somebody else, at this moment
    assert roads.is_quick(path, cookie)
    shell.is_being_renewed = False
    assert not roads.is_quick(path, cookie)


# What a visit leaves behind


def test_a_reading_is_counted_once_on_whichever_road(roads, path, cookie, member, walled_article):
    readers = [make_reader() for _ in range(2)]
    for reader in readers:
        browser = signed_in(reader)
        assert roads.is_quick(path, browser)  # the text is kept from another reader's visit
        assert roads.is_quick(path, browser)
        roads.by_django(path, browser)
    counted = list(Reading.objects.filter(article=walled_article).values_list("user", flat=True))
    assert sorted(counted) == sorted([member.pk, *(reader.pk for reader in readers)])


def test_before_the_wall_no_reading_is_counted(roads, path, cookie, lapsed_reader):
    roads.ask_quickly(path, signed_in(lapsed_reader))
    assert not Reading.objects.filter(user=lapsed_reader).exists()


def test_of_openly_licensed_text_no_reading_is_counted(roads, member):
    article = make_article(make_source(permission="open", licence="CC-BY-4.0"), body="<p>Whole.</p>")
    assert b"Whole." in roads.ask_quickly(article.get_absolute_url(), signed_in(member)).body
    assert not Reading.objects.exists()


def test_a_front_page_that_was_seen_is_noted_once_a_quarter_for_who_may_read(roads, walled_article, member):
    roads.ask_quickly("/", signed_in(member))
    reader, lapsed = make_reader(), make_reader(timezone.now() - timedelta(days=15))
    for user in (reader, lapsed):
        browser = signed_in(user)
        assert roads.is_quick("/", browser)
        assert roads.is_quick("/", browser)
    assert Showing.objects.get(user=reader).article_ids == [walled_article.pk]
    assert not Showing.objects.filter(user=lapsed).exists()


# What is unusual goes to Django


@pytest.mark.parametrize(
    "headers",
    [
        {"REQUEST_METHOD": "HEAD"},
        {"QUERY_STRING": "print=1"},
        {"HTTP_RANGE": "bytes=0-99"},
        {"HTTP_SEC_PURPOSE": "prefetch"},
        {"HTTP_PURPOSE": "prefetch"},
        {"HTTP_AUTHORIZATION": "Basic x"},
        {"HTTP_HOST": "evil.example"},
        {"CONTENT_LENGTH": "3"},
        {"PATH_INFO": "/article/1/"},
        {"PATH_INFO": "/search/"},
    ],
    ids=str,
)
def test_an_unusual_request_goes_to_django_a02(roads, path, cookie, headers):
    assert not roads.is_quick(path, cookie, **headers)


def test_a_site_in_a_folder_goes_to_django(roads, path, cookie):
    assert not roads.is_quick(path, cookie, SCRIPT_NAME="/elsewhere")
    clear_script_prefix()  # Django keeps it for the thread


@pytest.mark.parametrize(
    "cookie_added",
    ["; messages=x", "; theme=blue", "; size=huge", "; csrf=short", "; session=other"],
)
def test_an_unusual_cookie_goes_to_django(roads, path, cookie, cookie_added):
    assert not roads.is_quick(path, cookie + cookie_added)


def test_a_browser_without_the_forms_cookie_gets_one_of_its_own_that_fits_the_forms(roads, path, cookie):
    without = cookie.partition(";")[0]
    secrets = set()
    for _ in range(2):
        page = roads.ask(path, without)
        secret = page.value("set-cookie").partition(";")[0].removeprefix("csrf=")
        token = TOKEN_FIELD.search(page.body)[1].decode()
        request = RequestFactory().post("/saved/", {"csrfmiddlewaretoken": token}, headers={"Cookie": f"csrf={secret}"})
        assert CsrfViewMiddleware(lambda request: None).process_view(request, lambda request: None, (), {}) is None
        secrets.add(secret)
    assert len(secrets) == 2
    assert roads.is_quick(path, without)


def test_a_message_that_waits_is_shown_and_then_gone(roads, path, cookie, member):
    store = SessionStore(session_key_of(cookie))
    store["_messages"] = '[["__json_message",0,25,"Kept for you.",""]]'
    store.save()
    assert not roads.is_quick(path, cookie)


def test_staff_and_muting_readers_are_djangos(roads, path, cookie, staff, member):
    assert not roads.is_quick(path, signed_in(staff))
    make_mute(member, word="ferry")
    assert not roads.is_quick(path, cookie)
    assert not roads.is_quick(path, cookie)


def test_a_database_that_is_away_leaves_django_to_answer_o06(roads, path, cookie, monkeypatch):
    def away(*args: object) -> None:
        raise OperationalError("the database is away")

    monkeypatch.setattr(road, "facts_of_article", away)
    assert SECRET in roads.ask(path, cookie).body
    assert not roads.is_quick(path, cookie)  # and for a moment nothing else is tried


def test_a_mistake_on_the_quick_road_leaves_django_to_answer(roads, path, cookie, monkeypatch):
    monkeypatch.setattr(road, "filled", lambda *args: 1 / 0)
    page = roads.ask(path, cookie)
    assert page.status == "200 OK"
    assert page_of(page) == page_of(roads.by_django(path, cookie))


def test_a_reading_that_cannot_be_counted_closes_no_article_o09(roads, path, cookie, monkeypatch):
    def full(*args: object, **kwargs: object) -> None:
        raise DatabaseError("disk full")

    monkeypatch.setattr(Reading.objects, "bulk_create", full)
    browser = signed_in(make_reader())
    assert roads.is_quick(path, browser)


def test_switched_off_every_page_is_djangos(roads, path, cookie):
    roads.quick.is_on = False
    assert not roads.is_quick(path, cookie)


def test_djangos_pages_for_readers_are_compressed(roads, staff):
    cookie = signed_in(staff)
    answer = roads.ask("/", cookie, HTTP_ACCEPT_ENCODING="gzip")
    assert answer.value("content-encoding") == "gzip"
    assert page_of(answer) == page_of(roads.by_django("/", cookie))
    assert "Accept-Encoding" in answer.value("vary")


def test_one_page_comes_in_many_lengths_so_that_its_length_tells_nothing():
    """BREACH: what stands beside a secret cannot be guessed by how well both compress."""
    page = Answer("200 OK", [("Content-Type", "text/html")], b"<p>Your account, ada@mail.example</p>" * 99)
    sent = [gzipped(page, {"HTTP_ACCEPT_ENCODING": "gzip"}) for _ in range(20)]
    assert len({len(answer.body) for answer in sent}) > 5
    assert {igzip.decompress(answer.body) for answer in sent} == {page.body}


def test_a_page_costs_one_statement(roads, path, cookie, django_assert_num_queries):
    for page in ("/", path):
        roads.ask_quickly(page, cookie)
        with django_assert_num_queries(1):
            assert roads.is_quick(page, cookie)


def test_kept_pages_have_a_bound(roads, path, cookie, lapsed_reader):
    kept = roads.quick.kept
    roads.ask(path, signed_in(lapsed_reader))
    assert len(kept) == 2
    kept.most_bytes = kept.byte_count - 1
    lapsed_reader.time_zone = "Asia/Tokyo"
    lapsed_reader.save()
    roads.ask(path, signed_in(lapsed_reader))
    assert 0 < kept.byte_count <= kept.most_bytes


def test_the_time_of_a_page_is_noted_once_by_its_name(roads, path, cookie):
    noted = []
    roads.quick.note_page = lambda *told: noted.append(told)
    for page in ("/", path):
        roads.ask_quickly(page, cookie)
    assert [name for name, _ in noted] == ["front", "article", "article"]
    assert all(0 < seconds < 10 for _, seconds in noted)
