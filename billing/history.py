"""A reader's history: dated lines that fold into today's facts, and the moments at which time alone changes them. Pure.

A line keeps the facts of entitlement.Standing that changed with it, as JSON: times as ISO 8601, null for "not known".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any, Protocol

from billing.entitlement import Access, Rules, Standing, access_of

TIMES = frozenset({"trial_ends_at", "given_until", "paid_until", "cancels_at", "past_due_since"})
# The day of sign-up is the account's own and never changes.
FACTS = tuple(field.name for field in fields(Standing) if field.name != "signed_up_at")
INSTANT = timedelta(microseconds=1)

Fact = bool | str | None


class Line(Protocol):
    """What replay reads of billing.models.AccessLine."""

    @property
    def at(self) -> datetime: ...
    @property
    def pk(self) -> Any: ...
    @property
    def changes(self) -> Mapping[str, Any]: ...


def changes_between(before: Standing | None, after: Standing | None) -> dict[str, Fact]:
    """The facts of `after` that are others than before, ready for JSON; {} where either is not known."""
    if before is None or after is None:
        return {}
    return {name: _to_json(getattr(after, name)) for name in FACTS if getattr(after, name) != getattr(before, name)}


def replay(signed_up_at: datetime, is_verified: bool, lines: Iterable[Line]) -> Standing:
    """The standing that all lines of a reader, in any order, add up to.

    `is_verified` is what held before the first line: false, but true where no mail can be sent. Facts that are not in
    Standing are passed over. An account that is switched off has no standing at all (billing/standing.py), which is no
    fact of Standing: its line has no changes and is not seen here; the line of switching it on again brings what
    changed meanwhile.
    """
    facts: dict[str, Any] = {"signed_up_at": signed_up_at, "is_verified": is_verified}
    for line in sorted(lines, key=lambda one: (one.at, one.pk)):
        facts |= {name: _from_json(name, value) for name, value in line.changes.items() if name in FACTS}
    return Standing(**facts)


def _to_json(value: datetime | bool | str | None) -> Fact:
    return value.isoformat() if isinstance(value, datetime) else value


def _from_json(name: str, value: Any) -> Any:
    return datetime.fromisoformat(value) if name in TIMES and value is not None else value


@dataclass(frozen=True, slots=True)
class Turn:
    """Time alone changed what a reader may read."""

    at: datetime
    access: Access  # from then on
    rule: str  # why, in one sentence


def turns(standing: Standing, since: datetime, now: datetime, rules: Rules, known: str = "") -> Iterator[Turn]:
    """What changed by itself after `since` and not after `now`, in order.

    `known` is the value of the access that was written down last; a turn towards it is none.
    """
    for at, rule in _boundaries(standing, rules):
        if not since < at <= now:
            continue
        before, after = access_of(standing, at - INSTANT, rules), access_of(standing, at, rules)
        if before is not after and after.value != known:
            known = after.value
            yield Turn(at, after, rule)


def _boundaries(standing: Standing, rules: Rules) -> list[tuple[datetime, str]]:
    """Every instant at which access_of may answer otherwise although no fact changed, in order, with its sentence."""
    verify_by = standing.signed_up_at + rules.verify_within
    hours = rules.verify_within // timedelta(hours=1)
    ends = [
        (standing.trial_ends_at, "Your free days ended by themselves. Nothing was charged."),
        (standing.given_until, "The membership that you were given ended on its last day. Nothing was charged."),
        *_paid_boundaries(standing, rules),
        (
            None if standing.is_verified else verify_by,
            f"Your address was not confirmed within {hours} hours: reading waits until it is.",
        ),
    ]
    # Stable: of two ends at the same instant the one named first is what the reader is told.
    return sorted(((at, rule) for at, rule in ends if at is not None), key=lambda end: end[0])


def _paid_boundaries(standing: Standing, rules: Rules) -> list[tuple[datetime | None, str]]:
    cancelled = (standing.cancels_at, "Your cancelled membership ended on its last day. Nothing more is charged.")
    if standing.status == "past_due" and standing.past_due_since is not None:
        return [
            (
                standing.past_due_since + rules.past_due_grace,
                f"The payment was still open after {rules.past_due_grace.days} days: reading waits until it is paid.",
            )
        ]
    slack = {"active": rules.active_slack, "trialing": rules.trialing_slack}.get(standing.status)
    if slack is None:
        return [cancelled, (standing.paid_until, "The time that was paid for is over.")]
    until = standing.paid_until
    return [
        cancelled,
        (until and until + slack, "No payment was reported for the time that followed: reading stopped."),
    ]
