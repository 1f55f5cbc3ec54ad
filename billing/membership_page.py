"""What pages about a membership say before and after a click. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from billing.entitlement import Access, access_of
from billing.facts import PERIODS, PLAN_NAMES, Facts
from billing.trial_line import TrialLine, trial_line
from billing.words import MembershipWords, membership_words

KEPT = "What you saved and follow is kept."


@dataclass(frozen=True, slots=True)
class Choice:
    """One plan on the plans page, and what follows from choosing it."""

    plan: str
    name: str
    price: str
    per: str
    line: str
    terms: str


@dataclass(frozen=True, slots=True)
class PlanTaking:
    """A reader on the plans page. No choices where there is a plan already, or none is needed."""

    choices: tuple[Choice, ...]
    state: MembershipWords
    action: str
    note: str
    begins_free_days: bool
    trial: TrialLine | None  # that runs


@dataclass(frozen=True, slots=True)
class CancelOutlook:
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class SwitchOutlook:
    plan: str
    title: str
    text: str
    action: str


# Taking a plan


def plan_terms(facts: Facts, plan: str, until: datetime | None) -> str:
    """ "£0 today. £96 on Saturday 6 December, unless you cancel first. …", beside the button."""
    price, each = facts.offer.amount(plan), {"monthly": "each month", "yearly": "each year"}[plan]
    if until is not None:
        first = f"{facts.offer.nothing} today. {price} on {facts.on(until)}, unless you cancel first."
        return f"{first} Then {price} {each}, until you cancel."
    day = facts.now.astimezone(facts.zone)
    when = f"{each} on {day:%-d %B}" if plan == "yearly" else each
    return f"{price} today, then {when}, until you cancel. You read on at once."


def free_days_given_up(facts: Facts, until: datetime | None) -> str:
    """What somebody should know who takes a plan in the last two free days; else empty."""
    ends_at = facts.standing.trial_ends_at
    if until is not None or ends_at is None or ends_at <= facts.now:
        return ""
    return f"Your free days run until {facts.at(ends_at)}. A plan taken now begins, and is paid for, at once."


def taking_of(facts: Facts, until: datetime | None) -> PlanTaking:
    """`until`: up to when a plan taken now costs nothing (gateway/checkout.free_until_of)."""
    begins_trial = facts.access is Access.CARD_NEEDED
    return PlanTaking(
        choices=() if facts.has_plan else choices_of(facts, until),
        state=membership_words(facts),
        action=f"Start {facts.offer.free_days_words} free" if begins_trial else "Become a member",
        note=free_days_given_up(facts, until),
        begins_free_days=begins_trial,
        trial=trial_line(facts),
    )


def choices_of(facts: Facts, until: datetime | None) -> tuple[Choice, Choice]:
    lines = {"yearly": facts.offer.yearly_line, "monthly": "Leave after any month."}
    yearly, monthly = (
        Choice(plan, PLAN_NAMES[plan], facts.offer.amount(plan), PERIODS[plan], line, plan_terms(facts, plan, until))
        for plan, line in lines.items()
    )
    return yearly, monthly


# Cancelling


def can_cancel(facts: Facts) -> bool:
    """Whatever may still cost money can be ended, also in a state that we do not know."""
    return facts.is_living and (facts.standing.cancels_at is None or not facts.is_running)


def cancel_outlook(facts: Facts) -> CancelOutlook | None:
    """What the page with the second click says; None where there is nothing to cancel."""
    if not can_cancel(facts):
        return None
    text = _cancelled_at_its_end(facts) if facts.is_running else _cancelled_at_once(facts)
    return CancelOutlook("Cancel your membership?", f"{text} {KEPT}")


def _cancelled_at_its_end(facts: Facts) -> str:
    until, status = facts.standing.paid_until, facts.standing.status
    if until is None or until <= facts.now:
        return "You keep reading until the end of what you have paid for, and nothing more is charged."
    if status == "trialing":
        return f"You keep all your free days, until {facts.at(until)}, and will not be charged."
    return f"You keep reading until {facts.at(until)}, and nothing more is charged."


def _cancelled_at_once(facts: Facts) -> str:
    """A payment is overdue or the membership is paused: there is no paid time to wait for."""
    due = facts.subscription.due if facts.subscription else ""
    dropped = f"The unpaid {due} is dropped" if due else "What is unpaid is dropped"
    if facts.standing.status == "paused":
        return "It ends at once, and nothing more is charged."
    after = replace(facts.standing, status="canceled", cancels_at=facts.now)
    if access_of(after, facts.now, facts.rules).is_granted:
        return f"It ends at once. {dropped}, and nothing more is charged. What is open to you otherwise stays open."
    ends = "reading ends at once" if facts.access.is_granted else "the membership ends at once"
    return f"{dropped}, and {ends}. Nothing more is charged."


def cancelled_words(facts: Facts) -> str:
    """After the click."""
    end = facts.paid_end
    if end is not None and end > facts.now:
        return f"Cancelled. You read on until {facts.on(end)}, and nothing more is charged."
    return "Cancelled. Nothing more is charged."


def kept_words(facts: Facts) -> str:
    """After the cancellation was taken back: what is paid next. Empty where it does not go on."""
    until = facts.standing.paid_until
    if not facts.is_running or facts.standing.cancels_at is not None:
        return ""
    price = f": {facts.own_price}" if facts.own_price else ""
    first = "first" if facts.standing.status == "trialing" else "next"
    amount = f": {facts.next_amount}" if facts.next_amount else ""
    paid = f" The {first} payment is on {facts.on(until)}{amount}." if until else ""
    return f"Your membership goes on{price}.{paid}"


def has_resumed(facts: Facts) -> bool:
    return facts.is_running and facts.access.is_granted


def resumed_words(facts: Facts) -> str:
    """After a paused membership was taken up again: its first payment is tried at once, and may fail."""
    if has_resumed(facts):
        return "Your membership runs again."
    return "The payment did not go through, so your membership does not run yet. Use another card, then pay it below."


# Another plan


def coming_plan(facts: Facts) -> str:
    """The plan of the next period: another one than today's where a change waits for it."""
    own = facts.subscription
    return (own.next_plan if own else "") or facts.plan


def switched_words(facts: Facts) -> str:
    """After another plan was taken, or a change that waited was taken back."""
    if facts.plan not in PERIODS or coming_plan(facts) != facts.plan:
        return ""
    return f"Your plan is {facts.own_price}."


def switch_outlook(facts: Facts, plan: str) -> SwitchOutlook | None:
    """What the page says before another plan is taken; None where it cannot be."""
    outlook = _switch_outlook(facts, plan)
    if outlook is None or not facts.discount:
        return outlook
    # What it comes to for a plan that is not taken yet, only Stripe could say.
    return replace(
        outlook, text=f"{outlook.text} Your discount comes off, as long as it lasts and holds for this plan."
    )


def _switch_outlook(facts: Facts, plan: str) -> SwitchOutlook | None:
    standing = facts.standing
    if not facts.is_running or standing.cancels_at is not None or facts.plan not in PERIODS:
        return None
    if plan == coming_plan(facts):
        return None
    until = facts.on(standing.paid_until) if standing.paid_until else "the end of the period"
    if plan == facts.plan:
        text = f"The change is taken back. On {until} the next payment is {facts.plan_amount}, unless you"
        stay = f"Stay with {facts.plan_price}?"
        return SwitchOutlook(plan, stay, f"{text} cancel first. Nothing is charged today.", "Stay with it")
    price = facts.offer.plan_price(plan)
    title = f"Change to {price}?"
    if standing.status == "trialing":
        text = f"Your free days stay free. On {until} the first payment is {facts.offer.amount(plan)}, unless you"
        return SwitchOutlook(plan, title, f"{text} cancel first. Nothing is charged today.", "Change plan")
    if plan == "yearly":
        text = f"The year begins today: {facts.offer.yearly}, less what is left of the month that you have paid for."
        return SwitchOutlook(plan, title, f"{text} It is charged to your card now.", "Change plan and pay")
    text = f"Your year is paid until {until}, and from then on it is {price}. Nothing is charged today."
    return SwitchOutlook(plan, title, f"{text} Stripe asks you to confirm.", "Go on to confirm")
