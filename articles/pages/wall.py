"""What stands where the text ends: one heading, one sentence on what to do, one way on. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from billing.entitlement import Access


@dataclass(frozen=True, slots=True)
class Wall:
    heading: str
    sentence: str
    action: str = ""
    route: str = ""  # the name of the address that the action leads to
    is_for_visitors: bool = False  # brings the form to sign up
    shows_prices: bool = True


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
    Access.PAST_DUE: Wall(
        "Your payment did not go through",
        "Give us a card that works on your account page, and the whole text is back within a minute.",
        "Go to your account",
        "account",
    ),
    Access.LAPSED: Wall(
        "Your membership is not running",
        "Choose a plan to read on; your account page says what ended it and when.",
        "Choose a plan",
        "plans",
    ),
}


def wall_for(access: Access) -> Wall | None:
    """The wall for a reader who was refused, None for one who was let in."""
    return None if access.is_granted else WALLS[access]
