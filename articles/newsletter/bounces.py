"""A report of a letter that came back or was called unwanted -> letters to that reader stop, and the reader is told."""

from __future__ import annotations

import hashlib
import hmac
import logging
import time
from datetime import datetime

from django.conf import settings
from django.core.cache import cache
from django.db.models import F

from articles.models import LetterChoice
from articles.newsletter.links import Returned, returned_letters
from articles.newsletter.report import BOUNCE, GONE, parse_report

logger = logging.getLogger(__name__)

MOST_BYTES = 512 * 1024
MOST_FAILED = 3  # that may have had another cause than a mailbox that is gone
SIGNED_WITHIN_SECONDS = 600
KNOWN_SECONDS = 7 * 24 * 3600  # the same report brought again says nothing new


class BadSignature(Exception):
    """It was not brought by the operator's mail server."""


def check_signature(body: bytes, header: str, now: datetime) -> None:
    """`header` is "t=<unix time>,v1=<hex>" with HMAC-SHA256 of "<time>.<body>" under BOUNCE_SECRET. BadSignature."""
    parts = dict(part.strip().partition("=")[::2] for part in header.split(","))
    sent = parts.get("t", "")
    if not (sent.isascii() and sent.isdigit() and len(sent) < 12):
        raise BadSignature
    if abs(now.timestamp() - int(sent)) > SIGNED_WITHIN_SECONDS:
        raise BadSignature
    if not hmac.compare_digest(sign(body, int(sent)).encode(), header.replace(" ", "").encode()):
        raise BadSignature


def sign(body: bytes, at: int | None = None) -> str:
    """The header that check_signature takes; `at` is unix time."""
    at = int(time.time()) if at is None else at
    made = hmac.new(settings.BOUNCE_SECRET.encode(), b"%d." % at + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={made}"


def take_report(raw: bytes, now: datetime) -> str:
    """What became of it: "bounce", "complaint", or "none" for what is no report about a reader of ours. Once each."""
    report = parse_report(raw[:MOST_BYTES])
    returned = returned_letters(report.marks)
    if not returned or not cache.add(f"report:{hashlib.sha256(raw).hexdigest()}", 1, KNOWN_SECONDS):
        return "none"
    is_ours = note(returned[0], report.kind, is_final=report.is_final, now=now)
    return report.kind if is_ours else "none"


def note(letter: Returned, kind: str, *, is_final: bool, now: datetime) -> bool:
    """False where it is about no letter that this reader still asks for."""
    choice = LetterChoice.objects.select_related("user").filter(user=letter.user_id, stopped_at=None).first()
    if choice is None or not letter.is_about(choice.user) or _is_older(letter, choice):
        return False
    LetterChoice.objects.filter(pk=choice.pk).update(failed_count=F("failed_count") + 1)
    stopped = LetterChoice.objects.filter(pk=choice.pk, stopped_at=None)
    if not is_final:
        stopped = stopped.filter(failed_count__gte=MOST_FAILED)
    if stopped.update(stopped_at=now, stopped_by=kind):
        logger.info("letters stopped user=%d by=%s", choice.pk, kind)
    return True


def note_refusal(user, status: str, now: datetime) -> None:
    """The mail server refused the address for good, while the letter was being handed over."""
    letter = Returned(user.pk, "")
    note(letter, BOUNCE, is_final=status in GONE, now=now)


def _is_older(letter: Returned, choice: LetterChoice) -> bool:
    """Of a letter from before the reader chose again."""
    return letter.sent_at is not None and letter.sent_at < choice.asked_at
