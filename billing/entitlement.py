"""May this reader read this article? Pure: no queries, no clock. The whole table of rules stands here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum


class Access(Enum):
    """Granted or locked, and why: the word chooses the wall's or the banner's sentence."""

    FREE = "free"  # nothing to decide: the article is not licensed text, or an editor opened it
    STAFF = "staff"
    MEMBER = "member"
    GIVEN = "given"  # a membership that staff gave, until a date
    CANCELLED_RUNNING = "cancelled_running"  # cancelled, the paid period still runs
    PAST_DUE_GRACE = "past_due_grace"
    TRIAL = "trial"
    UNVERIFIED_GRACE = "unverified_grace"  # in trial, address not verified, within the first hours

    VISITOR = "visitor"
    MUST_VERIFY = "must_verify"
    TRIAL_OVER = "trial_over"
    CARD_NEEDED = "card_needed"  # the operator's free days begin with a card, and none was given yet
    NO_TRIAL = "no_trial"  # signed up, but this person has had the trial before
    PAST_DUE = "past_due"
    LAPSED = "lapsed"  # canceled, unpaid, paused, incomplete or a status we do not know

    @property
    def is_granted(self) -> bool:
        return self in GRANTED


GRANTED = frozenset(
    {
        Access.FREE,
        Access.STAFF,
        Access.MEMBER,
        Access.GIVEN,
        Access.CANCELLED_RUNNING,
        Access.PAST_DUE_GRACE,
        Access.TRIAL,
        Access.UNVERIFIED_GRACE,
    }
)


@dataclass(frozen=True, slots=True)
class Rules:
    """The operator's settings that the table depends on, and how long a late word from Stripe is waited for.

    The slack keeps a member in while a webhook is late or lost: the nightly comparison finds out. A trial of
    ours needs none, nobody has to tell us that it ended.
    """

    verify_within: timedelta = timedelta(hours=24)
    past_due_grace: timedelta = timedelta(days=7)
    active_slack: timedelta = timedelta(days=1)
    trialing_slack: timedelta = timedelta(hours=1)  # Stripe charges about an hour after its trial ends
    trial_requires_card: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """What entitlement needs to know about a signed-in reader. Times are aware; None stands for "not known"."""

    signed_up_at: datetime
    is_verified: bool  # also where verification is off
    is_staff: bool = False
    trial_ends_at: datetime | None = None  # None: no trial was given
    is_trial_used: bool = False  # this person has had free days before
    given_until: datetime | None = None  # a membership that staff gave
    status: str = ""  # Stripe's word for the subscription, "" for none
    paid_until: datetime | None = None
    cancels_at: datetime | None = None  # None: not cancelled
    past_due_since: datetime | None = None


def access_of(standing: Standing | None, now: datetime, rules: Rules = Rules()) -> Access:
    """What a reader may read of licensed articles. None is a visitor.

    Where a trial and a subscription stand side by side, the better one counts.
    """
    if standing is None:
        return Access.VISITOR
    if standing.is_staff:
        return Access.STAFF
    paid = _paid_access(standing, now, rules)
    if paid is not None and paid.is_granted:
        return paid
    if standing.given_until is not None and now < standing.given_until:
        return Access.GIVEN
    trial = _trial_access(standing, now, rules)
    # Free days that only wait for a confirmed address are a shorter way in than a payment.
    if paid is None or trial.is_granted or trial is Access.MUST_VERIFY:
        return trial
    return paid


def _paid_access(standing: Standing, now: datetime, rules: Rules) -> Access | None:
    """What the subscription gives; None where there never was one."""
    match standing.status:
        case "":
            return None
        case "active":
            return _running_access(standing, now, rules.active_slack)
        case "trialing":
            return _running_access(standing, now, rules.trialing_slack)
        case "past_due":
            return _past_due_access(standing, now, rules)
        case "canceled":
            return Access.CANCELLED_RUNNING if _is_paid_for(standing, now) else Access.LAPSED
        case "unpaid" | "paused" | "incomplete" | "incomplete_expired":
            return Access.LAPSED  # also inside the period that Stripe names: it was never paid
        case _:
            # A word that Stripe invents tomorrow opens nothing new and takes nothing that was paid for.
            return Access.MEMBER if _is_paid_for(standing, now) else Access.LAPSED


def _running_access(standing: Standing, now: datetime, slack: timedelta) -> Access:
    """A subscription that Stripe calls running; without a date from Stripe it runs until Stripe says otherwise."""
    if standing.cancels_at is not None and now >= standing.cancels_at:
        return Access.LAPSED
    if standing.paid_until is not None and now >= standing.paid_until + slack:
        return Access.LAPSED
    return Access.MEMBER if standing.cancels_at is None else Access.CANCELLED_RUNNING


def _past_due_access(standing: Standing, now: datetime, rules: Rules) -> Access:
    """Days of grace from the first failure; where that day is not known, only the time that was paid for."""
    if standing.past_due_since is None:
        is_in_grace = _is_paid_for(standing, now)
    else:
        is_in_grace = now < standing.past_due_since + rules.past_due_grace
    return Access.PAST_DUE_GRACE if is_in_grace else Access.PAST_DUE


def _is_paid_for(standing: Standing, now: datetime) -> bool:
    """Whether `now` lies in a period known to be paid and not given up; no slack, nothing more will be said."""
    ends = [end for end in (standing.paid_until, standing.cancels_at) if end is not None]
    return standing.paid_until is not None and now < min(ends)


def _trial_access(standing: Standing, now: datetime, rules: Rules) -> Access:
    if standing.trial_ends_at is None:
        waits_for_card = rules.trial_requires_card and not standing.is_trial_used
        return Access.CARD_NEEDED if waits_for_card else Access.NO_TRIAL
    if now >= standing.trial_ends_at:
        return Access.TRIAL_OVER
    if standing.is_verified:
        return Access.TRIAL
    in_time = now < standing.signed_up_at + rules.verify_within
    return Access.UNVERIFIED_GRACE if in_time else Access.MUST_VERIFY
