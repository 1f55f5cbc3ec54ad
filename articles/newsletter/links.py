"""The marks a letter carries: whose unsubscribing its link is, and whose letter came back."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.http import base36_to_int, int_to_base36

from accounts.models import User
from articles.models import Edition

SALT = "articles.newsletter.unsubscribe"
MARK = re.compile(r"\+([0-9a-z]{1,11})-([0-9a-z]{1,7})-([0-9a-f]{24})@")
ADDRESS = re.compile(r"/briefing/unsubscribe/([0-9A-Za-z_:-]{1,200})/")


def unsubscribe_url(user_id: int) -> str:
    """Good for as long as the key of the site is kept: an old letter is still a way out."""
    return settings.SITE_URL + reverse("briefing_unsubscribe", args=[signing.Signer(salt=SALT).sign(user_id)])


def read_unsubscribe_token(token: str) -> int | None:
    """The reader it belongs to; None for a token that is not ours."""
    try:
        return int(signing.Signer(salt=SALT).unsign(token))
    except (signing.BadSignature, ValueError):
        return None


@dataclass(frozen=True, slots=True)
class Returned:
    """Whose letter a report is about, and when it was sent; None where the report does not tell."""

    user_id: int
    signature: str
    sent_at: datetime | None = None  # whole seconds

    def is_about(self, user: User) -> bool:
        """Whether it went to the address in use: one that was given up may bounce as it likes."""
        if self.sent_at is None:
            return True
        return constant_time_compare(self.signature, _signature(user, self.sent_at))


def return_path(user: User, sent_at: datetime) -> str:
    """The envelope's sender, of which a mail server that returns the letter tells us. "" where none is set.

    Only small letters and figures: some servers do not keep capitals.
    """
    if not settings.BOUNCE_ADDRESS:
        return ""
    local, _, host = settings.BOUNCE_ADDRESS.rpartition("@")
    seconds = int_to_base36(int(sent_at.timestamp()))
    mark = f"{int_to_base36(user.pk)}-{seconds}-{_signature(user, sent_at)}"
    return f"{local}+{mark}@{host}"


def _signature(user: User, sent_at: datetime) -> str:
    value = f"{user.pk}:{user.email.lower()}:{int(sent_at.timestamp())}"
    return salted_hmac("articles.newsletter.return_path", value).hexdigest()[:24]


def returned_letters(texts: tuple[str, ...]) -> list[Returned]:
    """What these headers and fields of a report say; anything that is not ours is left out."""
    found: list[Returned] = []
    for text in texts:
        for user_id, seconds, signature in MARK.findall(text.lower()):
            sent_at = datetime.fromtimestamp(base36_to_int(seconds), UTC)
            found.append(Returned(base36_to_int(user_id), signature, sent_at))
        for token in ADDRESS.findall(text):
            if (user := read_unsubscribe_token(token)) is not None:
                found.append(Returned(user, ""))
    return found


def list_id() -> str:
    return f"<briefing.{urlsplit(settings.SITE_URL).hostname}>"


def message_id(user_id: int, edition: Edition) -> str:
    """The same for each try, and after a backup was put back: most mail programs show two of one name as one."""
    name = salted_hmac("articles.newsletter.message", f"{user_id}:{edition.day}:{edition.part}").hexdigest()[:32]
    return f"<briefing.{name}@{urlsplit(settings.SITE_URL).hostname}>"
