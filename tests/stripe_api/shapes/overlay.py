"""Where the API version that the SDK pins differs from the document's, as far as a site of ours can notice."""

from __future__ import annotations

from typing import Any


def lay_over(raw: dict[str, Any]) -> None:
    pass
