"""The reader's one customer at Stripe."""

from __future__ import annotations

from datetime import timedelta

from billing.gateway.client import asking_stripe
from billing.gateway.errors import Missing, StripeAway
from billing.gateway.lease import Lease
from billing.models import Customer

# Stripe forgets idempotency keys after a day, so an older attempt whose answer we missed is looked for.
KEY_IS_GOOD_FOR = timedelta(hours=20)


def customer_of(user) -> Customer:
    """The row, made at first need; whether Stripe knows it is another matter."""
    return Customer.objects.get_or_create(user=user)[0]


def ensure_at_stripe(lease: Lease, user, now) -> str:
    """The id at Stripe, made there at first need under a key that makes it once; a changed address is told."""
    customer = lease.customer()
    stripe_id = customer.stripe_id if not customer.is_lost else None
    with asking_stripe() as client:
        if not stripe_id and now - customer.created_at > KEY_IS_GOOD_FOR:
            stripe_id = _find(client, user.email, str(customer.key))
        if not stripe_id:
            # Its parameters never change, else Stripe would refuse the key.
            key = f"cust:{customer.key}" + (f":{customer.stripe_id}" if customer.is_lost else "")
            made = client.v1.customers.create({"metadata": {"reader": str(customer.key)}}, {"idempotency_key": key})
            stripe_id = made.id
        if customer.email != user.email or stripe_id != customer.stripe_id:
            client.v1.customers.update(stripe_id, {"email": user.email})
    with lease.writing() as held:
        Customer.objects.filter(pk=held.pk).update(stripe_id=stripe_id, email=user.email, is_lost=False)
    return stripe_id


def tell_address(lease: Lease) -> None:
    """Receipts follow the reader to a new address. A refusal changes nothing else; the next sync tells it again."""
    customer = lease.customer()
    if customer.user is None or customer.is_lost or customer.email == customer.user.email:
        return
    email = customer.user.email
    try:
        with asking_stripe() as client:
            client.v1.customers.update(str(customer.stripe_id), {"email": email})
    except (StripeAway, Missing):
        return
    with lease.writing() as held:
        Customer.objects.filter(pk=held.pk).update(email=email)


def _find(client, email: str, key: str) -> str | None:
    rows = client.v1.customers.list({"email": email, "limit": 100}).data
    return next((row.id for row in rows if (row.to_dict().get("metadata") or {}).get("reader") == key), None)
