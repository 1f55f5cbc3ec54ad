"""One process at a time talks to Stripe about a customer.

A row lock would do it too, but holding one while Stripe takes its time keeps a transaction open over the network: on
SQLite nobody else could write meanwhile. So a lease is taken and given back in short transactions, and every write
under it checks that it is still held: who lost it (a process that slept for a minute) cannot write an older answer
over a newer one.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from billing.gateway.errors import StripeAway
from billing.models import Customer

HELD_FOR = timedelta(seconds=90)
WAIT_SECONDS = 20
LOOK_AGAIN_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Lease:
    customer_pk: int
    token: uuid.UUID

    def customer(self) -> Customer:
        return Customer.objects.select_related("user").get(pk=self.customer_pk)

    @contextmanager
    def writing(self) -> Iterator[Customer]:
        """A transaction in which nobody else can take the lease. StripeAway where it was lost."""
        with transaction.atomic():
            customer = Customer.objects.select_for_update().filter(pk=self.customer_pk, lease=self.token).first()
            if customer is None:
                raise StripeAway("the lease was lost")
            yield customer


@contextmanager
def lease_of(customer_pk: int, wait_seconds: float = WAIT_SECONDS) -> Iterator[Lease]:
    """StripeAway where another process keeps it for longer than we wait."""
    lease = Lease(customer_pk, uuid.uuid4())
    until = time.monotonic() + wait_seconds
    while not _take(lease):
        if time.monotonic() > until:
            raise StripeAway("another process is at it")
        time.sleep(LOOK_AGAIN_SECONDS)
    try:
        yield lease
    finally:
        Customer.objects.filter(pk=customer_pk, lease=lease.token).update(lease=None, leased_until=None)


def _take(lease: Lease) -> bool:
    now = timezone.now()
    is_free = Q(lease=None) | Q(leased_until__lt=now)
    taken = Customer.objects.filter(is_free, pk=lease.customer_pk).update(
        lease=lease.token, leased_until=now + HELD_FOR
    )
    return taken == 1
