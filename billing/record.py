"""Writing a reader's history: one dated line for each change of what they may read, also of those that time makes."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from billing.entitlement import Access, Rules, Standing, access_of
from billing.history import Fact, Turn, changes_between, replay, turns
from billing.models import AccessLine, Membership
from billing.standing import rules, standing_of

logger = logging.getLogger(__name__)

LOOK_BACK = timedelta(days=3)
RULE_LENGTH = AccessLine._meta.get_field("rule").max_length
ACTOR_LENGTH = AccessLine._meta.get_field("actor").max_length


def fresh_standing(user) -> Standing | None:
    """From the rows as they are now, whatever this instance of the user brought along."""
    return standing_of(get_user_model()._default_manager.select_related("membership").get(pk=user.pk))


def write_line(
    user, cause: str, rule: str, now: datetime, changes: dict[str, Fact] | None = None, actor: str = ""
) -> AccessLine:
    """`rule` is one sentence that the reader sees; `changes` comes from history.changes_between.

    A line is never dated before the last one: whoever waited for a lock began earlier and wrote later.
    """
    newest = AccessLine.objects.filter(user_id=user.pk).values_list("at", flat=True).first()
    return AccessLine.objects.create(
        user_id=user.pk,
        at=max(now, newest) if newest else now,
        cause=cause,
        rule=rule[:RULE_LENGTH],
        changes=changes or {},
        access=access_of(fresh_standing(user), now, rules()).value,
        actor=actor[:ACTOR_LENGTH],
    )


def replayed(user) -> Standing:
    """What the lines of a reader add up to."""
    return replay(user.date_joined, not settings.MAIL_IS_CONFIGURED, AccessLine.objects.filter(user_id=user.pk))


def write_difference(user, cause: str, rule: str, now: datetime, actor: str = "") -> AccessLine:
    """A line with every fact that the lines so far do not tell."""
    return write_line(user, cause, rule, now, changes_between(replayed(user), fresh_standing(user)), actor)


# What time does


def write_time_lines(now: datetime, limit: int = 1000) -> int:
    """A line for each reader whose access ended by itself in the last three days; how many were written.

    At most `limit` readers a run; the others are found by the next one. Safe to run twice and at the same time: the
    row is locked and looked at again.
    """
    due = (
        membership.pk
        for membership in _with_boundary(now, rules()).iterator(chunk_size=500)
        if list(_turns_of(membership, membership.newest_at, membership.newest_access, now))
    )
    pks = list(islice(due, limit))
    written = sum(write_turns(pk, now) for pk in pks)
    if written:
        logger.info("time lines written=%d", written)
    return written


def _with_boundary(now: datetime, by: Rules) -> QuerySet[Membership]:
    """Wider than needed, never narrower: history.turns decides."""
    since = now - LOOK_BACK
    newest = AccessLine.objects.filter(user=OuterRef("user")).order_by("-at", "-pk")
    proven = AccessLine.objects.filter(
        Q(changes__is_verified=True) | Q(cause="address_verified"), user=OuterRef("user")
    )
    unproven = Q(user__date_joined__range=(since - by.verify_within, now - by.verify_within)) & ~Q(Exists(proven))
    return (
        Membership.objects.filter(
            Q(trial_ends_at__range=(since, now))
            | Q(given_until__range=(since, now))
            | Q(cancels_at__range=(since, now))
            | Q(paid_until__range=(since - by.active_slack, now))
            | Q(past_due_since__range=(since - by.past_due_grace, now - by.past_due_grace))
            | unproven
        )
        .select_related("user")
        .annotate(newest_at=Subquery(newest.values("at")[:1]), newest_access=Subquery(newest.values("access")[:1]))
        .order_by("pk")
    )


def _turns_of(membership: Membership, newest_at: datetime | None, known: str | None, now: datetime) -> Iterator[Turn]:
    standing = standing_of(membership.user)
    if standing is None:
        return
    since = max(now - LOOK_BACK, newest_at) if newest_at else now - LOOK_BACK
    yield from turns(standing, since, now, rules(), known or "")


@transaction.atomic
def write_turns(membership_pk: int, now: datetime) -> int:
    """0 where another worker was first, else how many lines time has asked for."""
    membership = Membership.objects.select_for_update(of=("self",)).select_related("user").filter(pk=membership_pk)
    for row in membership:
        newest = AccessLine.objects.filter(user=row.user).first()
        found = list(_turns_of(row, newest and newest.at, newest and newest.access, now))
        AccessLine.objects.bulk_create(
            AccessLine(user=row.user, at=one.at, cause="time", rule=one.rule, access=one.access.value) for one in found
        )
        return len(found)
    return 0


def access_now(user, now: datetime) -> Access:
    return access_of(fresh_standing(user), now, rules())
