"""What a reader is told about the membership: one function for each row of the table of rules. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from billing import phrases
from billing.entitlement import Access
from billing.facts import Facts


@dataclass(frozen=True, slots=True)
class MembershipWords:
    """title: the state in a line; text: what follows from it; answer: why one can or cannot read, today."""

    title: str
    text: str
    answer: str
    action: str = ""
    route: str = ""  # the name of the address that the action leads to
    can_resend: bool = False  # the mail that confirms the address
    writes_to_us: bool = False  # where no button on the account page can mend it
    is_alert: bool = False


def membership_words(facts: Facts) -> MembershipWords:
    return WORDS[facts.access](facts)


def _staff(facts: Facts) -> MembershipWords:
    return MembershipWords(
        "Staff.", "Every article is open to you, without a plan.", "You can read every article, because you work here."
    )


def _member(facts: Facts) -> MembershipWords:
    until, price, own = facts.standing.paid_until, facts.own_price, facts.subscription
    answer = "You can read every article, because you are a member."
    if until is None:
        return MembershipWords("Member.", f"{phrases.capital(price)}." if price else "", answer)
    if until <= facts.now:
        return MembershipWords("Member.", f"We wait for word of the payment of {facts.on(until)}.", answer)
    if facts.standing.status == "trialing":
        then = price or "the price of your plan"
        first = f" The first payment is {facts.next_amount}." if facts.next_amount else ""
        text = f"The free days end on {facts.on(until)}. From then on it is {then}, unless you cancel first.{first}"
        return MembershipWords("Member. Your free days go on.", text, answer)
    text = f"The next payment is on {facts.on(until)}{f': {facts.next_amount}' if facts.next_amount else ''}."
    if own is not None and own.next_plan:
        first = f" The first payment is {facts.next_amount}, with your discount." if facts.next_amount else ""
        text = f"From {facts.on(until)} on it is {facts.offer.plan_price(own.next_plan)}.{first}"
    answer = f"You can read every article, because you have paid until {facts.on(until)}."
    return MembershipWords("Member.", f"{phrases.capital(price)}. {text}" if price else text, answer)


def _cancelled_running(facts: Facts) -> MembershipWords:
    end = facts.paid_end
    assert end is not None
    kept = " You can still keep your membership: it then goes on as before." if facts.is_running else ""
    return MembershipWords(
        f"Cancelled. You read on until {facts.on(end)}.",
        f"Your last moment is {facts.at(end)}. Nothing more is charged. What you saved and follow is kept.{kept}",
        f"You can read every article until {facts.at(end)}, because your membership is cancelled but still runs.",
    )


def _given(facts: Facts) -> MembershipWords:
    until = facts.given_until
    if facts.is_living:
        text = f"Everything is open to you until {facts.at(until)}. Your own membership is another matter: see below."
    else:
        text = f"Everything is open to you until {facts.at(until)}. It ends by itself, and nothing is charged."
    return MembershipWords(
        "Member, as our guest.",
        text,
        f"You can read every article until {facts.at(until)}, because a membership was given to you.",
    )


def _card_needed(facts: Facts) -> MembershipWords:
    days = facts.offer.free_days_words
    return MembershipWords(
        "Your free days have not begun.",
        f"They begin once you have chosen a plan and given a card: {days} free, then {facts.offer.price}. Nothing is"
        " charged before they are over, and you cancel in two clicks.",
        "You cannot read licensed articles yet, because the free days begin with a card.",
        "Begin the free days",
        "plans",
    )


def _past_due_grace(facts: Facts) -> MembershipWords:
    since, until = facts.standing.past_due_since, facts.grace_until
    assert until is not None
    return MembershipWords(
        f"Payment overdue since {facts.on(since)}." if since else "Your payment did not go through.",
        f"You can read everything until {facts.on(until)}. After that, what you saved and follow stays as it is, and"
        " waits for you.",
        f"You can read every article until {facts.at(until)}, although the last payment did not go through.",
        writes_to_us=True,
        is_alert=True,
    )


def _past_due(facts: Facts) -> MembershipWords:
    until = facts.grace_until
    stopped = f"Reading stopped on {facts.on(until)}." if until else "Reading has stopped."
    return MembershipWords(
        "Your payment did not go through.",
        f"{stopped} What you saved and follow is kept. Pay what is open, or use another card, and the articles open"
        " within a minute.",
        "You cannot read licensed articles now, because the last payment is overdue.",
        writes_to_us=True,
        is_alert=True,
    )


def _trial(facts: Facts) -> MembershipWords:
    return MembershipWords(
        f"{facts.trial_label}, free.",
        f"Your free days end by themselves on {facts.at(facts.trial_ends_at)}. Nothing is charged on"
        f" {facts.on(facts.trial_ends_at)}. After that it is {facts.offer.price}, if you decide to stay.",
        f"You can read every article, because your free days run until {facts.at(facts.trial_ends_at)}.",
        "Become a member",
        "plans",
    )


def _unverified(facts: Facts) -> MembershipWords:
    return MembershipWords(
        f"{facts.trial_label}, free.",
        f"Confirm your address by {facts.at(facts.verify_by)} to keep reading: open the link in the e-mail that we"
        f" sent. Your free days end by themselves on {facts.on(facts.trial_ends_at)}. Nothing is charged.",
        f"You can read every article until {facts.at(facts.verify_by)}; after that, once your address is confirmed.",
        can_resend=True,
    )


def _must_verify(facts: Facts) -> MembershipWords:
    return MembershipWords(
        "Confirm your address to read on.",
        "Open the link in the e-mail that we sent. Your free days run meanwhile, until"
        f" {facts.at(facts.trial_ends_at)}. Nothing is charged.",
        "You cannot read licensed articles now, because your address is not confirmed and the first day is over.",
        can_resend=True,
    )


def _trial_over(facts: Facts) -> MembershipWords:
    return MembershipWords(
        "Your free days are over.",
        f"They ended by themselves on {facts.on(facts.trial_ends_at)}. Nothing was charged. What you saved and follow"
        f" is kept. A membership is {facts.offer.price}.",
        f"You cannot read licensed articles now, because your free days ended on {facts.at(facts.trial_ends_at)}.",
        "See the plans",
        "plans",
    )


def _no_trial(facts: Facts) -> MembershipWords:
    return MembershipWords(
        "No free days on this account.",
        f"Free days are given once to each person, and this address has had them. A membership is {facts.offer.price}.",
        "You cannot read licensed articles now, because this account has neither free days nor a membership.",
        "See the plans",
        "plans",
    )


def _lapsed(facts: Facts) -> MembershipWords:
    return LAPSED.get(facts.standing.status, _unknown)(facts)


def _ended(facts: Facts) -> MembershipWords:
    end = facts.paid_end
    when = f"on {facts.on(end)}" if end else "some time ago"
    return MembershipWords(
        "Your membership has ended.",
        f"It ended {when}. What you saved and follow is kept. To read on, take a plan: {facts.offer.price}.",
        f"You cannot read licensed articles now, because your membership ended {when}.",
        "See the plans",
        "plans",
    )


def _without_word(facts: Facts) -> MembershipWords:
    """Stripe called it running when it was asked last, and the time that it named is past."""
    until = facts.standing.paid_until
    if facts.is_over or until is None:
        return _ended(facts)
    return MembershipWords(
        "Reading waits for word of your payment.",
        f"You have paid until {facts.on(until)}, and Stripe, which handles our payments, has not told us of the next"
        " payment. Your account page has a button that asks it at once.",
        f"You cannot read licensed articles now, because no payment was reported for the time after {facts.on(until)}.",
        "Ask Stripe now",
        "welcome",
    )


def _unpaid(facts: Facts) -> MembershipWords:
    return MembershipWords(
        "Your membership is not paid.",
        "Several payments did not go through, so reading has stopped. Pay what is open; or cancel, and nothing more is"
        " asked for.",
        "You cannot read licensed articles now, because your membership is not paid.",
        writes_to_us=True,
        is_alert=True,
    )


def _paused(facts: Facts) -> MembershipWords:
    return MembershipWords(
        "Your membership is paused.",
        "Nothing is charged while it is. Take it up again whenever you like: the first payment is on that day.",
        "You cannot read licensed articles now, because your membership is paused.",
        writes_to_us=True,
    )


def _incomplete(facts: Facts) -> MembershipWords:
    return MembershipWords(
        "Your membership was not completed.",
        "The first payment was not confirmed, so nothing was charged. Confirm it now and everything opens; or cancel,"
        " and take a plan again whenever you like.",
        "You cannot read licensed articles now, because the first payment was not confirmed.",
        writes_to_us=True,
        is_alert=True,
    )


def _incomplete_expired(facts: Facts) -> MembershipWords:
    return MembershipWords(
        "Your membership was not completed.",
        f"The first payment was not confirmed, so nothing was charged. Take a plan again: {facts.offer.price}.",
        "You cannot read licensed articles now, because the first payment was not confirmed.",
        "See the plans",
        "plans",
    )


def _unknown(facts: Facts) -> MembershipWords:
    return MembershipWords(
        "Your membership is not running.",
        "Its state is one that we do not know. Write to us, and we find out.",
        "You cannot read licensed articles now, because your membership is not running.",
        writes_to_us=True,
        is_alert=True,
    )


LAPSED: dict[str, Callable[[Facts], MembershipWords]] = {
    "active": _without_word,
    "trialing": _without_word,
    "canceled": _ended,
    "unpaid": _unpaid,
    "paused": _paused,
    "incomplete": _incomplete,
    "incomplete_expired": _incomplete_expired,
}
WORDS: dict[Access, Callable[[Facts], MembershipWords]] = {
    Access.STAFF: _staff,
    Access.MEMBER: _member,
    Access.CANCELLED_RUNNING: _cancelled_running,
    Access.PAST_DUE_GRACE: _past_due_grace,
    Access.PAST_DUE: _past_due,
    Access.TRIAL: _trial,
    Access.GIVEN: _given,
    Access.CARD_NEEDED: _card_needed,
    Access.UNVERIFIED_GRACE: _unverified,
    Access.MUST_VERIFY: _must_verify,
    Access.TRIAL_OVER: _trial_over,
    Access.NO_TRIAL: _no_trial,
    Access.LAPSED: _lapsed,
}
