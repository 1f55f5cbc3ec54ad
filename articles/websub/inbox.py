"""Pushes: what hubs deliver is kept before it is answered, taken in order, and deleted."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, F, OuterRef

from articles.ingest.schedule import SHORTEST
from articles.models import Feed, HubSubscription, Push
from articles.websub.protocol import is_signed
from articles.websub.store import PUSHING, with_token

logger = logging.getLogger(__name__)

WAITING = 20  # bodies of one feed; the newest count
ATTEMPTS = 3
LEASE = timedelta(minutes=5)
RETRY = timedelta(minutes=1)
BAD_SIGNATURE = "A push without the right signature was ignored."


# Keeping -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Delivery:
    """What stands in a hub's request."""

    body: bytes
    content_type: str
    signature: str  # X-Hub-Signature


def receiver(token: str) -> HubSubscription | None:
    """Who is delivered to at this address; None where nobody waits for anything."""
    known = with_token(token)
    return known if known is not None and known.state in PUSHING else None


def keep(known: HubSubscription, delivery: Delivery, now: datetime) -> bool:
    """Whether there is something to take in now. What is not signed, or known already, is dropped without a word."""
    if not is_signed(delivery.body, delivery.signature, known.secret):
        HubSubscription.objects.filter(pk=known.pk).update(reason=BAD_SIGNATURE)
        logger.warning("push ignored feed=%s: no right signature bytes=%d", known.feed_id, len(delivery.body))
        return False
    if not delivery.body or _is_known(known.feed_id, delivery.body):
        return False
    Push.objects.create(
        feed_id=known.feed_id,
        received_at=now,
        due_at=now,
        content_type=delivery.content_type[:200],
        body=delivery.body,
    )
    _drop_oldest(known.feed_id)
    return True


def keep_hint(known: HubSubscription, now: datetime) -> bool:
    """A push that nobody has signed: a row without a body, and one is enough."""
    if Push.objects.filter(feed=known.feed_id, body=b"").exists():
        return False
    Push.objects.create(feed_id=known.feed_id, received_at=now, due_at=now, body=b"")
    return True


def _is_known(feed_id: int, body: bytes) -> bool:
    """What was fetched last, or waits already."""
    from articles.ingest.digest import body_hash_of  # late: the parsers come along, and what hubs push is kept unread

    was_fetched = Feed.objects.filter(pk=feed_id, body_hash=body_hash_of(body))
    return was_fetched.exists() or Push.objects.filter(feed=feed_id, body=body).exists()


def _drop_oldest(feed_id: int) -> None:
    newest_first = Push.objects.filter(feed=feed_id).order_by("-pk").values_list("pk", flat=True)
    if too_many := list(newest_first[WAITING:]):
        Push.objects.filter(pk__in=too_many).delete()


# Taking ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ClaimedPush:
    pk: int
    feed_id: int
    feed_url: str
    content_type: str
    body: bytes  # b"": a hint


def first_of_each_feed(now: datetime) -> list[int]:
    """Ids of the pushes to take, one a feed: each waits for the one before, that a worker may have in hand."""
    earlier = Push.objects.filter(feed=OuterRef("feed"), pk__lt=OuterRef("pk"))
    first = Push.objects.filter(~Exists(earlier), due_at__lte=now)
    return list(first.order_by("due_at", "pk").values_list("pk", flat=True))


def claim(pk: int, now: datetime) -> ClaimedPush | None:
    """None where another worker has it, or where it was tried often enough: then it is deleted."""
    seen = Push.objects.filter(pk=pk, due_at__lte=now).values("due_at", "attempt_count", "feed_id").first()
    if seen is None:
        return None
    as_seen = Push.objects.filter(pk=pk, due_at=seen["due_at"], attempt_count=seen["attempt_count"])
    if seen["attempt_count"] >= ATTEMPTS:
        if as_seen.delete()[0]:
            logger.error("push given up feed=%s after %d attempts", seen["feed_id"], ATTEMPTS)
        return None
    if not as_seen.update(due_at=now + LEASE, attempt_count=F("attempt_count") + 1):
        return None
    push = Push.objects.select_related("feed").only("feed__url", "content_type", "body").get(pk=pk)
    return ClaimedPush(push.pk, push.feed_id, push.feed.url, push.content_type, bytes(push.body))


def try_again(push: ClaimedPush, now: datetime) -> None:
    Push.objects.filter(pk=push.pk).update(due_at=now + RETRY)


def finish(push: ClaimedPush, now: datetime) -> None:
    Push.objects.filter(pk=push.pk).delete()
    HubSubscription.objects.filter(feed=push.feed_id).update(last_push_at=now, push_count=F("push_count") + 1)


def poll_soon(feed_id: int, now: datetime) -> bool:
    """Have the feed fetched, but no more often than any other. False where a worker is fetching it just now."""
    feed = Feed.objects.filter(pk=feed_id)
    if feed.exclude(lease="").exists():
        return False
    fetched_at = feed.values_list("last_fetched_at", flat=True).first()
    due_at = fetched_at + SHORTEST if fetched_at and fetched_at + SHORTEST > now else None
    free = feed.filter(lease="", next_fetch_at__gt=due_at or now)
    free.update(next_fetch_at=due_at)
    return True
