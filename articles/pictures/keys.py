"""What a picture is called in our storage and on our site. Pure."""

from __future__ import annotations

from hashlib import blake2b

ROOT = "/pictures/"


def key_of(url: str) -> str:
    """32 hex digits for an address. It is no secret: who knows the picture's address may know ours."""
    return blake2b(url.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def path_of(key: str, width: int) -> str:
    """Where readers' browsers find it."""
    return f"{ROOT}{key}-{width}.webp"


def name_of(key: str, width: int) -> str:
    """Its name in the storage; two levels of folders, because some storages grow slow with a folder of a million."""
    return f"{key[:2]}/{key[2:4]}/{key}-{width}.webp"
