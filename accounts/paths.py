"""Which `next` may be followed: forms of readers and allauth's pages ask the same question."""

from __future__ import annotations

import re

from django.utils.encoding import iri_to_uri
from django.utils.http import url_has_allowed_host_and_scheme

# A browser reads "/\host" as "//host" and drops tabs and newlines before it looks.
UNSAFE = re.compile(r"[\\\x00-\x20\x7f]")
MAX_LENGTH = 2000


def is_own_path(raw: str) -> bool:
    """Only a path of this site; there is no reason to send anybody to a full address, not even our own."""
    is_path = raw.startswith("/") and not UNSAFE.search(raw) and len(iri_to_uri(raw)) <= MAX_LENGTH
    return is_path and url_has_allowed_host_and_scheme(raw, allowed_hosts=None)
