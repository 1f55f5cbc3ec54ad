"""The line above every page: what a reader should know now, and the one thing to do. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from math import ceil

from billing import phrases
from billing.entitlement import Access
from billing.facts import DAY, Facts

LAST_DAYS = timedelta(days=3)
LAST_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class BannerWords:
    title: str
    text: str
    action: str
    route: str
    is_alert: bool = False


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
    until = facts.grace_until
    text = f"Nothing changes until {facts.on(until)}." if facts.access.is_granted and until else "Reading has stopped."
    return BannerWords("Your payment did not go through.", text, "Your account", "account", is_alert=True)


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
}
