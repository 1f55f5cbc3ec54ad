"""What the account page shows of plan, card and invoices. Pure: from our own rows, also when Stripe is away."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo

from billing import phrases
from billing.facts import PLAN_NAMES, Facts, InvoiceFacts, SubscriptionFacts
from billing.membership_page import can_cancel, coming_plan, switch_outlook

STATES = {"open": "unpaid", "void": "dropped", "uncollectible": "written off"}


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    date: str  # "2 Dec 2026"
    what: str
    amount: str
    state: str  # empty where it is simply paid
    pdf_url: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class PaymentView:
    """`plan` and `next_line` are empty where no subscription lives."""

    can_pay: bool  # payment is switched on
    plan: str
    next_line: str
    other_plan: str
    other_label: str  # "Change to annual, £96"
    can_cancel: bool
    can_keep: bool
    can_resume: bool
    is_due: bool
    needs_confirmation: bool
    card: str
    card_is_declined: bool
    invoices: list[InvoiceLine]

    @property
    def mends(self) -> bool:
        """Whether a button here puts right what is wrong."""
        return self.can_pay and (self.is_due or self.can_resume)


def payment_view(facts: Facts, *, can_pay: bool) -> PaymentView | None:
    """None for a reader who never was at Stripe."""
    own = facts.subscription
    if own is None:
        return None
    other = "monthly" if coming_plan(facts) == "yearly" else "yearly"
    is_due = facts.standing.status in {"past_due", "unpaid", "incomplete"}
    return PaymentView(
        can_pay=can_pay,
        plan=_plan(facts) if facts.is_living else "",
        next_line=_next(facts, own) if facts.is_living else "",
        other_plan=other,
        other_label=_other(facts, other),
        can_cancel=can_cancel(facts),
        can_keep=facts.is_running and not facts.is_over and facts.standing.cancels_at is not None,
        can_resume=facts.standing.status == "paused",
        is_due=is_due,
        needs_confirmation=own.needs_confirmation,
        card=f"Ending {own.card_last4}, expires {own.card_expires}" if own.card_last4 else "",
        card_is_declined=is_due and not own.needs_confirmation,
        invoices=[_line(row, facts) for row in own.invoices],
    )


def _plan(facts: Facts) -> str:
    name = PLAN_NAMES.get(facts.plan, "Membership")
    if not facts.plan_amount:
        return name
    return f"{name}, {facts.plan_amount}{f', {phrases.less(facts.discount)}' if facts.discount else ''}"


def _next(facts: Facts, own: SubscriptionFacts) -> str:
    standing = facts.standing
    if not facts.is_running:
        return f"Next attempt on {facts.on(own.next_try_at)}" if own.next_try_at else ""
    if standing.cancels_at is not None:
        return f"Ends on {facts.on(standing.cancels_at)}"
    if standing.paid_until is None:
        return ""
    until = facts.on(standing.paid_until)
    if own.next_plan:
        coming = f"{PLAN_NAMES[own.next_plan]}, {facts.offer.plan_price(own.next_plan)}"
        first = f", the first payment {facts.next_amount} with your discount" if facts.next_amount else ""
        return f"Until {until}. From then on {coming}{first}"
    each = {"monthly": ", then each month", "yearly": ", then each year"}.get(facts.plan, "")
    word = "First payment" if standing.status == "trialing" else "Next payment"
    if facts.next_amount:
        return f"{word} on {until}: {facts.next_amount} with your discount"
    return f"{word} on {until}{each}"


def _other(facts: Facts, plan: str) -> str:
    if switch_outlook(facts, plan) is None:
        return ""
    if plan == facts.plan:
        return f"Stay with {PLAN_NAMES[plan].lower()}, {facts.plan_amount}"
    return f"Change to {PLAN_NAMES[plan].lower()}, {facts.offer.amount(plan)}"


def _line(row: InvoiceFacts, facts: Facts) -> InvoiceLine:
    return InvoiceLine(
        date=f"{row.issued_at.astimezone(facts.zone):%-d %b %Y}",
        what=_what(row),
        amount=f"{'−' if row.total_cents < 0 else ''}{phrases.money(abs(row.total_cents), row.currency)}",
        state=_state(row, facts.zone),
        pdf_url=row.pdf_url,
        is_open=row.is_open and row.is_current,
    )


def _what(row: InvoiceFacts) -> str:
    if row.total_cents == 0 and not row.discount_cents:
        return "Free days" if row.reason == "subscription_create" else "Nothing to pay"
    if row.plan:
        return f"{PLAN_NAMES[row.plan]} membership"
    return "Change of plan" if row.reason == "subscription_update" else "Membership"


def _state(row: InvoiceFacts, zone: tzinfo) -> str:
    discount = f"less {phrases.money(row.discount_cents, row.currency)} discount" if row.discount_cents else ""
    credited = f"{phrases.money(row.credited_cents, row.currency)} credited" if row.credited_cents else ""
    parts = (discount, credited, _given_back(row, zone) or STATES.get(row.status, ""))
    return ", ".join(part for part in parts if part)


def _given_back(row: InvoiceFacts, zone: tzinfo) -> str:
    """Each with its day; of those from before each was kept only what they came to."""
    if sum(one.amount_cents for one in row.refunds) != row.refunded_cents:
        return f"{phrases.money(row.refunded_cents, row.currency)} given back"
    each = (
        f"{phrases.money(one.amount_cents, row.currency)} given back on {one.made_at.astimezone(zone):%-d %b %Y}"
        for one in row.refunds
    )
    return ", ".join(each)
