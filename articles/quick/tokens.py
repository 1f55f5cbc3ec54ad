"""The secret of the csrf cookie and the tokens of forms, as Django makes them at a twentieth of the cost.

Every page has a form, and a reader's pages are put together faster than Django draws 64 random letters.
"""

from __future__ import annotations

import os
from datetime import datetime
from functools import lru_cache
from http.cookies import SimpleCookie

from django.conf import settings
from django.middleware.csrf import CSRF_ALLOWED_CHARS, CSRF_SECRET_LENGTH
from django.utils.http import http_date

LETTERS = CSRF_ALLOWED_CHARS.encode()
COUNT = len(LETTERS)
# A byte stands for a letter, each letter for as many bytes; the few that are left over stand for none.
FAIR = 256 // COUNT * COUNT
LETTER_OF = bytes(LETTERS[byte % COUNT] for byte in range(256))
UNFAIR = bytes(range(FAIR, 256))
PLACE_OF = bytes(max(0, LETTERS.find(byte)) for byte in range(256))
PLACE = "x" * CSRF_SECRET_LENGTH


def new_secret() -> str:
    """As django.middleware.csrf makes one: so many letters, each as likely as any other."""
    return _letters().decode()


def masked(secret: str) -> str:
    """A token for forms as Django's get_token() makes one: another one at every request."""
    mask = _letters()
    # All places are added at once, a byte for each: no sum of two is more than a byte holds.
    sums = _as_one(mask) + _as_one(secret.encode())
    return (mask + sums.to_bytes(CSRF_SECRET_LENGTH).translate(LETTER_OF)).decode()


def _as_one(letters: bytes) -> int:
    return int.from_bytes(letters.translate(PLACE_OF))


def _letters() -> bytes:
    letters = b""
    while len(letters) < CSRF_SECRET_LENGTH:
        letters += os.urandom(CSRF_SECRET_LENGTH + 8).translate(LETTER_OF, UNFAIR)
    return letters[:CSRF_SECRET_LENGTH]


def renewed_cookie(secret: str, now: datetime) -> str:
    """The csrf cookie again, as Django sends it with every form: it lasts a year from now, to the hour."""
    before, after = _cookie(now.replace(minute=0, second=0, microsecond=0))
    return f"{before}{secret}{after}"


@lru_cache(maxsize=2)
def _cookie(hour: datetime) -> tuple[str, str]:
    """What stands before the secret, and what after it: letters and digits need no quotes."""
    cookies: SimpleCookie = SimpleCookie()
    cookies[settings.CSRF_COOKIE_NAME] = PLACE
    cookie = cookies[settings.CSRF_COOKIE_NAME]
    cookie["max-age"] = settings.CSRF_COOKIE_AGE
    cookie["expires"] = http_date(hour.timestamp() + settings.CSRF_COOKIE_AGE)
    cookie["path"], cookie["samesite"] = settings.CSRF_COOKIE_PATH, settings.CSRF_COOKIE_SAMESITE
    cookie["httponly"], cookie["secure"] = settings.CSRF_COOKIE_HTTPONLY, settings.CSRF_COOKIE_SECURE
    if settings.CSRF_COOKIE_DOMAIN:
        cookie["domain"] = settings.CSRF_COOKIE_DOMAIN
    before, _, after = cookie.OutputString().partition(PLACE)
    return before, after
