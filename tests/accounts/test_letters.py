"""Letters: every kind has words, in text and in HTML, and nothing in them is ours to keep secret."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import allauth
import pytest
from django.template.loader import render_to_string

from accounts.letters import LETTERS, Sender, compose

SENDER = Sender("Broadsheet", "https://news.example", "hello@news.example")
FACTS = {
    "activate_url": "https://news.example/account/confirm-email/key/",
    "password_reset_url": "https://news.example/account/password/reset/key/1-a-b/",
    "code": "402193",
    "timestamp": datetime(2026, 11, 22, 14, 5, tzinfo=UTC),
    "ip": "203.0.113.7",
    "browser": "Firefox on Linux",
    "from_email": "old@mail.example",
    "to_email": "new@mail.example",
    "deleted_email": "old@mail.example",
    "provider": "<b>Google</b>",
}
# Kinds that allauth ships and our settings never send: codes for resets and a note after each confirmation.
UNUSED = {"password_reset_code", "email_confirm"}


def test_every_letter_that_allauth_can_send_has_our_words():
    folders = Path(allauth.__file__).parent / "templates"
    kinds = {
        path.name.removesuffix("_subject.txt")
        for app in ("account", "socialaccount")
        for path in (folders / app / "email").glob("*_subject.txt")
    }
    assert kinds - UNUSED <= set(LETTERS)


@pytest.mark.parametrize("kind", LETTERS)
def test_a_letter_says_the_same_in_text_and_in_html(kind):
    letter = compose(kind, FACTS, SENDER)
    text, html = (
        render_to_string(f"emails/letter.{form}", {"letter": letter, "sender": SENDER}) for form in ("txt", "html")
    )
    assert "\n" not in letter.subject
    assert "Broadsheet" in text
    for part in (letter.code, letter.url):
        assert part in text
        assert part in html
    assert "<b>Google" not in html
    assert "{" not in text


def test_a_letter_about_a_change_says_when_where_and_whom_to_write_to():
    letter = compose("email_changed", FACTS, SENDER)
    assert "new@mail.example in place of old@mail.example" in letter.says[0]
    assert "22 November 2026 at 14:05 UTC, from 203.0.113.7, with Firefox on Linux" in " ".join(letter.adds)
    assert "hello@news.example" in " ".join(letter.adds)
