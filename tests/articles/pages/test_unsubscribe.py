from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from articles.models import LetterChoice
from articles.newsletter import links, send
from tests.articles.newsletter.conftest import ask_for_letters, make_news, now  # noqa: F401  a fixture
from tests.make import make_reader

pytestmark = pytest.mark.django_db


def path_of(user) -> str:
    return links.unsubscribe_url(user.pk).removeprefix("http://testserver")


def wants(user) -> bool:
    choice = LetterChoice.objects.get(user=user)
    return choice.morning or choice.evening


@pytest.fixture
def reader(db):
    reader = make_reader()
    ask_for_letters(reader)
    return reader


def test_the_link_opens_a_page_whose_button_acts(reader, visitor):
    page = visitor.get(path_of(reader))
    assert "No more briefings by mail?" in page.text
    assert wants(reader)
    assert "It is done." in visitor.post(path_of(reader)).text
    assert not wants(reader)


def test_a_mail_program_unsubscribes_by_one_post_without_cookie_or_token(reader, now):  # noqa: F811
    """RFC 8058, A16"""
    make_news()
    send.send_letters(now)
    headers = mail.outbox[0].message()
    url = headers["List-Unsubscribe"].strip("<>")
    answer = Client(enforce_csrf_checks=True).post(url, {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert not answer.cookies
    assert not wants(reader)
    assert send.send_letters(now + timedelta(hours=13)) == 0


def test_both_links_of_a_letter_lead_out(reader, now, visitor):  # noqa: F811
    make_news()
    send.send_letters(now)
    [letter] = mail.outbox
    for text in (letter.body, letter.alternatives[0][0]):
        [url] = set(re.findall(r"http://testserver/briefing/unsubscribe/[^\s\"<]+", text))
        assert visitor.get(url).status_code == 200


def test_it_may_be_pressed_twice_and_after_the_account_is_gone(reader, visitor):
    path = path_of(reader)
    for _ in range(2):
        assert visitor.post(path).status_code == 200
    reader.delete()
    assert visitor.post(path).status_code == 200


def test_a_link_of_years_ago_still_works(reader, visitor, settings):
    path = path_of(reader)
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another key, for the years to come"
    assert visitor.post(path).status_code == 200
    assert not wants(reader)


def test_it_acts_on_the_links_reader_whoever_is_signed_in(reader):
    """A25"""
    other = make_reader()
    ask_for_letters(other)
    client = Client()
    client.force_login(other)
    client.post(path_of(reader))
    assert wants(other)
    assert not wants(reader)


@pytest.mark.parametrize("token", ["1", "1:x", "x" * 3000, "1:%00", "%F0%9F%92%8C", "-1:abc"])
def test_a_link_that_is_not_ours_changes_nothing(reader, visitor, token):
    for answer in (visitor.get(f"/briefing/unsubscribe/{token}/"), visitor.post(f"/briefing/unsubscribe/{token}/")):
        assert answer.status_code == 404
    assert wants(reader)


def test_the_address_is_kept_and_passed_on_nowhere(reader, visitor):
    answer = visitor.get(path_of(reader))
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["Referrer-Policy"] == "no-referrer"
    assert answer["X-Robots-Tag"] == "noindex"
    assert not answer.cookies


def test_a_looking_crawler_or_mail_scanner_unsubscribes_nobody(reader, visitor):
    visitor.head(path_of(reader))
    visitor.get(path_of(reader))
    assert visitor.put(path_of(reader)).status_code == 405
    assert wants(reader)


# The switch


def client_of(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_nothing_is_mailed_until_a_reader_switches_it_on(visitor):
    reader = make_reader()
    client = client_of(reader)
    assert "checked" not in client.get("/account/").text.partition('id="briefing"')[2].partition("</section>")[0]
    answer = client.post("/briefing/letters/", {"morning": "on"}, follow=True)
    assert "The briefing comes by mail each morning, at 07:00 in UTC." in answer.text
    choice = LetterChoice.objects.get(user=reader)
    assert (choice.morning, choice.evening) == (True, False)
    assert 'name="morning" checked' in answer.text


def test_it_is_switched_off_where_it_was_switched_on(reader):
    answer = client_of(reader).post("/briefing/letters/", {"next": "/briefing/"}, follow=True)
    assert "No briefing comes by mail." in answer.text
    assert answer.redirect_chain == [("/briefing/", 303)]
    assert not wants(reader)


def test_an_address_that_is_not_proven_has_no_letters_and_is_told_why():
    reader = make_reader()
    reader.emailaddress_set.update(verified=False)
    client = client_of(reader)
    assert "once your address is confirmed" in client.get("/account/").text
    answer = client.post("/briefing/letters/", {"morning": "on"}, follow=True)
    assert "Confirm your address first" in answer.text
    assert not LetterChoice.objects.exists()


def test_a_visitor_is_asked_to_sign_in(visitor):
    answer = visitor.post("/briefing/letters/", {"morning": "on"})
    assert answer.status_code == 302
    assert answer["Location"].startswith("/account/login/")


def test_the_browsers_zone_is_taken_where_none_was_chosen_and_never_instead_of_one():
    reader = make_reader()
    for zone in ("Nowhere/Land", "Asia/Tokyo", "Europe/Paris"):
        client_of(reader).post("/briefing/letters/", {"morning": "on", "time_zone": zone})
    reader.refresh_from_db()
    assert reader.time_zone == "Asia/Tokyo"


def test_letters_that_were_stopped_are_told_of_and_can_be_had_again(reader):
    LetterChoice.objects.filter(user=reader).update(stopped_at=timezone.now(), stopped_by="bounce", failed_count=3)
    client = client_of(reader)
    assert f"Our letters to {reader.email} came back" in client.get("/account/").text
    client.post("/briefing/letters/", {"morning": "on"})
    choice = LetterChoice.objects.get(user=reader)
    assert (choice.stopped_at, choice.stopped_by, choice.failed_count) == (None, "", 0)
    assert "came back" not in client.get("/account/").text


def test_a_reader_can_take_along_what_we_know_of_the_letters(reader):
    exported = client_of(reader).get("/account/export/").json()
    assert exported["articles.LetterChoice"][0]["morning"] is True
    assert exported["articles.Delivery"] == []
