"""The storage "pictures": a folder, or whatever class of Django's kind the settings name."""

from __future__ import annotations

from collections.abc import Iterable

from django.core.files.base import ContentFile, File
from django.core.files.storage import Storage, storages

from articles.pictures.keys import name_of


def storage() -> Storage:
    return storages["pictures"]


def keep(key: str, files: Iterable[tuple[int, bytes]]) -> None:
    """Write width -> bytes, over what an earlier try may have left. OSError where there is no room."""
    for width, body in files:
        name = name_of(key, width)
        # A storage gives a name that is taken another ending.
        storage().delete(name)
        storage().save(name, ContentFile(body))


def drop(key: str, widths: Iterable[int]) -> None:
    for width in widths:
        storage().delete(name_of(key, width))


def find(key: str, width: int) -> File | None:
    """The open file; None for what is not kept."""
    try:
        return storage().open(name_of(key, width))
    except FileNotFoundError:
        return None
