"""What the letters about a membership say. Pure: facts in, words out.

Every amount, date and address is one of the facts: a letter promises nothing that was not looked up for it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from billing import phrases
from billing.facts import Offer
from billing.post import Sender, Words

WEEK = timedelta(days=7)
# A plan taken with less left than this begins at once (billing/gateway/checkout.py), so it is not promised.
KEEPS_FREE_DAYS = timedelta(days=3)
UNITS = {"monthly": "month", "yearly": "year"}
KEPT = "What you saved and follow is kept."
BANKS = "Banks take up to ten days to show it."
LEAVING = "If you would rather leave, this link cancels without signing in: what is overdue is dropped."
CANCEL = "Cancel membership"


@dataclass(frozen=True, slots=True)
class LetterFacts:
    """What one letter may say; times are aware, `zone` is the reader's. None and empty stand for "not known"."""

    now: datetime
    zone: tzinfo
    offer: Offer
    plan: str = ""  # "monthly" or "yearly"
    amount_cents: int = 0
    next_cents: int | None = None  # what is charged next, where a discount makes it another amount
    discount: str = ""  # "20%"
    currency: str = ""
    card_last4: str = ""
    is_in_free_days: bool = False  # of the subscription: nothing has been charged for it yet
    trial_ends_at: datetime | None = None
    charge_at: datetime | None = None
    ends_at: datetime | None = None
    past_due_since: datetime | None = None
    grace_until: datetime | None = None
    next_try_at: datetime | None = None
    cancel_url: str = ""

    @property
    def amount(self) -> str:
        return phrases.money(self.amount_cents, self.currency)

    @property
    def charge(self) -> str:
        """What is charged next."""
        return self.amount if self.next_cents is None else phrases.money(self.next_cents, self.currency)

    @property
    def price(self) -> str:
        """ "£10 a month", with what is taken off it."""
        price = f"{self.amount} a {UNITS[self.plan]}" if self.plan in UNITS else self.amount
        return f"{price} ({phrases.less(self.discount)})" if self.discount else price

    @property
    def card(self) -> str:
        return f"the card ending in {self.card_last4}" if self.card_last4 else "your card"

    @property
    def known_trial_end(self) -> datetime:
        assert self.trial_ends_at is not None
        return self.trial_ends_at

    def on(self, then: datetime) -> str:
        return phrases.day(then, self.now, self.zone)

    def at(self, then: datetime) -> str:
        return phrases.moment(then, self.now, self.zone)

    def date(self, then: datetime | None) -> str:
        """The day, or a word for one that is not known."""
        return self.on(then) if then else "the day your account page shows"


def compose(kind: str, facts: LetterFacts, sender: Sender) -> Words:
    """The letter of a kind. KeyError for a kind without words."""
    return LETTERS[kind](facts, sender)


# Free days, without a card


def _trial_started(facts: LetterFacts, sender: Sender) -> Words:
    end = facts.known_trial_end
    reminders = ("We write again a week before they end, and on the day before.",) if end - facts.now > WEEK else ()
    return Words(
        f"Your free days at {sender.name} have begun",
        (
            f"They end by themselves on {facts.at(end)}. No card was asked for and nothing is charged, so there is"
            " nothing to cancel.",
            f"After that it is {facts.offer.price}, if you decide to stay.",
        ),
        "Start reading",
        f"{sender.url}/",
        adds=reminders,
    )


def _trial_ends(facts: LetterFacts, sender: Sender) -> Words:
    end = facts.known_trial_end
    early = f" A plan taken now keeps them: the first payment is then on {facts.on(end)}."
    return Words(
        f"Your free days end on {facts.on(end)}",
        (
            f"They end by themselves on {facts.at(end)}. No card is on file for them and nothing is charged. {KEPT}",
            f"If you decide to stay, it is {facts.offer.price}." + (early if end - facts.now > KEEPS_FREE_DAYS else ""),
        ),
        *_plans_button(sender),
        adds=("If you do not, there is nothing to do.",),
    )


def _trial_over(facts: LetterFacts, sender: Sender) -> Words:
    return Words(
        "Your free days are over",
        (
            f"They ended by themselves on {facts.at(facts.known_trial_end)}. Nothing was charged. {KEPT}",
            f"A membership is {facts.offer.price}, from the day you take it.",
        ),
        *_plans_button(sender),
        adds=("This is the last letter about your free days.",),
    )


def _second_trial(facts: LetterFacts, sender: Sender) -> Words:
    charged = f"{facts.amount} is on its way back to you" if facts.amount_cents else "nothing was charged"
    return Words(
        "Your membership was not started",
        (
            "Free days are given once to each person, and this card or this address has had them. So the membership"
            f" was not started, and {charged}.",
            f"To read on, choose a plan: {facts.offer.price}. It starts at once, and so does the first payment.",
        ),
        *_plans_button(sender),
    )


# A membership


def _welcome(facts: LetterFacts, sender: Sender) -> Words:
    charge = facts.date(facts.charge_at)
    if facts.is_in_free_days:
        subject = f"Your membership at {sender.name}: {facts.charge} on {charge}"
        payment = (
            f"Your free days go on. On {charge} {facts.charge} is charged by {sender.name} to {facts.card}, unless you"
            " cancel before."
        )
        until = f"until {charge}, and nothing is charged"
    else:
        subject = f"Your membership at {sender.name} has begun"
        payment = f"The next payment is on {charge}: {facts.charge} by {sender.name} from {facts.card}."
        until = "until the end of what you have paid for, and nothing more is charged"
    return Words(
        subject,
        (f"Your plan is {_plan_name(facts)}{facts.price} until you cancel.", payment),
        *_account_button(sender),
        adds=(
            "You can cancel at any time, in two clicks on your account page, or by this link without signing in. You"
            f" then read on {until}.",
        ),
        link=CANCEL,
        link_url=_cancel_url(facts, sender),
    )


def _card_trial_ends(facts: LetterFacts, sender: Sender) -> Words:
    charge = facts.date(facts.charge_at)
    return Words(
        f"Your free days end on {charge}: {facts.charge} is charged",
        (
            f"{facts.charge} is charged on {charge} by {sender.name} to {facts.card}, unless you cancel before. From"
            f" then on it is {facts.price} until you cancel.",
            "To continue there is nothing to do. The link below cancels without signing in: you then read on until"
            f" {charge}, and nothing is charged.",
        ),
        *_cancel_button(facts, sender),
        link="Look at your account",
        link_url=_account_url(sender),
    )


def _yearly_renewal(facts: LetterFacts, sender: Sender) -> Words:
    charge = facts.date(facts.charge_at)
    if facts.plan == "yearly":
        subject = f"Your yearly membership renews on {charge}: {facts.charge}"
        then = f"It pays for another year; after that it is {facts.price} until you cancel."
    else:
        subject = f"Your yearly membership ends on {charge}: then {facts.price}"
        then = f"As you chose, the membership goes on with the other plan: {facts.price} until you cancel."
    return Words(
        subject,
        (
            f"{facts.charge} is charged on {charge} by {sender.name} to {facts.card}, unless you cancel before. {then}",
            "To continue there is nothing to do. The link below cancels without signing in: you then read on until"
            f" {charge}, and nothing more is charged.",
        ),
        *_cancel_button(facts, sender),
        link="Look at your account",
        link_url=_account_url(sender),
    )


def _cancelled(facts: LetterFacts, sender: Sender) -> Words:
    if facts.ends_at is not None and facts.ends_at <= facts.now:
        return _ended(facts, sender)
    charged = "Nothing is charged." if facts.is_in_free_days else "Nothing more is charged."
    if facts.ends_at is None:
        return Words("Your membership is cancelled", (f"{charged} {KEPT}",), *_account_button(sender))
    return Words(
        f"Cancelled. You read on until {facts.on(facts.ends_at)}",
        (f"Your membership is cancelled. Your last moment is {facts.at(facts.ends_at)}. {charged} {KEPT}",),
        "Keep my membership",
        f"{_account_url(sender)}#membership",
        adds=("If you meant to cancel, there is nothing more to do.",),
    )


def _kept(facts: LetterFacts, sender: Sender) -> Words:
    return Words(
        f"Your membership at {sender.name} goes on",
        (
            "Its cancellation was taken back.",
            f"The next payment is on {facts.date(facts.charge_at)}: {facts.charge} by {sender.name} from {facts.card}."
            f" It is {facts.price} until you cancel.",
        ),
        *_account_button(sender),
        adds=("You can cancel again at any time, on your account page or by this link without signing in.",),
        link=CANCEL,
        link_url=_cancel_url(facts, sender),
    )


def _ended(facts: LetterFacts, sender: Sender) -> Words:
    when = f"It ended on {facts.on(facts.ends_at)}. " if facts.ends_at else ""
    return Words(
        "Your membership has ended",
        (
            f"{when}Nothing more is charged. {KEPT}",
            f"To read on, take a plan: {facts.offer.price}, from the day you take it.",
        ),
        *_plans_button(sender),
    )


# Payments


def _payment_failed(facts: LetterFacts, sender: Sender) -> Words:
    when = f" on {facts.on(facts.past_due_since)}" if facts.past_due_since else ""
    next_try = facts.next_try_at
    again = f"We try again on {facts.on(next_try)}. " if next_try and next_try > facts.now else ""
    return Words(
        "Your payment did not go through",
        (
            f"{facts.amount} could not be charged{when} to {facts.card}. {_grace_line(facts)}",
            f"{again}You can pay now, with this card or another one.",
        ),
        *_pay_button("Put the payment right", sender),
        adds=(LEAVING,),
        link=CANCEL,
        link_url=_cancel_url(facts, sender),
    )


def _card_confirmation(facts: LetterFacts, sender: Sender) -> Words:
    return Words(
        "Your bank asks you to confirm a payment",
        (f"{facts.amount} from {facts.card} waits until you confirm it with your bank. {_grace_line(facts)}",),
        *_pay_button("Confirm the payment", sender),
        adds=(LEAVING,),
        link=CANCEL,
        link_url=_cancel_url(facts, sender),
    )


def _duplicate_refunded(facts: LetterFacts, sender: Sender) -> Words:
    back = (
        f"and {facts.amount}, all that was paid for it, is on its way back to you. {BANKS}"
        if facts.amount_cents
        else "and nothing had been charged for it."
    )
    return Words(
        "You had two memberships: the second one is ended",
        (f"You had two memberships at once. The second one is ended, {back}", "The first one goes on as it was."),
        *_account_button(sender),
    )


def _refunded(facts: LetterFacts, sender: Sender) -> Words:
    back = (
        f"We have given back {facts.amount} and ended your membership. {BANKS}"
        if facts.amount_cents
        else "We have ended your membership."
    )
    return Words(
        f"{facts.amount} is on its way back to you" if facts.amount_cents else "Your membership has ended",
        (f"{back} Nothing more is charged. {KEPT}",),
        *_account_button(sender),
        adds=(f"Questions about it reach us at {sender.contact}.",),
    )


def _disputed(facts: LetterFacts, sender: Sender) -> Words:
    return Words(
        "Your membership has ended",
        (
            "Your bank disputed the payment for your membership, so the membership was ended at once. Nothing more is"
            f" charged. {KEPT}",
            f"If that was a mistake, or you want to stay, write to us at {sender.contact} and we put it right.",
        ),
        *_account_button(sender),
    )


# Parts


def _grace_line(facts: LetterFacts) -> str:
    until = facts.grace_until
    if until is None:
        return KEPT
    if until <= facts.now:
        return f"Reading stopped on {facts.on(until)}. {KEPT}"
    return f"You can read everything until {facts.at(until)}; after that reading stops until it is paid. {KEPT}"


def _plan_name(facts: LetterFacts) -> str:
    return f"the {facts.plan} one, " if facts.plan in UNITS else ""


def _account_url(sender: Sender) -> str:
    return f"{sender.url}/account/"


def _cancel_url(facts: LetterFacts, sender: Sender) -> str:
    return facts.cancel_url or _account_url(sender)


def _account_button(sender: Sender) -> tuple[str, str]:
    return "Look at your account", _account_url(sender)


def _plans_button(sender: Sender) -> tuple[str, str]:
    return "See the plans", f"{sender.url}/membership/"


def _pay_button(button: str, sender: Sender) -> tuple[str, str]:
    return button, f"{_account_url(sender)}#pay"


def _cancel_button(facts: LetterFacts, sender: Sender) -> tuple[str, str]:
    return CANCEL, _cancel_url(facts, sender)


LETTERS: dict[str, Callable[[LetterFacts, Sender], Words]] = {
    "trial_started": _trial_started,
    "trial_ends_in_7_days": _trial_ends,
    "trial_ends_in_1_day": _trial_ends,
    "trial_over": _trial_over,
    "second_trial": _second_trial,
    "welcome": _welcome,
    "card_trial_ends_in_7_days": _card_trial_ends,
    "yearly_renewal": _yearly_renewal,
    "cancelled": _cancelled,
    "kept": _kept,
    "ended": _ended,
    "payment_failed": _payment_failed,
    "card_confirmation": _card_confirmation,
    "duplicate_refunded": _duplicate_refunded,
    "refunded": _refunded,
    "disputed": _disputed,
}
