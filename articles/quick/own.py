"""What goes into the holes for one reader."""

from __future__ import annotations

from django.utils import timezone

from accounts.context import Reader
from accounts.pieces import account_link, account_piece, banner_piece
from articles.quick.holes import Kind
from articles.quick.lookup import Facts
from articles.quick.tokens import masked
from billing.banner import BANNERS
from billing.entitlement import Access
from billing.facts import TRIAL_ACCESS


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
