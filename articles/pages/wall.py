"""What stands where the text ends: one heading, one sentence on what to do, one way on. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from billing.entitlement import Access, Standing
from billing.facts import is_living


@dataclass(frozen=True, slots=True)
class Wall:
    heading: str
    sentence: str
    action: str = ""
    route: str = ""  # the name of the address that the action leads to
    is_for_visitors: bool = False  # brings the form to sign up
    shows_prices: bool = True


def _mended_on_account(heading: str, sentence: str) -> Wall:
    return Wall(heading, sentence, "Go to your account", "account", shows_prices=False)


WALLS = {
    Access.VISITOR: Wall("Sign up to read this article", "", is_for_visitors=True),
    Access.MUST_VERIFY: Wall(
        "Confirm your address to read on",
        "Open the link in the e-mail we sent when you signed up, or have a new one sent; your free days run meanwhile.",
        "Send a new link",
        "account_email",
        shows_prices=False,
    ),
    Access.TRIAL_OVER: Wall(
        "Your free days are over",
        "Nothing was charged; to read on, choose a plan and cancel it whenever you like.",
        "Choose a plan",
        "plans",
    ),
    Access.CARD_NEEDED: Wall(
        "Begin your free days to read this article",
        "Choose a plan and give a card: nothing is charged before the free days are over, and two clicks cancel it.",
        "Choose a plan",
        "plans",
    ),
    Access.NO_TRIAL: Wall(
        "Become a member to read this article",
        "Free days are given once to each person, so the way in is a plan.",
        "Choose a plan",
        "plans",
    ),
    Access.PAST_DUE: _mended_on_account(
        "Your payment did not go through",
        "Give us a card that works on your account page, and the whole text is back within a minute.",
    ),
    Access.LAPSED: Wall(
        "Your membership has ended",
        "Choose a plan to read on; your account page says what ended it and when.",
        "Choose a plan",
        "plans",
    ),
}


# By Stripe's word for a subscription that gives no access and still stands: no plan can be taken beside it.
NO_WORD = _mended_on_account(
    "Reading waits for word of your payment", "Your account page has a button that asks for it at once."
)
HELD = {
    "active": NO_WORD,
    "trialing": NO_WORD,
    "unpaid": _mended_on_account(
        "Your membership is not paid",
        "Pay what is open on your account page, and the whole text is back within a minute.",
    ),
    "paused": _mended_on_account(
        "Your membership is paused",
        "Nothing is charged meanwhile. Take it up again on your account page whenever you like.",
    ),
    "incomplete": _mended_on_account(
        "Your membership was not completed",
        "The first payment was not confirmed, so nothing was charged. Confirm it, or cancel, on your account page.",
    ),
}
NOT_RUNNING = _mended_on_account(
    "Your membership is not running", "Your account page says why, and what you can do about it."
)


def wall_for(access: Access, standing: Standing | None, now: datetime) -> Wall | None:
    """The wall for a reader who was refused, None for one who was let in. `standing` is None for visitors."""
    if access.is_granted:
        return None
    if access is Access.LAPSED and standing is not None and is_living(standing, now):
        return HELD.get(standing.status, NOT_RUNNING)
    return WALLS[access]
