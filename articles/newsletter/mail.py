"""Handing a letter to the mail server, and what came of it."""

from __future__ import annotations

import re
import smtplib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import TracebackType

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection

ENHANCED = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")


class Outcome(Enum):
    TAKEN = "taken"
    DEFERRED = "deferred"  # not now: a full disk, a grey list, too many letters
    NO_MAILBOX = "no mailbox"  # the address is refused for good
    REFUSED = "refused"  # the letter is
    UNKNOWN = "unknown"  # the conversation broke: it may have been taken


@dataclass(frozen=True, slots=True)
class Answer:
    outcome: Outcome
    status: str = ""  # RFC 3463, where the server gave one


@dataclass(frozen=True, slots=True)
class Mail:
    to: str
    subject: str
    text: str
    html: str
    headers: Mapping[str, str]
    return_path: str = ""  # the envelope's sender; "" is the one of every letter


class Line:
    """One connection to the mail server, kept open for a round of letters."""

    def __init__(self) -> None:
        self.connection = get_connection()

    def __enter__(self) -> Line:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.connection.close()

    def is_ready(self) -> bool:
        """Whether the server is there. Asked before a letter is marked as handed over.

        Servers hang up on those who were silent or sent much; then a new connection is opened.
        """
        try:
            session = getattr(self.connection, "connection", None)
            if isinstance(session, smtplib.SMTP) and not _answers(session):
                self.connection.close()
            self.connection.open()
        except OSError:
            return False
        return True

    def hand_over(self, mail: Mail) -> Answer:
        message = message_of(mail)
        try:
            self.connection.send_messages([message])
        except smtplib.SMTPRecipientsRefused as refused:
            return _recipient_refused(refused)
        except smtplib.SMTPResponseException as refused:
            is_final = 500 <= refused.smtp_code < 600
            return Answer(Outcome.REFUSED if is_final else Outcome.DEFERRED, _status(refused.smtp_error))
        except OSError:
            return Answer(Outcome.UNKNOWN)
        return Answer(Outcome.TAKEN)


def message_of(mail: Mail) -> EmailMultiAlternatives:
    headers = {"Auto-Submitted": "auto-generated", "From": settings.DEFAULT_FROM_EMAIL, **mail.headers}
    sender = mail.return_path or settings.DEFAULT_FROM_EMAIL
    message = EmailMultiAlternatives(mail.subject, mail.text, sender, to=[mail.to], headers=headers)
    message.attach_alternative(mail.html, "text/html")
    return message


def _answers(session: smtplib.SMTP) -> bool:
    try:
        return session.noop()[0] == 250
    except smtplib.SMTPServerDisconnected:
        return False


def _recipient_refused(refused: smtplib.SMTPRecipientsRefused) -> Answer:
    code, words = next(iter(refused.recipients.values()))
    return Answer(Outcome.NO_MAILBOX if 500 <= code < 600 else Outcome.DEFERRED, _status(words))


def _status(words: bytes | str) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)
    found = ENHANCED.search(text)
    return found[1] if found else ""
