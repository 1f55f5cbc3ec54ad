"""Subscriptions: what feeds name, which hubs are due to be asked, what they said and verified."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_hex, token_urlsafe
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet

from articles.models import Feed, HubState, HubSubscription, host_of
from articles.websub.protocol import (
    LEAVING_TRIES,
    LONGEST_URL,
    REFUSED_PAUSE,
    TOKEN,
    TRIES,
    Intent,
    is_private,
    is_usable,
    lease_of,
    renewal_of,
    retry_pause,
)

logger = logging.getLogger(__name__)

OF_ONE_HUB = 20  # asked in one round
WINDOW = 400  # rows that are looked at
REASON_LENGTH = 300
PUSHING = (HubState.ASKED, HubState.ACTIVE)  # what a hub may verify and push for
NOT_VERIFIED = "The hub did not confirm the subscription."


# What feeds name ---------------------------------------------------------------------------------


def note_hub(feed_id: int, hub_url: str, self_url: str, now: datetime) -> None:
    """What a feed's document has named: its hub and what it calls itself, "" where it names none.

    Not for an answer without a document (304, a failure): it names nothing and takes nothing back. One query where
    nothing has changed, two where the feed does not say what it is called.
    """
    if not settings.WEBSUB:
        return
    known = HubSubscription.objects.filter(feed=feed_id).first()
    hub_url = hub_url if _fits(hub_url) else ""
    if not hub_url:
        if known is not None:
            _leave(HubSubscription.objects.filter(pk=known.pk), now)
        return
    topic_url = self_url if _fits(self_url) else _address_of(feed_id)
    if known is None:
        # Two workers may see the hub at once: the second finds the row of the first.
        fresh = HubSubscription(feed_id=feed_id, **_fresh(hub_url, topic_url, now))
        HubSubscription.objects.bulk_create([fresh], ignore_conflicts=True)
    elif (known.hub_url, known.topic_url) != (hub_url, topic_url) or known.state == HubState.LEAVING:
        # Under a new token: what the hub of before still sends comes to nobody.
        HubSubscription.objects.filter(pk=known.pk).update(**_fresh(hub_url, topic_url, now))


def _fits(url: str) -> bool:
    return len(url) <= LONGEST_URL and url.isprintable() and url.lower().startswith(("https://", "http://"))


def _address_of(feed_id: int) -> str:
    return Feed.objects.values_list("url", flat=True).get(pk=feed_id)


def _fresh(hub_url: str, topic_url: str, now: datetime) -> dict[str, Any]:
    return {
        "hub_url": hub_url,
        "topic_url": topic_url,
        "token": token_urlsafe(32),
        "secret": token_hex(32) if is_private(hub_url, settings.FEED_ALLOWED_PRIVATE_HOSTS) else "",
        "state": HubState.WANTED,
        "due_at": now,
        "asked_at": None,
        "lease_ends_at": None,
        "failure_count": 0,
        "reason": "",
    }


def _leave(subscriptions: QuerySet[HubSubscription], now: datetime) -> None:
    """Who was asked is asked to stop; who was not is forgotten."""
    subscriptions.filter(state__in=PUSHING).update(
        state=HubState.LEAVING, due_at=now, asked_at=None, lease_ends_at=None, failure_count=0, reason=""
    )
    subscriptions.exclude(state=HubState.LEAVING).delete()


def leave_ended_feeds(now: datetime) -> None:
    """Hubs of feeds that are not fetched any more."""
    is_over = Q(feed__is_active=False) | Q(feed__source__is_active=False) | Q(feed__gone_at__isnull=False)
    over = HubSubscription.objects.filter(is_over).exclude(state=HubState.LEAVING)
    if pks := list(over.values_list("pk", flat=True)):
        _leave(HubSubscription.objects.filter(pk__in=pks), now)


def ask_again(subscriptions: QuerySet[HubSubscription], now: datetime) -> int:
    """Due at once and with all tries before them, whatever hubs said before; how many. Those being left stay so."""
    wanted = subscriptions.exclude(state=HubState.LEAVING)
    wanted.filter(state=HubState.REFUSED).update(state=HubState.WANTED)
    return wanted.update(due_at=now, failure_count=0, reason="")


# Asking ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Asking:
    """A claimed subscription: this hub is to be asked by us, and nothing is written once `due_at` has changed."""

    pk: int
    feed_id: int
    hub_url: str
    topic_url: str
    token: str
    secret: str  # that the hub has been told, or may be; "" for none
    mode: str  # subscribe | unsubscribe
    due_at: datetime  # when it is asked again, if it does not verify


def end_leases(now: datetime) -> None:
    """What no hub has renewed is polled as before, until one verifies again."""
    over = HubSubscription.objects.filter(state=HubState.ACTIVE, lease_ends_at__lte=now)
    over.update(state=HubState.ASKED)


def claim_due(now: datetime, limit: int) -> list[Asking]:
    """At most `limit` subscriptions whose hub is to be asked, few of one hub; ours until they are due again."""
    due = HubSubscription.objects.filter(due_at__lte=now).order_by("due_at", "pk")[:WINDOW]
    chosen = _few_of_each_hub(due, limit)
    return [asking for known in chosen if (asking := _claim(known, now))]


def _few_of_each_hub(due: Collection[HubSubscription], limit: int) -> list[HubSubscription]:
    counts: Counter[str] = Counter()
    chosen = []
    for known in due:
        counts[host := host_of(known.hub_url)] += 1
        if counts[host] <= OF_ONE_HUB:
            chosen.append(known)
    return chosen[:limit]


def _claim(known: HubSubscription, now: datetime) -> Asking | None:
    """None where another worker has it, or where it was asked often enough."""
    as_seen = HubSubscription.objects.filter(pk=known.pk, token=known.token, state=known.state, due_at=known.due_at)
    if known.state == HubState.LEAVING and known.failure_count >= LEAVING_TRIES:
        as_seen.delete()
        return None
    if known.state == HubState.ASKED and known.failure_count >= TRIES:
        _refuse(as_seen, known.reason or NOT_VERIFIED, now)
        return None
    tries = 1 if known.state == HubState.REFUSED else known.failure_count + 1
    due_at = now + retry_pause(tries)
    # Written before the hub is asked: some verify before they have answered.
    state = known.state if known.state in {HubState.ACTIVE, HubState.LEAVING} else HubState.ASKED
    if not as_seen.update(state=state, asked_at=now, due_at=due_at, failure_count=tries):
        return None
    mode = "unsubscribe" if state == HubState.LEAVING else "subscribe"
    return Asking(known.pk, known.feed_id, known.hub_url, known.topic_url, known.token, known.secret, mode, due_at)


def _refuse(subscriptions: QuerySet[HubSubscription], reason: str, now: datetime) -> int:
    return subscriptions.update(
        state=HubState.REFUSED, due_at=now + REFUSED_PAUSE, lease_ends_at=None, reason=reason[:REASON_LENGTH]
    )


def settle(asking: Asking, reason: str, secret: str, due_at: datetime) -> None:
    """What came of asking: why not, or "" and the secret that the hub was told. A hub that has verified is left so."""
    claimed = HubSubscription.objects.filter(pk=asking.pk, token=asking.token)
    if not reason and secret != asking.secret:
        claimed.update(secret=secret)
    claimed.filter(due_at=asking.due_at).update(reason=reason[:REASON_LENGTH], due_at=max(due_at, asking.due_at))


# The callback ------------------------------------------------------------------------------------


def with_token(token: str) -> HubSubscription | None:
    """The subscription that an address was made for; None for any other address."""
    if not settings.WEBSUB or not TOKEN.fullmatch(token):
        return None
    return HubSubscription.objects.filter(token=token).first()


def answer(token: str, intent: Intent, now: datetime) -> str | None:
    """What a hub is answered, "" where it only told us something; None where this is nothing that we wanted."""
    known = with_token(token)
    if known is None or known.topic_url != intent.topic:
        return None
    ours = HubSubscription.objects.filter(pk=known.pk, token=token)
    match intent.mode:
        case "subscribe" if is_usable(intent.challenge):
            is_ours = _begin(ours.filter(state__in=PUSHING), lease_of(intent.lease_seconds), now)
        case "unsubscribe" if is_usable(intent.challenge):
            is_ours = bool(ours.filter(state=HubState.LEAVING).exclude(asked_at=None).delete()[0])
        case "denied":
            is_ours = bool(_refuse(ours.filter(state__in=PUSHING), _denial(intent.reason), now))
        case _:
            return None
    if not is_ours:
        return None
    logger.info("hub heard feed=%s mode=%s", known.feed_id, intent.mode)
    return intent.challenge if intent.mode != "denied" else ""


def _begin(subscriptions: QuerySet[HubSubscription], lease: timedelta, now: datetime) -> bool:
    return bool(
        subscriptions.update(
            state=HubState.ACTIVE,
            lease_ends_at=now + lease,
            due_at=now + renewal_of(lease),
            failure_count=0,
            reason="",
        )
    )


def _denial(reason: str) -> str:
    said = "".join(letter if letter.isprintable() else " " for letter in reason).strip()
    return f"The hub refuses: {said}" if said else "The hub refuses and does not say why."
