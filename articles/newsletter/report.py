"""What a mail server or a mailbox provider reports of a letter of ours. Pure.

RFC 3464: multipart/report with message/delivery-status. RFC 5965: with message/feedback-report. Anything may be broken,
missing or hostile in it; what cannot be read is no report.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message

MOST_PARTS = 30
MOST_TEXT = 4000  # characters of one header
STATUS = re.compile(r"\b([245])\.\d{1,3}\.\d{1,3}\b")
# No such mailbox, no such domain, a mailbox that is closed: the next letter would come back too.
GONE = ("5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1")
MARKED_FIELDS = ("to", "cc", "delivered-to", "x-original-to", "return-path", "original-mail-from", "list-unsubscribe")

NONE, BOUNCE, COMPLAINT = "none", "bounce", "complaint"


@dataclass(frozen=True, slots=True)
class Report:
    """`marks` are texts in which the marks of newsletter/links.py may stand; `status` as RFC 3463 has it."""

    kind: str
    status: str = ""
    marks: tuple[str, ...] = ()

    @property
    def is_final(self) -> bool:
        """Whether one such report is enough."""
        return self.kind == COMPLAINT or (self.kind == BOUNCE and self.status in GONE)


def parse_report(raw: bytes) -> Report:
    """Never raises. A delay, an answer from somebody's holiday and everything unknown is Report("none")."""
    try:
        parts = _parts(message_from_bytes(raw))
        kind, status = _verdict(parts)
        return Report(kind, status, _marks(parts)) if kind != NONE else Report(NONE)
    except (LookupError, ValueError, TypeError, AttributeError, RecursionError):
        # The standard library's parser raises these on headers that nobody should have sent.
        return Report(NONE)


def _parts(message: Message) -> list[Message]:
    parts: list[Message] = []
    for part in message.walk():
        parts.append(part)
        if len(parts) == MOST_PARTS:
            break
    return parts


def _verdict(parts: list[Message]) -> tuple[str, str]:
    for part in parts:
        if part.get_content_type() == "message/feedback-report":
            kind = _fields(part).get("feedback-type", "").strip().lower()
            return (COMPLAINT, "") if kind in {"abuse", "fraud", "opt-out", "other"} else (NONE, "")
    for part in parts:
        if part.get_content_type() == "message/delivery-status":
            return _delivery(part)
    return NONE, ""


def _delivery(part: Message) -> tuple[str, str]:
    """The blocks of a delivery-status: one about the message, then one for each recipient; ours have one."""
    blocks = part.get_payload()
    for block in blocks if isinstance(blocks, list) else []:
        if isinstance(block, Message) and _text(block, "action").strip().lower() == "failed":
            found = STATUS.search(_text(block, "status")) or STATUS.search(_text(block, "diagnostic-code"))
            status = found[0] if found else "5.0.0"
            return (BOUNCE, status) if status.startswith("5") else (NONE, "")
    return NONE, ""


def _fields(part: Message) -> dict[str, str]:
    """The fields of a feedback-report, which the parser hands over as a message within or as text."""
    inner = part.get_payload()
    if isinstance(inner, list) and inner and isinstance(inner[0], Message):
        return {name.lower(): str(value)[:MOST_TEXT] for name, value in inner[0].items()}
    text = _body(part)
    lines = (line.partition(":") for line in text.splitlines())
    return {name.strip().lower(): value.strip()[:MOST_TEXT] for name, _, value in lines}


def _body(part: Message) -> str:
    payload = part.get_payload(decode=True)
    return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""


def _marks(parts: list[Message]) -> tuple[str, ...]:
    found: list[str] = []
    for part in parts:
        found += [text for name in MARKED_FIELDS if (text := _text(part, name))]
        match part.get_content_type():
            case "message/feedback-report":
                fields = _fields(part)
                found += [fields[name] for name in MARKED_FIELDS if fields.get(name)]
            case "text/rfc822-headers":
                # Only the headers of what came back, as text.
                headers = message_from_bytes(_body(part).encode())
                found += [text for name in MARKED_FIELDS if (text := _text(headers, name))]
    return tuple(dict.fromkeys(found))


def _text(message: Message, name: str) -> str:
    return str(message.get(name, ""))[:MOST_TEXT]
