"""The site and the stand-in for Stripe on one clock: what readers click, what Stripe delivers, what time does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import stripe
import time_machine
from django.test import Client
from django.utils import timezone

from accounts.models import User
from billing.entitlement import Access, access_of
from billing.gateway import inbox
from billing.models import ENDED_STATUSES, Customer, Membership
from billing.record import replayed
from billing.standing import rules, standing_of
from tests.make import make_reader
from tests.stripe_api import StandIn

SECRET = "whsec_of_the_tests"
GOOD, DECLINES_LATER, ASKS_LATER, DECLINES = (
    "4242424242424242",
    "4000000000000341",
    "4000002500003155",
    "4000000000000002",
)
BEGIN = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


class Paying:
    """Everything between a click and a row."""

    def __init__(self, stand_in: StandIn, traveller) -> None:
        self.stand_in, self.traveller = stand_in, traveller

    # Time

    def wait(self, **length: float) -> None:
        """Let time pass at Stripe and here; what Stripe has to tell waits in its outbox."""
        then = timezone.now() + timedelta(**length)
        self.stand_in.advance(then)
        self.traveller.move_to(then, tick=False)

    # What Stripe delivers

    def post(self, body: bytes, signature: str | None) -> int:
        headers = {} if signature is None else {"HTTP_STRIPE_SIGNATURE": signature}
        return Client().post("/membership/webhook/", body, content_type="application/json", **headers).status_code

    def deliver(self, **how) -> list[int]:
        """Everything in the outbox, then the worker's sweep."""
        answers = self.stand_in.flush(**how)
        self.work()
        return answers

    def lose(self) -> None:
        self.stand_in.outbox.clear()

    def work(self) -> None:
        inbox.sweep(timezone.now())

    # What readers do

    def reader(self, days: float = 0, **facts) -> User:
        return make_reader(timezone.now() - timedelta(days=days), **facts)

    def browser(self, user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    def open_checkout(self, user: User, plan: str = "monthly", client: Client | None = None) -> str:
        """Click on the plans page; the id of the session at Stripe."""
        answer = (client or self.browser(user)).post("/membership/checkout/", {"plan": plan})
        assert answer.status_code in {302, 303}, answer.content.decode()[:2000]
        assert answer.url.startswith(self.stand_in.url), answer.url
        return self.sessions(user)[-1]["id"]

    def sessions(self, user: User) -> list[dict]:
        customer = Customer.objects.get(user=user)
        return [one for one in self.stand_in.sessions() if one["customer"] == customer.stripe_id]

    def come_back(self, user: User, session_id: str) -> str:
        answer = self.browser(user).get("/membership/welcome/", {"session_id": session_id})
        assert answer.status_code == 200
        return answer.text

    def subscribe(self, user: User, plan: str = "monthly", card: str = GOOD) -> dict:
        """Click, pay at Stripe, come back."""
        session_id = self.open_checkout(user, plan)
        subscription = self.stand_in.complete_checkout(session_id, card)
        self.come_back(user, session_id)
        return subscription

    def click(self, user: User, path: str, **data) -> str:
        answer = self.browser(user).post(path, data, follow=True)
        assert answer.status_code == 200, (path, answer.status_code)
        return answer.text

    # What is so

    def access(self, user: User) -> Access:
        return access_of(standing_of(User.objects.get(pk=user.pk)), timezone.now(), rules())

    def row(self, user: User) -> Membership:
        return Membership.objects.get(user=user)

    def at_stripe(self, user: User) -> list[dict]:
        """The reader's subscriptions at Stripe, the living ones first."""
        customer = Customer.objects.filter(user=user).first()
        found = self.stand_in.subscriptions(customer.stripe_id) if customer and customer.stripe_id else []
        return sorted(found, key=lambda one: one["status"] in ENDED_STATUSES)

    def living(self, user: User) -> list[dict]:
        return [one for one in self.at_stripe(user) if one["status"] not in ENDED_STATUSES]


def moment(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def make_stand_in(deliver: Callable[[bytes, str], int] | None = None) -> StandIn:
    stand_in = StandIn(now=timezone.now(), secret=SECRET, deliver=deliver)
    stand_in.start(port=0)
    return stand_in


def assert_lines_add_up() -> None:
    """Replaying a reader's lines gives today's answer, after whatever a test has done."""
    for user in User.objects.filter(membership__isnull=False, is_active=True):
        standing = standing_of(user)
        # Readers of tests are made with a proven address; nobody has opened a link.
        told = replace(replayed(user), is_verified=standing.is_verified)
        assert access_of(told, timezone.now(), rules()) is access_of(standing, timezone.now(), rules()), user.email


@pytest.fixture
def paying(db, settings, monkeypatch) -> Iterator[Paying]:
    """A site where payment is on. At the end nothing that was sent to Stripe may have been refused as ill-formed."""
    with time_machine.travel(BEGIN, tick=False) as traveller:
        # The SDK waits before it tries again; how long is not what is tested.
        monkeypatch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0.001)
        monkeypatch.setattr(stripe.HTTPClient, "MAX_DELAY", 0.002)
        stand_in = make_stand_in()
        settings.STRIPE_SECRET_KEY = "sk_test_of_the_tests"
        settings.STRIPE_WEBHOOK_SECRETS = [SECRET]
        settings.STRIPE_API_BASE = stand_in.url
        settings.STRIPE_TIMEOUT_SECONDS = 1
        site = Paying(stand_in, traveller)
        stand_in.deliver = site.post
        yield site
        stand_in.stop()
        assert_lines_add_up()
        assert stand_in.refused == []
        assert stand_in.faults_of_ours == []
