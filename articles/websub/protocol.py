"""What is said between a hub and us, and how long each waits for the other. Pure."""

from __future__ import annotations

import hmac
import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from urllib.parse import urljoin, urlsplit

DAY = timedelta(days=1)
WISHED_LEASE = timedelta(days=10)  # what the Recommendation calls a good default
SHORTEST_LEASE, LONGEST_LEASE = timedelta(hours=1), timedelta(days=30)
FIRST_RETRY = timedelta(minutes=10)
REFUSED_PAUSE = timedelta(days=7)
TRIES = 6  # without being verified, over half a day
LEAVING_TRIES = 3
LONGEST_URL = 1000  # of a hub, of a topic
LONGEST_CHALLENGE = 2000
METHODS = frozenset({"sha1", "sha256", "sha384", "sha512"})
MOVED = frozenset({HTTPStatus.TEMPORARY_REDIRECT, HTTPStatus.PERMANENT_REDIRECT})
TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class Intent:
    """What a hub asks the callback before it begins or ends to push, or tells it when it will not."""

    mode: str  # subscribe | unsubscribe | denied
    topic: str
    challenge: str = ""
    lease_seconds: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """Where a hub is asked, with the secret that it may be told there."""

    url: str
    secret: str = ""


def form_of(mode: str, callback: str, topic: str, secret: str = "") -> dict[str, str]:
    """The body of a request to a hub; `mode` is subscribe or unsubscribe."""
    form = {"hub.callback": callback, "hub.mode": mode, "hub.topic": topic}
    if mode == "subscribe":
        form["hub.lease_seconds"] = str(int(WISHED_LEASE.total_seconds()))
        form |= {"hub.secret": secret} if secret else {}
    return form


def is_private(url: str, allowed: Collection[str]) -> bool:
    """Whether nobody between us and this address can read along; `allowed` are "host:port" pairs of our own."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme.lower() == "https" or (parts.scheme.lower() == "http" and parts.netloc.lower() in allowed)


def offers_to(hub_url: str, secret: str, spare_secret: str, allowed: Collection[str]) -> list[Offer]:
    """Whom to ask, the best first. Many feeds still name by http a hub that has long had https: that is tried first.

    `secret` is what the hub was told before, "" where it was told none; `spare_secret` is one that it may be told now.
    """
    if is_private(hub_url, allowed):
        return [Offer(hub_url, secret)]
    secure = _secure(hub_url)
    if secret:
        return [Offer(secure, secret)] if secure else []
    return [Offer(secure, spare_secret), Offer(hub_url)] if secure else [Offer(hub_url)]


def _secure(url: str) -> str:
    """The same by https; "" where the address names a port or is none."""
    try:
        parts = urlsplit(url)
        return parts._replace(scheme="https").geturl() if parts.scheme.lower() == "http" and not parts.port else ""
    except ValueError:
        return ""


def moved_to(offer: Offer, status: int, location: str, allowed: Collection[str]) -> Offer | None:
    """Where this hub sends us on to; the secret is left behind where somebody could read along."""
    if status not in MOVED or not location:
        return None
    try:
        url = urljoin(offer.url, location)
    except ValueError:
        return None
    return Offer(url, offer.secret if is_private(url, allowed) else "")


def refusal_of(status: int) -> str:
    """Why this answer of a hub is no yes; "" where it is one."""
    if 200 <= status < 300:
        return ""
    phrase = HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else ""
    return f"The hub answered {status}{f' ({phrase})' if phrase else ''}."


def lease_of(raw: str) -> timedelta:
    """A hub's lease within our bounds; a day where it names none that makes sense."""
    raw = raw.strip()
    if not (raw.isascii() and raw.isdigit()):
        return DAY
    return min(max(timedelta(seconds=int(raw[:9])), SHORTEST_LEASE), LONGEST_LEASE)


def renewal_of(lease: timedelta) -> timedelta:
    """How long after its beginning a lease is renewed: when a tenth of it is left, at the most a day."""
    return lease - min(lease / 10, DAY)


def retry_pause(tries: int) -> timedelta:
    """How long a hub that was asked so many times in vain has to verify, before it is asked again."""
    return min(FIRST_RETRY * (1 << min(max(tries, 1) - 1, 10)), DAY)


def is_signed(body: bytes, header: str, secret: str) -> bool:
    """Whether X-Hub-Signature ("sha256=0a1b…") is this secret's for this body."""
    method, _, given = header.strip().partition("=")
    method = method.strip().lower()
    if not secret or method not in METHODS:
        return False
    expected = hmac.new(secret.encode(), body, method).hexdigest()
    return hmac.compare_digest(expected.encode(), given.strip().lower().encode(errors="replace"))


def is_usable(challenge: str) -> bool:
    """Whether it may be repeated to the hub: short and plain, so that it is of no use to anybody else."""
    return 0 < len(challenge) <= LONGEST_CHALLENGE and challenge.isascii() and challenge.isprintable()
