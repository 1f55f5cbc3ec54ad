"""Letters as readers get them: each once, in their own time zone, true on the day they leave."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.models import User
from billing.models import Letter, Membership
from billing.notices import send_due_letters, send_letter, write_time_letters
from billing.support import sync_now
from tests.billing.paying import ASKS_LATER, DECLINES_LATER

pytestmark = pytest.mark.django_db


def go(paying, **length) -> list:
    """Time passes; Stripe delivers, the hourly and the minutely tasks run twice. The letters that left."""
    before = len(mail.outbox)
    if length:
        paying.wait(**length)
    paying.deliver(times=2)
    for _ in range(2):
        write_time_letters(timezone.now())
        send_due_letters(timezone.now())
    return mail.outbox[before:]


def subjects(letters) -> list[str]:
    return [letter.subject for letter in letters]


def text_of(letter) -> str:
    return re.sub(r"\s+", " ", letter.body)


def test_free_days_without_a_card_are_announced_ended_and_never_dunned(paying):
    reader = paying.reader()
    User.objects.filter(pk=reader.pk).update(time_zone="Pacific/Auckland")
    first = go(paying)
    assert len(first) == 1
    assert "Sunday 6 December at 22:30" in text_of(first[0])  # half past nine in London is late there
    assert "£10 a month or £96 a year" in text_of(first[0])
    assert go(paying, days=6, hours=22) == []
    week = go(paying, hours=3)
    assert len(week) == 1
    assert go(paying, days=5) == []
    last = go(paying, days=1, hours=1)
    assert len(last) == 1
    assert "nothing is charged" in text_of(last[0])
    over = go(paying, days=1)
    assert len(over) == 1
    assert go(paying, days=20) == []
    assert {letter.to[0] for letter in mail.outbox} == {reader.email}


def test_a_card_on_file_is_charged_only_after_a_letter_seven_days_ahead(paying):
    reader = paying.reader()
    paying.subscribe(reader, "yearly")
    welcome = go(paying)
    assert any("£96" in text_of(letter) for letter in welcome)
    assert go(paying, days=6, hours=22) == []
    (reminder,) = go(paying, hours=3)
    words = text_of(reminder)
    assert "£96" in words
    assert "Sunday 6 December" in words
    assert "4242" in words
    path = re.search(r"http://testserver(/membership/cancel/\S+/)", reminder.body)[1]
    assert "Cancel now" in Client().get(path).text
    assert go(paying, days=5) == []


def test_who_cancels_is_told_the_last_day_and_hears_no_more(paying):
    reader = paying.reader(days=20)
    paying.subscribe(reader)
    go(paying)
    paying.click(reader, "/membership/cancel/")
    (cancelled,) = go(paying)
    assert "Tuesday 22 December" in text_of(cancelled)
    assert "charged" in text_of(cancelled)
    assert go(paying, days=60) == []


def test_cancelled_kept_and_cancelled_again_are_three_letters(paying):
    reader = paying.reader(days=20)
    paying.subscribe(reader)
    go(paying)
    kinds = []
    for path in ("cancel", "keep", "cancel"):
        paying.wait(minutes=5)
        paying.click(reader, f"/membership/{path}/")
        go(paying)
        kinds.append(Letter.objects.filter(user=reader, sent_at__isnull=False).order_by("-pk").first().kind)
    assert kinds == ["cancelled", "kept", "cancelled"]


@pytest.mark.parametrize(("card", "kind"), [(DECLINES_LATER, "payment_failed"), (ASKS_LATER, "card_confirmation")])
def test_a_payment_that_failed_is_told_once_with_the_day_on_which_reading_stops(paying, card, kind):
    reader = paying.reader(days=3)
    paying.subscribe(reader, card=card)
    go(paying)
    go(paying, days=10)
    letters = go(paying, days=1, hours=2)
    assert Letter.objects.filter(user=reader, kind=kind).count() == 1
    assert "Thursday 10 December" in text_of(letters[-1])
    assert [letter for letter in go(paying, days=4) if "payment" in letter.subject.lower()] == []


def test_a_letter_that_no_longer_holds_is_dropped(paying):
    reader = paying.reader(days=3)
    paying.subscribe(reader, card=DECLINES_LATER)
    go(paying)
    paying.wait(days=11, hours=2)
    paying.deliver()
    paying.click(reader, "/membership/cancel/")
    assert [letter for letter in go(paying) if "payment" in letter.subject.lower()] == []
    assert Letter.objects.get(kind="payment_failed").dropped_at is not None


def test_a_year_is_announced_before_it_is_charged(paying):
    reader = paying.reader(days=20)
    paying.subscribe(reader, "yearly")
    go(paying)
    assert go(paying, days=350) == []
    (ahead,) = go(paying, days=2)
    assert "£96" in text_of(ahead)
    assert "Monday 22 November" in text_of(ahead)
    assert go(paying, days=5) == []


def test_two_workers_send_one_letter_and_one_that_died_sends_none(paying):
    reader = paying.reader()
    letter = Letter.objects.get(user=reader)
    for _ in range(3):
        send_letter(letter.pk, timezone.now())
    assert len(mail.outbox) == 1
    other = paying.reader()
    Letter.objects.filter(user=other).update(taken_at=timezone.now())
    go(paying, hours=5)
    assert [one.to[0] for one in mail.outbox] == [reader.email]


def test_a_mail_server_that_is_away_gets_it_later(paying, settings):
    settings.EMAIL_BACKEND = "tests.billing.test_letters_go_out.Away"
    reader = paying.reader()
    assert go(paying) == []
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert [letter.to[0] for letter in go(paying, hours=2)] == [reader.email]


class Away:
    """A mail server that nobody reaches."""

    def __init__(self, *args, **kwargs) -> None:
        pass

    def send_messages(self, messages) -> int:
        raise ConnectionRefusedError


def test_nobody_who_left_gets_a_letter(paying):
    closed, erased = paying.reader(), paying.reader()
    User.objects.filter(pk=closed.pk).update(is_active=False)
    erased.delete()
    assert go(paying, days=7, hours=1) == []


def test_without_mail_nothing_piles_up(paying, settings):
    settings.MAIL_IS_CONFIGURED = False
    paying.reader()
    go(paying, days=8)
    assert not Letter.objects.exists()
    assert Membership.objects.count() == 1


def test_letters_are_readable_anywhere(paying):
    reader = paying.reader()
    paying.subscribe(reader)
    for letter in go(paying, days=7, hours=1):
        html = letter.alternatives[0][0]
        assert "<img" not in html
        assert len(html) < 100_000
        assert letter.extra_headers["Auto-Submitted"] == "auto-generated"
        assert "\n" not in letter.subject
        assert timedelta(0) <= timezone.now() - Letter.objects.latest("pk").wanted_at


def test_another_time_zone_of_the_site_writes_no_letter_again(paying, settings):
    reader = paying.reader(days=20)
    paying.subscribe(reader)
    paying.click(reader, "/membership/cancel/")
    go(paying)
    settings.TIME_ZONE = "Asia/Tokyo"
    sync_now(reader, timezone.now())
    assert go(paying) == []
    assert Letter.objects.filter(kind="cancelled").count() == 1
