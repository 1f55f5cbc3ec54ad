"""What the store of this process has done, in plain numbers for whoever watches."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(slots=True)
class Counts:
    """Counted without a lock: a count that two threads lose in a million is cheaper than a lock at every request."""

    hits: int = 0  # sent as stored, fresh
    stale: int = 0  # sent as stored while another one made it anew
    stale_on_error: int = 0  # sent as stored because making it anew failed
    misses: int = 0  # not stored, or no longer to be sent
    rebuilt: int = 0  # made by Django and stored
    shared: int = 0  # taken from another process
    refused: int = 0  # made, and not to be stored
    passed: int = 0  # not for the store: cookies, forms, other addresses
    bytes: int = 0  # held now
    pages: int = 0  # held now


COUNTS = Counts()


def figures() -> dict[str, int]:
    """By name, of this process since it began; `bytes` and `pages` are of now."""
    return asdict(COUNTS)
