"""Several browsers, workers and deliveries at the same moment, each with a connection of its own."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import time_machine
from django.db import connection, connections
from django.test import Client
from django.utils import timezone

from billing.gateway import inbox
from billing.gateway.sync import sync_customer
from billing.models import AccessLine, CheckoutSession, Customer, Letter, StripeEvent
from tests.billing.paying import GOOD, SECRET, Paying, make_stand_in
from tests.make import make_reader

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.service]


@pytest.fixture
def shared(transactional_db, settings):
    """As `paying`, on the real clock and a database that several connections share."""
    if connection.vendor == "sqlite" and "memory" in str(connection.settings_dict["NAME"]):
        pytest.skip("SQLite in memory has one connection")
    stand_in = make_stand_in()
    settings.STRIPE_SECRET_KEY = "sk_test_of_the_tests"
    settings.STRIPE_WEBHOOK_SECRETS = [SECRET]
    settings.STRIPE_API_BASE = stand_in.url
    site = Paying(stand_in, time_machine)
    stand_in.deliver = site.post
    yield site
    stand_in.stop()
    assert stand_in.refused == []


def at_once(*works: Callable[[], object]) -> list:
    barrier = Barrier(len(works))

    def run(work: Callable[[], object]) -> object:
        try:
            barrier.wait(10)
            return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def overdue_reader():
    from datetime import timedelta

    return make_reader(timezone.now() - timedelta(days=20))


def test_two_tabs_meet_one_page_of_stripe_s(shared):
    """B19"""
    reader = overdue_reader()

    def click() -> str:
        client = Client()
        client.force_login(reader)
        return client.post("/membership/checkout/", {"plan": "monthly"}).url

    urls = at_once(click, click)
    assert len(set(urls)) == 1
    assert CheckoutSession.objects.filter(closed_at=None).count() == 1
    assert len(shared.stand_in.all("customer")) == 1


def test_one_delivery_ten_times_at_once_has_one_effect(shared):
    """B07"""
    reader = overdue_reader()
    shared.stand_in.complete_checkout(shared.open_checkout(reader), GOOD)
    event = next(one for one in shared.stand_in.outbox if one["type"] == "customer.subscription.created")
    body, signature = shared.stand_in.signed(event)
    assert set(at_once(*[lambda: shared.post(body, signature)] * 10)) == {200}
    row = StripeEvent.objects.get()
    at_once(*[lambda: inbox.process(row.pk, timezone.now())] * 4)
    assert StripeEvent.objects.get().outcome == "done"
    assert AccessLine.objects.filter(user=reader, cause="stripe").count() == 1
    assert Letter.objects.filter(user=reader, kind="welcome").count() == 1


def test_many_syncs_at_once_write_one_answer(shared):
    reader = overdue_reader()
    shared.stand_in.complete_checkout(shared.open_checkout(reader), GOOD)
    customer = Customer.objects.get(user=reader)
    shared.stand_in.subscribe_beside(customer.stripe_id, "monthly")
    at_once(*[lambda: sync_customer(customer.pk, timezone.now())] * 4)
    assert len(shared.living(reader)) == 1
    assert [one["amount"] for one in shared.stand_in.refunds()] == [1000]
    assert AccessLine.objects.filter(user=reader, cause="duplicate").count() == 1
    assert Customer.objects.get(pk=customer.pk).lease is None
