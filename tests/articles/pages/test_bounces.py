from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from articles.models import LetterChoice
from articles.newsletter import bounces, links
from tests.articles.newsletter.conftest import ask_for_letters
from tests.make import make_reader

pytestmark = pytest.mark.django_db

# As a mail server writes it (RFC 3464), with the headers of what came back.
BOUNCE = """From: MAILER-DAEMON@mx.example
To: {to}
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

I'm sorry to have to inform you.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example
Arrival-Date: Fri, 27 Nov 2026 07:00:10 +0000

Final-Recipient: rfc822; reader@mail.example
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 said the server

--b
Content-Type: text/rfc822-headers

Subject: Friday morning
List-Unsubscribe: <{unsubscribe}>

--b--
"""
# As a mailbox provider writes it (RFC 5965).
COMPLAINT = """From: feedback@provider.example
To: abuse@site.example
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="b"

--b
Content-Type: text/plain

This is an email abuse report.

--b
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: SomeGenerator/1.0
Version: 1
Original-Mail-From: <{sender}>

--b
Content-Type: message/rfc822

From: Broadsheet <hello@site.example>
Subject: Friday morning
List-Unsubscribe: <{unsubscribe}>
Content-Type: text/plain

The letter.

--b--
"""


@pytest.fixture(autouse=True)
def addresses(settings):
    settings.BOUNCE_ADDRESS = "bounces@site.example"
    settings.BOUNCE_SECRET = "a secret between the mail server and us"


@pytest.fixture
def reader(db):
    reader = make_reader()
    ask_for_letters(reader)
    return reader


def bounce_of(reader, status: str = "5.1.1", action: str = "failed", to: str = "", unsubscribe: str = "x") -> bytes:
    to = to or links.return_path(reader, timezone.now())
    return BOUNCE.format(to=to, status=status, action=action, unsubscribe=unsubscribe).encode()


def take(raw: bytes, now: datetime | None = None) -> str:
    return bounces.take_report(raw, now or timezone.now())


def stopped_by(reader) -> str:
    return LetterChoice.objects.get(user=reader).stopped_by


def test_a_mailbox_that_is_gone_ends_the_letters_at_once(reader):
    assert take(bounce_of(reader)) == "bounce"
    assert stopped_by(reader) == "bounce"


def test_a_letter_that_is_refused_for_another_reason_ends_them_the_third_time(reader):
    for number in range(3):
        assert stopped_by(reader) == ""
        sent_at = timezone.now() + timedelta(hours=number)
        assert take(bounce_of(reader, "5.7.1", to=links.return_path(reader, sent_at))) == "bounce"
    assert stopped_by(reader) == "bounce"


def test_the_same_report_brought_again_counts_once(reader):
    raw = bounce_of(reader, "5.7.1")
    assert [take(raw), take(raw), take(raw)] == ["bounce", "none", "none"]
    assert LetterChoice.objects.get(user=reader).failed_count == 1


@pytest.mark.parametrize(("status", "action"), [("4.4.1", "delayed"), ("4.2.2", "failed"), ("2.1.5", "delivered")])
def test_a_delay_and_a_receipt_are_no_failure(reader, status, action):
    assert take(bounce_of(reader, status, action)) == "none"
    assert LetterChoice.objects.get(user=reader).failed_count == 0


@pytest.mark.parametrize("kind", ["abuse", "ABUSE", "opt-out"])
def test_a_complaint_ends_the_letters_at_once(reader, kind):
    sender = links.return_path(reader, timezone.now())
    assert take(COMPLAINT.format(kind=kind, sender=sender, unsubscribe="x").encode()) == "complaint"
    assert stopped_by(reader) == "complaint"


def test_a_complaint_that_keeps_only_the_letter_is_known_by_its_way_out(reader):
    raw = COMPLAINT.format(kind="abuse", sender="", unsubscribe=links.unsubscribe_url(reader.pk)).encode()
    assert take(raw) == "complaint"


def test_that_a_letter_was_no_spam_is_no_complaint(reader):
    raw = COMPLAINT.format(kind="not-spam", sender=links.return_path(reader, timezone.now()), unsubscribe="x")
    assert take(raw.encode()) == "none"


def test_a_report_of_an_address_that_was_given_up_ends_nothing(reader):
    raw = bounce_of(reader)
    reader.email = "new@mail.example"
    reader.save()
    assert take(raw) == "none"
    assert stopped_by(reader) == ""


def test_a_report_of_a_letter_from_before_the_reader_chose_again_ends_nothing(reader):
    raw = bounce_of(reader)
    LetterChoice.objects.filter(user=reader).update(asked_at=timezone.now() + timedelta(minutes=1))
    assert take(raw) == "none"


@pytest.mark.parametrize("to", ["bounces+1-abc-0123456789abcdef01234567@site.example", "bounces@site.example", ""])
def test_a_forged_mark_ends_nothing(reader, to):
    assert take(bounce_of(reader, to=to or "x")) == "none"
    assert stopped_by(reader) == ""


def test_the_mark_survives_a_server_that_writes_in_capitals(reader):
    assert take(bounce_of(reader, to=links.return_path(reader, timezone.now()).upper())) == "bounce"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff" * 1000,
        b"Content-Type: multipart/report; boundary=\n\n--\n--",
        b"Content-Type: message/delivery-status\n\nAction: failed\nStatus: \xe4\xff\n",
        b"To: a@b\nSubject: I am away until Monday\n\nI am away.",
        b'Content-Type: multipart/mixed; boundary="b"\n\n'
        + b'--b\nContent-Type: multipart/mixed; boundary="b"\n\n' * 500,
        b"Content-Type: message/feedback-report\n\n\n" + b"x" * 10_000,
        b'Content-Type: multipart/report; charset="no"; boundary=b\n\n--b\nContent-Type: message/feedback-report\n'
        b"Content-Transfer-Encoding: base64\n\n!!!!\n--b--",
    ],
)
def test_what_is_no_report_is_none(raw):
    assert take(raw) == "none"


# How it is brought


def post(raw: bytes, signature: str):
    client = Client(enforce_csrf_checks=True)
    return client.post("/briefing/bounces/", raw, content_type="message/rfc822", headers={"X-Signature": signature})


def test_a_mail_server_brings_a_report_with_its_signature(reader):
    raw = bounce_of(reader)
    answer = post(raw, bounces.sign(raw))
    assert (answer.status_code, answer.text) == (200, "bounce\n")
    assert stopped_by(reader) == "bounce"


def test_a_report_without_a_good_signature_is_refused(reader):
    raw, soon = bounce_of(reader), int(datetime.now(UTC).timestamp())
    wrong = ["", "x", "t=1,v1=2", "t=٣,v1=2", bounces.sign(b"another", soon), bounces.sign(raw, soon - 3600)]
    assert {post(raw, signature).status_code for signature in wrong} == {403}
    assert stopped_by(reader) == ""


def test_where_no_secret_is_set_nothing_is_taken(reader, settings):
    settings.BOUNCE_SECRET = ""
    assert post(b"x", "t=1,v1=2").status_code == 404


def test_a_report_of_megabytes_is_refused(reader, settings):
    raw = b"x" * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
    assert post(raw, bounces.sign(raw)).status_code == 413


def test_a_mail_server_hands_a_report_to_the_command(reader, monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(bounce_of(reader))))
    call_command("take_bounce")
    assert capsys.readouterr().out == "bounce\n"
    assert stopped_by(reader) == "bounce"
