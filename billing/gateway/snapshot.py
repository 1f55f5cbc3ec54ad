"""Stripe's objects, as plain dictionaries of the pinned API version -> the facts that we keep. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from billing import phrases

ENDED = frozenset({"canceled", "incomplete_expired"})
# Where several live side by side the one that lets its reader in counts, then the one that was first.
RANKS = {"active": 0, "trialing": 0, "past_due": 1}
OTHER_RANK = 2

Object = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Card:
    brand: str
    last4: str
    expires: str  # "08/27"
    fingerprint: str


@dataclass(frozen=True, slots=True)
class SubscriptionSnapshot:
    stripe_id: str
    item_id: str
    status: str
    plan: str  # "monthly", "yearly", or empty for a price that we do not know
    price_cents: int
    currency: str
    began_at: datetime
    trial_ends_at: datetime | None
    period_began_at: datetime | None
    period_ends_at: datetime | None
    cancels_at: datetime | None  # also where it has ended: since when it gives nothing
    cancel_asked_at: datetime | None
    is_cancelled_at_period_end: bool
    ended_at: datetime | None
    schedule_id: str
    next_plan: str
    discount: str  # what it takes off the price: "20%", "£2"; empty where there is none
    card: Card | None
    next_cents: int | None = None  # what the next payment comes to, where a discount applies and it is known

    @property
    def is_live(self) -> bool:
        return self.status not in ENDED


@dataclass(frozen=True, slots=True)
class RefundSnapshot:
    stripe_id: str
    payment_id: str
    invoice_id: str  # Stripe's, of the invoice that the payment was for
    amount_cents: int
    currency: str
    status: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class InvoiceSnapshot:
    stripe_id: str
    subscription_id: str
    number: str
    status: str
    reason: str
    total_cents: int
    due_cents: int
    currency: str
    issued_at: datetime
    is_tried: bool
    next_try_at: datetime | None
    discount_cents: int
    page_url: str
    pdf_url: str
    credited_unpaid_cents: int = 0  # by credit notes, while it was open: so much less was asked for
    credited_paid_cents: int = 0  # by credit notes, after it was paid; a refund that one of them came with is among it

    @property
    def is_failed(self) -> bool:
        """Asked for, tried and not paid."""
        return self.status == "open" and self.is_tried


def moment(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def known_moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def plan_of(price: Object, plans: Mapping[str, str]) -> str:
    """The plan of a price. `plans` maps lookup keys to plans.

    A key moves on to the new price when prices change; the old one keeps the plan in its metadata.
    """
    return plans.get(price.get("lookup_key") or "", "") or (price.get("metadata") or {}).get("newssite_plan", "")


def is_ours(subscription: Object, plans: Mapping[str, str], known: Iterable[str] = ()) -> bool:
    """Whether a subscription is to this site: an account at Stripe may sell other things too."""
    price = _item(subscription).get("price") or {}
    has_our_mark = "reader" in (subscription.get("metadata") or {})
    return bool(plan_of(price, plans)) or has_our_mark or subscription["id"] in known


def read_subscription(
    found: Object, plans: Mapping[str, str], default_card: Card | None = None, customers_discount: object = None
) -> SubscriptionSnapshot:
    """What the subscription and its customer say of themselves; `next_cents` is another question to Stripe."""
    item = _item(found)
    price = item.get("price") or {}
    period_ends_at = moment(item.get("current_period_end"))
    ended_at = moment(found.get("ended_at"))
    # Flexible billing sets cancel_at alone, our own button the flag: either means cancelled.
    cancels_at = moment(found.get("cancel_at")) or (period_ends_at if found.get("cancel_at_period_end") else None)
    plan = plan_of(price, plans)
    schedule = found.get("schedule")
    return SubscriptionSnapshot(
        stripe_id=found["id"],
        item_id=item.get("id", ""),
        status=found["status"],
        plan=plan,
        price_cents=price.get("unit_amount") or 0,
        currency=(price.get("currency") or "").upper(),
        began_at=known_moment(found["created"]),
        trial_ends_at=moment(found.get("trial_end")),
        period_began_at=moment(item.get("current_period_start")),
        period_ends_at=period_ends_at,
        cancels_at=ended_at or cancels_at,
        cancel_asked_at=moment(found.get("canceled_at")) if cancels_at or ended_at else None,
        is_cancelled_at_period_end=bool(found.get("cancel_at_period_end")),
        ended_at=ended_at,
        schedule_id=_id(schedule),
        next_plan=_next_plan(schedule, plan, plans),
        discount=discount_of(found, customers_discount),
        card=read_card(found.get("default_payment_method")) or default_card,
    )


def discount_of(subscription: Object, customers_discount: object = None) -> str:
    """What a subscription's own discounts take off, else its customer's; "a discount" where it is not expanded."""
    own = [*(subscription.get("discounts") or ()), *(_item(subscription).get("discounts") or ())]
    return " and ".join(_taken_off(one) for one in own or ([customers_discount] if customers_discount else []))[:80]


def _taken_off(discount: object) -> str:
    source = (discount.get("source") or {}) if isinstance(discount, Mapping) else {}
    coupon = source.get("coupon")
    if isinstance(coupon, Mapping) and coupon.get("percent_off"):
        return f"{float(coupon['percent_off']):g}%"
    if isinstance(coupon, Mapping) and coupon.get("amount_off"):
        return phrases.money(coupon["amount_off"], (coupon.get("currency") or "").upper())
    return "a discount"


def read_card(method: object) -> Card | None:
    """None for no card, for another way to pay, and for one that was not expanded."""
    card = method.get("card") if isinstance(method, Mapping) else None
    if not card:
        return None
    return Card(
        brand=card.get("brand") or "",
        last4=card.get("last4") or "",
        expires=f"{card['exp_month']:02d}/{card['exp_year'] % 100:02d}",
        fingerprint=card.get("fingerprint") or "",
    )


def read_invoice(found: Object) -> InvoiceSnapshot:
    times = found.get("status_transitions") or {}
    parent = found.get("parent") or {}
    details = (parent.get("subscription_details") or {}) if parent.get("type") == "subscription_details" else {}
    return InvoiceSnapshot(
        stripe_id=found["id"],
        subscription_id=_id(details.get("subscription")),
        number=found.get("number") or "",
        status=found.get("status") or "",
        reason=found.get("billing_reason") or "",
        total_cents=found.get("total") or 0,
        due_cents=found.get("amount_remaining") or 0,
        currency=(found.get("currency") or "").upper(),
        issued_at=known_moment(times.get("finalized_at") or found["created"]),
        is_tried=bool(found.get("attempted")),
        next_try_at=moment(found.get("next_payment_attempt")),
        discount_cents=sum(one["amount"] for one in found.get("total_discount_amounts") or ()),
        page_url=found.get("hosted_invoice_url") or "",
        pdf_url=found.get("invoice_pdf") or "",
        credited_unpaid_cents=found.get("pre_payment_credit_notes_amount") or 0,
        credited_paid_cents=found.get("post_payment_credit_notes_amount") or 0,
    )


def read_refund(found: Object, payment_id: str, invoice_id: str) -> RefundSnapshot:
    return RefundSnapshot(
        stripe_id=found["id"],
        payment_id=payment_id,
        invoice_id=invoice_id,
        amount_cents=found["amount"],
        currency=found["currency"].upper(),
        status=found.get("status") or "",
        made_at=known_moment(found["created"]),
    )


def credited_of(invoice: InvoiceSnapshot, refunded_cents: int) -> int:
    """What credit notes took off it, beside what went back to the card."""
    return invoice.credited_unpaid_cents + max(0, invoice.credited_paid_cents - refunded_cents)


def current_of(found: Iterable[SubscriptionSnapshot]) -> SubscriptionSnapshot | None:
    """The one that counts: the best living one, else the newest of those that ended."""
    rows = sorted(found, key=lambda one: (one.began_at, one.stripe_id))
    living = [one for one in rows if one.is_live]
    if living:
        return min(living, key=lambda one: (RANKS.get(one.status, OTHER_RANK), one.began_at, one.stripe_id))
    return rows[-1] if rows else None


def paid_until_of(one: SubscriptionSnapshot, known: datetime | None) -> datetime | None:
    """Until when it is paid for; `known` is what was known before.

    A renewal that failed has moved Stripe's period already. A status that we do not know gives nothing new.
    """
    match one.status:
        case "active" | "trialing" | "canceled":
            return one.period_ends_at
        case "past_due" | "unpaid" | "paused":
            return one.period_began_at
        case "incomplete" | "incomplete_expired":
            return None
        case _:
            return known


def past_due_since(one: SubscriptionSnapshot, invoices: Iterable[InvoiceSnapshot]) -> datetime | None:
    """The first try of the oldest payment that is still missing; None where nothing is overdue or it is not known."""
    if one.status not in {"past_due", "unpaid"}:
        return None
    failed = [row.issued_at for row in invoices if row.subscription_id == one.stripe_id and row.is_failed]
    return min(failed, default=one.period_began_at)


def _item(subscription: Object) -> Object:
    rows: list[Object] = (subscription.get("items") or {}).get("data") or [{}]
    return rows[0]


def _id(found: object) -> str:
    """Of an object that may have been expanded."""
    if isinstance(found, Mapping):
        return str(found["id"])
    return str(found or "")


def _next_plan(schedule: object, plan: str, plans: Mapping[str, str]) -> str:
    """The plan of the phase to come, where it is another one."""
    if not isinstance(schedule, Mapping) or schedule.get("status") not in {"active", "not_started"}:
        return ""
    phases = schedule.get("phases") or []
    price = ((phases[-1].get("items") or [{}])[0].get("price") if phases else None) or {}
    coming = plan_of(price, plans) if isinstance(price, Mapping) else ""
    return coming if coming != plan else ""
