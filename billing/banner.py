"""The line above every page: what a reader should know now, and the one thing to do. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from math import ceil

from billing import phrases
from billing.entitlement import Access
from billing.facts import DAY, Facts, SubscriptionFacts

LAST_DAYS = timedelta(days=3)
LAST_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class BannerWords:
    title: str
    text: str
    action: str
    route: str
    is_alert: bool = False
    anchor: str = ""  # "#pay": the part of the page


def banner_words(facts: Facts) -> BannerWords | None:
    """What a reader should know now, None where there is nothing to do."""
    make = BANNERS.get(facts.access)
    return make(facts) if make else None


def _unverified_banner(facts: Facts) -> BannerWords:
    hours = ceil((facts.verify_by - facts.now) / timedelta(hours=1))
    left = f"{hours} hour{'' if hours == 1 else 's'} left"
    return BannerWords(
        "Confirm your address.", f"Open the link in the e-mail that we sent: {left}.", "Send it again", "account_email"
    )


def _must_verify_banner(facts: Facts) -> BannerWords:
    return BannerWords(
        "Confirm your address to read on.",
        "Open the link in the e-mail that we sent.",
        "Send it again",
        "account_email",
    )


def _trial_banner(facts: Facts) -> BannerWords | None:
    left = facts.trial_ends_at - facts.now
    if left > LAST_DAYS:
        return None
    days = ceil(left / DAY)
    return BannerWords(
        "Your last free day." if days == 1 else f"{phrases.capital(phrases.counted_days(days))} left.",
        f"Your free days end by themselves on {facts.at(facts.trial_ends_at)}. Nothing is charged.",
        "See the plans",
        "plans",
    )


def _past_due_banner(facts: Facts) -> BannerWords:
    until, own = facts.grace_until, facts.subscription
    text = f"Nothing changes until {facts.on(until)}." if facts.access.is_granted and until else "Reading has stopped."
    if own is not None and own.needs_confirmation:
        title, text = "Your bank asks you to confirm the payment.", f"{_what_is_due(own)}{text}"
        return BannerWords(title, text, "Confirm it", "account", is_alert=True, anchor="#membership")
    if own is not None:
        again = f" We try again on {facts.on(own.next_try_at)}." if own.next_try_at else ""
        text = f"{_what_is_due(own)}{text}{again}"
    title = "Your payment did not go through."
    return BannerWords(title, text, "Use another card", "account", is_alert=True, anchor="#pay")


def _what_is_due(own: SubscriptionFacts) -> str:
    card = f" on the card ending {own.card_last4}" if own.card_last4 else ""
    return f"It is about {own.due}{card}. " if own.due else ""


def _card_needed_banner(facts: Facts) -> BannerWords:
    days = phrases.capital(facts.offer.free_days_words)
    return BannerWords(
        "Your free days have not begun.", f"{days} free, once a card is given.", "See the plans", "plans"
    )


def _given_banner(facts: Facts) -> BannerWords | None:
    if facts.given_until - facts.now > LAST_DAYS:
        return None
    return BannerWords(
        f"Your membership as our guest ends on {facts.on(facts.given_until)}.",
        "Nothing is charged.",
        "Your account",
        "account",
    )


def _cancelled_banner(facts: Facts) -> BannerWords | None:
    end = facts.paid_end
    if end is None or end - facts.now > LAST_WEEK:
        return None
    return BannerWords(
        f"Your membership ends on {facts.on(end)}.", "Nothing more is charged.", "Your account", "account"
    )


BANNERS: dict[Access, Callable[[Facts], BannerWords | None]] = {
    Access.UNVERIFIED_GRACE: _unverified_banner,
    Access.MUST_VERIFY: _must_verify_banner,
    Access.TRIAL: _trial_banner,
    Access.PAST_DUE_GRACE: _past_due_banner,
    Access.PAST_DUE: _past_due_banner,
    Access.CANCELLED_RUNNING: _cancelled_banner,
    Access.CARD_NEEDED: _card_needed_banner,
    Access.GIVEN: _given_banner,
}
