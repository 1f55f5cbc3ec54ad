"""Letters on their way out: what one says, how it looks, and handing it to the mail server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string


@dataclass(frozen=True, slots=True)
class Words:
    """What one letter says; templates/emails/letter.* give it its look."""

    subject: str
    says: tuple[str, ...]  # paragraphs before the button or the code
    button: str = ""
    url: str = ""
    code: str = ""
    adds: tuple[str, ...] = ()  # paragraphs after it
    link: str = ""  # a second, plain link after those: what it does
    link_url: str = ""


@dataclass(frozen=True, slots=True)
class Sender:
    """The site as letters name it. `url` has no slash at its end."""

    name: str
    url: str
    contact: str


def our_sender() -> Sender:
    return Sender(settings.SITE_NAME, settings.SITE_URL, settings.CONTACT_EMAIL)


def render(letter: Words, sender: Sender) -> tuple[str, str]:
    """The letter as plain text and as HTML."""
    shown = {"letter": letter, "sender": sender}
    return render_to_string("emails/letter.txt", shown), render_to_string("emails/letter.html", shown)


def send(to: str, letter: Words, sender: Sender, headers: Mapping[str, str] | None = None) -> None:
    """OSError where the mail server did not take it."""
    text, html = render(letter, sender)
    hand_over(to, letter.subject, text, html, headers)


def hand_over(to: str, subject: str, text: str, html: str, headers: Mapping[str, str] | None = None) -> None:
    """One rendered letter to the mail server. OSError where it was not taken."""
    marked = {"Auto-Submitted": "auto-generated", **(headers or {})}
    message = EmailMultiAlternatives(subject, text, to=[to], headers=marked)
    message.attach_alternative(html, "text/html")
    message.send()
