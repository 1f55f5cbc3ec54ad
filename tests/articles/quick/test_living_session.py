"""What ends a session ends it on the quick road too, with the next request."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from allauth.usersessions.models import UserSession
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core import signing
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.sessions import end_all_sessions
from articles.models import Article, Mute
from articles.quick.holes import Kind
from billing.models import Membership
from tests.articles.quick.conftest import cookies, page_of, session_key_of, signed_in
from tests.conftest import SECRET_SENTENCE
from tests.make import make_mute, make_reader

pytestmark = pytest.mark.django_db
SECRET = SECRET_SENTENCE.encode()


def assert_walled(roads, path, cookie) -> None:
    assert not roads.is_quick(path, cookie)
    page = roads.ask(path, cookie)
    assert SECRET not in page.body
    assert page_of(page) == page_of(roads.by_django(path, cookie))


def test_after_signing_out_the_cookie_opens_nothing_a21(roads, path, member):
    client = Client()
    client.force_login(member)
    cookie = cookies(client.session.session_key)
    roads.ask_quickly(path, cookie)
    client.logout()
    assert_walled(roads, path, cookie)


def test_a_changed_password_ends_the_other_browsers_a21(roads, path, cookie, member):
    member.set_password("another long password")
    member.save()
    assert_walled(roads, path, cookie)


def test_a_session_ended_from_another_browser_is_over_a21(roads, path, member):
    client = Client(REMOTE_ADDR="127.0.0.1")
    client.force_login(member)
    cookie = cookies(client.session.session_key)
    UserSession.objects.get_or_create(
        session_key=client.session.session_key, defaults={"user": member, "ip": "127.0.0.1", "user_agent": "x"}
    )
    roads.ask_quickly(path, cookie)
    end_all_sessions(member)
    assert_walled(roads, path, cookie)


def test_an_account_that_is_switched_off_reads_nothing(roads, path, cookie, member):
    User.objects.filter(pk=member.pk).update(is_active=False)
    assert_walled(roads, path, cookie)


def test_an_account_that_is_deleted_reads_nothing(roads, path, cookie, member):
    User.objects.filter(pk=member.pk).delete()
    assert_walled(roads, path, cookie)


def test_a_session_past_its_time_is_over_a21(roads, path, cookie):
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert_walled(roads, path, cookie)


def test_a_made_up_session_key_opens_nothing(roads, path, cookie):
    assert_walled(roads, path, cookies("0" * 32))


def test_a_session_signed_by_somebody_else_opens_nothing(roads, path, cookie, member):
    session = SessionStore(session_key_of(cookie)).load()
    forged = signing.dumps(session, key="not ours", salt=SessionStore().key_salt, compress=True)
    Session.objects.filter(pk=session_key_of(cookie)).update(session_data=forged)
    assert_walled(roads, path, cookie)


def test_a_session_that_becomes_another_readers_is_that_readers(roads, path, cookie, lapsed_reader):
    """Whose it is was remembered, and is checked."""
    store = SessionStore(session_key_of(cookie))
    other = SessionStore(session_key_of(signed_in(lapsed_reader))).load()
    Session.objects.filter(pk=session_key_of(cookie)).update(session_data=store.encode(other))
    assert_walled(roads, path, cookie)


def test_a_password_of_another_key_of_the_site_goes_to_django(roads, path, cookie, settings):
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "the next key of this site, long enough to satisfy every check of Django"
    assert not roads.is_quick(path, cookie)


@pytest.mark.parametrize(
    "facts",
    [
        {"status": "canceled", "paid_until": None},
        {"status": "unpaid"},
        {"status": "active", "paid_until": timezone.now() - timedelta(days=2)},
    ],
    ids=["refunded", "unpaid", "lapsed"],
)
def test_access_lost_while_the_page_is_kept_walls_the_next_request_a12(roads, path, cookie, member, facts):
    Membership.objects.filter(user=member).update(**facts)
    page = roads.ask(path, cookie)
    assert SECRET not in page.body
    assert page_of(page) == page_of(roads.by_django(path, cookie))
    assert SECRET not in roads.ask_quickly(path, cookie).body


def test_a_trial_that_ends_while_the_page_is_kept_walls_the_next_request_a12(roads, path, trial_reader):
    cookie = signed_in(trial_reader)
    assert SECRET in roads.ask_quickly(path, cookie).body
    Membership.objects.filter(user=trial_reader).update(
        trial_started_at=timezone.now() - timedelta(days=14), trial_ends_at=timezone.now()
    )
    assert SECRET not in roads.ask(path, cookie).body


def test_a_wall_that_is_kept_opens_as_soon_as_somebody_pays(roads, path, lapsed_reader):
    cookie = signed_in(lapsed_reader)
    assert SECRET not in roads.ask_quickly(path, cookie).body
    Membership.objects.filter(user=lapsed_reader).update(status="active", paid_until=None)
    assert SECRET in roads.ask(path, cookie).body


def test_a_decision_that_changed_while_the_page_was_made_is_kept_for_nobody(roads, path, member, lapsed_reader):
    """The look-up said locked, then the reader paid, then Django showed the whole text: to this reader only."""
    cookie, other = signed_in(lapsed_reader), signed_in(make_reader(timezone.now() - timedelta(days=20)))
    made = roads.quick.application

    def paid_meanwhile(environ, start_response):
        Membership.objects.filter(user=lapsed_reader).update(status="active", paid_until=None)
        return made(environ, start_response)

    roads.quick.application = paid_meanwhile
    page = roads.ask(path, cookie)
    assert SECRET in page.body
    assert page_of(page) == page_of(roads.by_django(path, cookie))
    assert len(roads.quick.kept) == 0
    roads.quick.application = made
    assert SECRET not in roads.ask(path, other).body


def test_two_readers_never_see_each_others_words_a09(roads, path, settings):
    """Names, banners, marks, tokens; in whatever order they come, and however often."""
    ada = make_reader(timezone.now() - timedelta(days=13))
    bob = make_reader(timezone.now() - timedelta(days=2))
    for reader, name in ((ada, "Ada Anders"), (bob, "Bob Baker")):
        User.objects.filter(pk=reader.pk).update(name=name)
    browsers = {name: signed_in(reader) for name, reader in (("Ada Anders", ada), ("Bob Baker", bob))}
    for page in (path, "/"):
        for name, other in (("Ada Anders", "Bob Baker"), ("Bob Baker", "Ada Anders")) * 2:
            answer = roads.ask(page, browsers[name])
            assert name.encode() in answer.body
            assert other.encode() not in answer.body
            assert (b"Your last free day" in answer.body) is (name == "Ada Anders")
            assert answer.value("cache-control") == "private, no-store"


def test_a_visitor_gets_nothing_of_what_is_kept_a09_a10(roads, path, cookie):
    for sent in ("", "theme=dark"):
        page = roads.ask(path, sent)
        assert SECRET not in page.body
        assert b"Your account," not in page.body
    assert roads.ask(path, "", HTTP_IF_NONE_MATCH="*").status == "200 OK"


def test_nothing_that_marks_a_hole_is_ever_sent(roads, path, cookie, member, walled_article):
    make_mute(member, word="tide")
    for page in (path, "/", "/article/999999/nothing/", path.replace("bridge", "brigde")):
        assert b"\x02" not in roads.ask(page, cookie).body
    Mute.objects.all().delete()
    for page in (path, "/", "/article/999999/nothing/", path.replace("bridge", "brigde")):
        assert b"\x02" not in roads.ask(page, cookie).body
    Article.objects.filter(pk=walled_article.pk).update(withdrawn_at=timezone.now())
    page = roads.ask(path, cookie)
    assert page.status == "410 Gone"
    assert page_of(page) == page_of(roads.by_django(path, cookie))
    assert len(set(Kind)) == 6  # a new one belongs into one of these pages


def test_readers_elsewhere_get_their_own_hours(roads, path, cookie, member):
    """A page for one zone is no page for another."""
    far = make_reader()
    User.objects.filter(pk=far.pk).update(time_zone="Asia/Tokyo")
    for page in (path, "/"):
        roads.ask_quickly(page, cookie)
        browser = signed_in(far)
        assert page_of(roads.ask(page, browser)) == page_of(roads.by_django(page, browser))
        assert page_of(roads.ask(page, cookie)) == page_of(roads.by_django(page, cookie))


def test_readers_with_a_look_of_their_own_get_it(roads, path, cookie):
    for look in ("; theme=dark", "; size=xl", "; theme=light; size=s"):
        assert page_of(roads.ask_quickly(path, cookie + look)) == page_of(roads.by_django(path, cookie + look))


def test_who_signs_in_by_the_form_or_signs_up_is_on_the_quick_road(roads, path, member):
    """What a real sign-in leaves in a session is known here."""
    for address, form in (
        ("/account/login/", {"login": member.email, "password": "a long password"}),
        ("/account/signup/", {"email": "new@mail.example", "password1": "a password of some length"}),
    ):
        browser = Client()
        assert browser.post(address, form).status_code == 302
        cookie = cookies(browser.cookies["session"].value)
        assert SECRET in roads.ask_quickly(path, cookie).body


def test_a_page_from_the_quick_road_is_a_visit_that_keeps_the_session_a21(roads, path, member):
    client = Client(REMOTE_ADDR="127.0.0.1")
    client.force_login(member)
    key = client.session.session_key
    line, _ = UserSession.objects.get_or_create(
        session_key=key, defaults={"user": member, "ip": "127.0.0.1", "user_agent": "x"}
    )
    roads.ask(path, cookies(key))
    last_month = timezone.now() - timedelta(days=20)
    UserSession.objects.filter(pk=line.pk).update(last_seen_at=last_month)
    with time_machine.travel(timezone.now() + timedelta(days=1), tick=False):
        roads.ask_quickly(path, cookies(key))
        line.refresh_from_db()
        assert line.last_seen_at == timezone.now()


def test_who_paid_from_a_wall_is_on_the_quick_road(roads, path, member):
    client = Client()
    client.force_login(member)
    session = client.session
    session["paid_for"] = path
    session.save()
    roads.ask_quickly(path, cookies(session.session_key))
