"""What goes into the holes for one reader."""

from __future__ import annotations

import os
from datetime import datetime
from functools import lru_cache
from http.cookies import SimpleCookie

from django.conf import settings
from django.middleware.csrf import CSRF_ALLOWED_CHARS, CSRF_SECRET_LENGTH
from django.utils import timezone
from django.utils.http import http_date

from accounts.context import Reader
from accounts.pieces import account_link, account_piece, banner_piece
from articles.quick.holes import Kind
from articles.quick.lookup import Facts
from billing.banner import BANNERS
from billing.entitlement import Access
from billing.facts import TRIAL_ACCESS

PLACES = {letter: place for place, letter in enumerate(CSRF_ALLOWED_CHARS)}
LETTERS = len(CSRF_ALLOWED_CHARS)


def private_parts(facts: Facts, access: Access, token: str) -> dict[str, bytes]:
    """By kind of hole, in the reader's own time zone."""
    banner, account = _banner_and_account(Reader(facts.user), access)
    return {Kind.BANNER: banner.encode(), Kind.ACCOUNT: account.encode(), Kind.TOKEN: masked(token).encode()}


def _banner_and_account(reader: Reader, access: Access) -> tuple[str, str]:
    """Of most members there is nothing to say, and then nothing is worked out."""
    if access not in BANNERS and access not in TRIAL_ACCESS:
        return "", account_link("", reader.initials, reader.label)
    with timezone.override(reader.user.zone):
        return banner_piece(reader), account_piece(reader)


def masked(secret: str) -> str:
    """A token for forms as Django's get_token() makes one, at a fifth of its cost: another one at every request."""
    number = int.from_bytes(os.urandom(CSRF_SECRET_LENGTH))
    mask, cipher = [], []
    for letter in secret:
        number, place = divmod(number, LETTERS)
        mask.append(CSRF_ALLOWED_CHARS[place])
        cipher.append(CSRF_ALLOWED_CHARS[(PLACES[letter] + place) % LETTERS])
    return "".join(mask + cipher)


def renewed_cookie(secret: str, now: datetime) -> str:
    """The csrf cookie again, as Django sends it with every form: it lasts a year from now, to the hour."""
    return _cookie(secret, now.replace(minute=0, second=0, microsecond=0))


@lru_cache(maxsize=4096)
def _cookie(secret: str, hour: datetime) -> str:
    cookies: SimpleCookie = SimpleCookie()
    cookies[settings.CSRF_COOKIE_NAME] = secret
    cookie = cookies[settings.CSRF_COOKIE_NAME]
    cookie["max-age"] = settings.CSRF_COOKIE_AGE
    cookie["expires"] = http_date(hour.timestamp() + settings.CSRF_COOKIE_AGE)
    cookie["path"], cookie["samesite"] = settings.CSRF_COOKIE_PATH, settings.CSRF_COOKIE_SAMESITE
    cookie["httponly"], cookie["secure"] = settings.CSRF_COOKIE_HTTPONLY, settings.CSRF_COOKIE_SECURE
    if settings.CSRF_COOKIE_DOMAIN:
        cookie["domain"] = settings.CSRF_COOKIE_DOMAIN
    return cookie.OutputString()
