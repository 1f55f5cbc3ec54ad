"""Who a reader is, of the session, the user and the membership as the look-up found them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db.models import BooleanField, DateTimeField

from accounts.models import User
from articles.quick.session import belongs_to
from billing.models import Membership

USER_FIELDS, MEMBERSHIP_FIELDS = User._meta.concrete_fields, Membership._meta.concrete_fields
MEMBERSHIP_AT = 1 + len(USER_FIELDS)
VERIFIED_AT = MEMBERSHIP_AT + len(MEMBERSHIP_FIELDS)


def signed_in(who: str) -> User | None:
    """The user with what ReaderBackend brings; None where the session is not this user's.

    `who` is JSON: session_data, the user's columns, the membership's, and whether the address is proven (0 or 1).
    """
    return _signed_in(who, settings.SECRET_KEY, tuple(settings.SECRET_KEY_FALLBACKS))


# Kept by all that it depends on: the same rows and keys always say the same. Nobody writes to what is kept.
@lru_cache(maxsize=2048)
def _signed_in(who: str, key: str, fallbacks: tuple[str, ...]) -> User | None:
    row = json.loads(who)
    user: User = _model(User, row[1:MEMBERSHIP_AT])
    if not belongs_to(row[0], user):
        return None
    # None says that there is no such row, as it does where Django has looked.
    has_membership = row[MEMBERSHIP_AT] is not None
    user._state.fields_cache["membership"] = (
        _model(Membership, row[MEMBERSHIP_AT:VERIFIED_AT]) if has_membership else None
    )
    user.has_verified_address = bool(row[VERIFIED_AT])
    return user


def _model(model: type[Any], values: Sequence[Any]) -> Any:
    """As Django loads one."""
    fields = model._meta.concrete_fields
    read = [READS.get(type(field), _as_it_is)(value) for field, value in zip(fields, values, strict=True)]
    return model.from_db("default", [field.attname for field in fields], read)


def _as_it_is(value: Any) -> Any:
    return value


def _time(value: str | None) -> datetime | None:
    """SQLite keeps times of UTC and does not say so."""
    if value is None:
        return None
    time = datetime.fromisoformat(value)
    return time if time.tzinfo else time.replace(tzinfo=UTC)


READS: dict[type, Callable[[Any], Any]] = {BooleanField: bool, DateTimeField: _time}
