"""Whether one answer is right. Pure: the same judge sits in the load and in the scripts that break things."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

LEAK = "a walled text in a visitor's page"
LOST = "a member's page without its text"
NO_ANSWER = "no answer"


@dataclass(frozen=True, slots=True)
class Look:
    """What somebody asks for: `cookie` is a header's value, "" for a visitor; `tail` the end of a walled text.

    A visitor's answer may hold none of the secrets; a member's must hold this tail ("" for a page that has none).
    """

    path: str
    cookie: str = ""
    tail: str = ""

    @property
    def is_member(self) -> bool:
        return bool(self.cookie)


def fault_in(
    look: Look, status: int, text: str, secrets: Collection[str], allowed: Collection[int] = (200, 304)
) -> str:
    """What is wrong with an answer, in words; "" where nothing is. Status 0: there was none.

    A walled text in a visitor's answer is wrong whatever the status.
    """
    if not look.is_member and any(secret in text for secret in secrets):
        return LEAK
    if status == 0:
        return NO_ANSWER
    if status not in allowed:
        return f"status {status}"
    if look.is_member and status == 200 and look.tail not in text:
        return LOST
    return ""
