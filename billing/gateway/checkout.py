"""To Stripe's payment page: at most one open for a reader, none while a subscription lives."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from billing import phrases
from billing.entitlement import Access, access_of
from billing.findings import report
from billing.gateway.client import asking_stripe
from billing.gateway.customers import customer_of, ensure_at_stripe
from billing.gateway.errors import AlreadyMember, NotPossible
from billing.gateway.lease import Lease, lease_of
from billing.gateway.sync import sync_leased
from billing.models import ENDED_STATUSES, CheckoutSession, Consent
from billing.plans import facts_of, plan_cents
from billing.standing import rules, standing_of
from billing.trial import may_claim_trial

OPEN_FOR = timedelta(hours=1)
# Stripe wants free days to end at least 48 hours ahead; a minute more covers the way there.
LEAST_FREE = timedelta(hours=48, minutes=1)


def open_checkout(user, plan: str, now: datetime, *, ip: str | None, user_agent: str) -> str:
    """The address of Stripe's payment page. AlreadyMember, NotPossible or StripeAway where there is none to go to."""
    customer = customer_of(user)
    with lease_of(customer.pk) as lease:
        sync_leased(lease, now)
        refuse_second(lease)
        customer_id = ensure_at_stripe(lease, user, now)
        free_until = free_until_of(user, now)
        text = consent_text(user, plan, free_until, now)
        url = _open_one(lease, plan, free_until, text, now)
        if url:
            return url
        price_id = price_of(plan, now)
        with lease.writing() as held:
            if held.user_id is None:
                raise NotPossible("This account was deleted a moment ago. Nothing was charged.")
            session = CheckoutSession.objects.create(customer=held, plan=plan, free_until=free_until, created_at=now)
            Consent.objects.create(
                customer=held,
                at=now,
                plan=plan,
                price_cents=plan_cents(plan),
                currency=settings.PLAN_CURRENCY,
                first_charge_at=free_until or now,
                text=text,
                ip=ip,
                user_agent=user_agent[:300],
            )
        return _make(lease, session, customer_id, price_id, text)


def refuse_second(lease: Lease) -> None:
    """Whatever lives may still charge, so nothing is put beside it."""
    living = lease.customer().subscriptions.exclude(status__in=ENDED_STATUSES).first()
    if living is not None:
        raise AlreadyMember("You have a membership already. Your account page shows it and what can be done.")


def free_until_of(user, now: datetime) -> datetime | None:
    """Until when a plan taken now costs nothing: the free days that are left, where they are long enough to keep."""
    standing = standing_of(user)
    assert standing is not None
    if settings.TRIAL_REQUIRES_CARD and access_of(standing, now, rules()) is Access.CARD_NEEDED:
        return now + timedelta(days=settings.TRIAL_DAYS) if may_claim_trial(user) else None
    ends_at = standing.trial_ends_at
    return ends_at if ends_at is not None and ends_at - now >= LEAST_FREE else None


def consent_text(user, plan: str, free_until: datetime | None, now: datetime) -> str:
    """What is agreed to, in the reader's time zone; stands on Stripe's page beside the button and in our record."""
    with timezone.override(user.zone):
        price = facts_of(user, now).offer.plan_price(plan)
        if free_until is None:
            return f"{phrases.capital(price)}, from today until you cancel, in two clicks on your account page."
        first = phrases.day(free_until, now, user.zone)
    return f"Free until {first}, then {price} until you cancel, in two clicks on your account page."


def price_of(plan: str, now: datetime) -> str:
    """Stripe's price for the plan. NotPossible where it is not the one that our pages show."""
    key = settings.PLAN_LOOKUP_KEYS[plan]
    with asking_stripe() as client:
        rows = client.v1.prices.list({"lookup_keys": [key], "active": True, "limit": 1}).data
    price = rows[0].to_dict() if rows else {}
    shown = (plan_cents(plan), settings.PLAN_CURRENCY)
    if (price.get("unit_amount"), (price.get("currency") or "").upper()) != shown:
        report("price_differs", key, "The price at Stripe is missing or not the one that the pages show.", now)
        raise NotPossible("This plan cannot be taken just now. We have been told, and nothing was charged.")
    return price["id"]


def is_own_session(user, session_id: str) -> bool:
    return CheckoutSession.objects.filter(customer__user=user, stripe_id=session_id).exists()


def _open_one(lease: Lease, plan: str, free_until: datetime | None, text: str, now: datetime) -> str:
    """The page that is open already, where it says the same, the price too; another one is closed first."""
    customer = lease.customer()
    session = customer.checkout_sessions.filter(closed_at=None).first()
    if session is None:
        return ""
    agreed = customer.consents.order_by("-pk").values_list("text", flat=True).first()
    wanted = (plan, free_until, text)
    if session.stripe_id:
        with asking_stripe() as client:
            found = client.v1.checkout.sessions.retrieve(session.stripe_id)
            if found.status == "open" and (session.plan, session.free_until, agreed) == wanted:
                return str(found.url)
            if found.status == "open":
                client.v1.checkout.sessions.expire(session.stripe_id)
    with lease.writing():
        CheckoutSession.objects.filter(pk=session.pk).update(closed_at=now)
    # It may have been paid between our look at the subscriptions and now.
    sync_leased(lease, now)
    refuse_second(lease)
    return ""


def _make(lease: Lease, session: CheckoutSession, customer_id: str, price_id: str, text: str) -> str:
    key = str(lease.customer().key)
    back = settings.SITE_URL + reverse("welcome")
    subscription: dict = {"metadata": {"reader": key}}
    if session.free_until:
        subscription["trial_end"] = int(session.free_until.timestamp())
        subscription["trial_settings"] = {"end_behavior": {"missing_payment_method": "cancel"}}
    with asking_stripe() as client:
        made = client.v1.checkout.sessions.create(
            {
                "mode": "subscription",
                "customer": customer_id,
                "client_reference_id": key,
                "line_items": [{"price": price_id, "quantity": 1}],
                "payment_method_collection": "always",
                "success_url": f"{back}?session_id={{CHECKOUT_SESSION_ID}}",
                "cancel_url": settings.SITE_URL + reverse("plans"),
                "expires_at": int((session.created_at + OPEN_FOR).timestamp()),
                "custom_text": {"submit": {"message": text}},
                "metadata": {"reader": key},
                "subscription_data": subscription,
            },
            {"idempotency_key": f"co:{key}:{session.plan}:{session.nonce}"},
        )
    with lease.writing():
        CheckoutSession.objects.filter(pk=session.pk).update(stripe_id=made.id, url=str(made.url))
    return str(made.url)
