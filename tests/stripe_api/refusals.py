"""What Stripe answers where it will not."""

from __future__ import annotations

from typing import Any


class Refused(Exception):
    def __init__(self, status: int, message: str, **error: Any) -> None:
        super().__init__(message)
        self.status = status
        self.error = {"type": "invalid_request_error", "message": message, **error}


class CardDeclined(Exception):
    """On Stripe's own page: the reader sees it, the site is not asked."""


def missing(kind: str, found: str) -> Refused:
    return Refused(404, f"No such {kind}: '{found}'", code="resource_missing", param="id")
