"""What the account page shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from allauth.socialaccount.models import SocialAccount

from accounts.context import Banner, banner_of
from accounts.models import User
from accounts.second_factor import APP, PASSKEY, kinds_of
from accounts.sessions import SignedIn, sessions_of
from billing.gateway import client
from billing.models import AccessLine
from billing.overview import PaymentView, payment_view
from billing.plans import full_facts_of
from billing.trial_line import TrialLine, trial_line
from billing.words import MembershipWords, membership_words

LINES_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Overview:
    banner: Banner | None
    membership: MembershipWords
    trial: TrialLine | None
    payment: PaymentView | None
    lines: list[AccessLine]
    sessions: list[SignedIn]
    connected: list[str]  # names of providers
    has_app: bool  # for a second step
    has_passkey: bool


def overview_of(user: User, session_key: str | None, now: datetime) -> Overview:
    facts, kinds = full_facts_of(user, now), kinds_of(user)
    return Overview(
        banner=banner_of(facts),
        membership=membership_words(facts),
        trial=trial_line(facts),
        payment=payment_view(facts, can_pay=client.is_on()),
        lines=list(AccessLine.objects.filter(user=user)[:LINES_SHOWN]),
        sessions=sessions_of(user, session_key),
        connected=[one.provider.capitalize() for one in SocialAccount.objects.filter(user=user).order_by("pk")],
        has_app=APP in kinds,
        has_passkey=PASSKEY in kinds,
    )
