"""Everything we hold about one reader, as one document."""

from __future__ import annotations

from django.apps import apps
from django.conf import settings

from accounts.models import User

ACCOUNT_FIELDS = ("email", "name", "time_zone", "date_joined", "last_login", "is_staff")


def export_of(user: User) -> dict:
    """Plain values: the account, then for each model of settings.READER_DATA a list of its rows."""
    account = {name: getattr(user, name) for name in ACCOUNT_FIELDS}
    rows = {label: _rows(label, fields, user) for label, fields in settings.READER_DATA.items()}
    return {"account": account, **rows}


def _rows(label: str, fields: tuple[str, ...], user: User) -> list[dict]:
    path = settings.READER_PATHS.get(label, "user")
    return list(apps.get_model(label).objects.filter(**{path: user}).order_by("pk").values(*fields))
