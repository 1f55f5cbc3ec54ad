"""What is known about one reader's membership, ready to be put into words. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from functools import cached_property, lru_cache

from billing import phrases
from billing.entitlement import Access, Rules, Standing, access_of

DAY = timedelta(days=1)
TRIAL_ACCESS = {Access.TRIAL, Access.UNVERIFIED_GRACE, Access.MUST_VERIFY}
WITH_PLAN = {
    Access.STAFF,
    Access.MEMBER,
    Access.GIVEN,
    Access.CANCELLED_RUNNING,
    Access.PAST_DUE_GRACE,
    Access.PAST_DUE,
}
# Stripe will never charge for these again; any other word may still cost money, so no second plan is put beside it.
NOT_LIVING = {"", "canceled", "incomplete_expired"}
RUNNING = {"active", "trialing"}
PLAN_NAMES = {"monthly": "Monthly", "yearly": "Annual"}
PERIODS = {"monthly": "a month", "yearly": "a year"}


@dataclass(frozen=True, slots=True)
class Offer:
    """What it costs, in words."""

    free_days: int
    monthly: str  # "£10"
    yearly: str
    yearly_line: str  # what the yearly price comes to
    nothing: str = "£0"
    needs_card: bool = False  # the free days begin with a card

    @property
    def free_days_words(self) -> str:
        return phrases.counted_days(self.free_days)

    def amount(self, plan: str) -> str:
        return {"monthly": self.monthly, "yearly": self.yearly}[plan]

    def plan_price(self, plan: str) -> str:
        """ "£96 a year". KeyError for a word that is no plan."""
        return f"{self.amount(plan)} {PERIODS[plan]}"

    @property
    def price(self) -> str:
        return f"{self.monthly} a month or {self.yearly} a year"


@lru_cache(maxsize=16)
def make_offer(
    monthly_cents: int, yearly_cents: int, currency: str, free_days: int, *, needs_card: bool = False
) -> Offer:
    return Offer(
        free_days=free_days,
        monthly=phrases.money(monthly_cents, currency),
        yearly=phrases.money(yearly_cents, currency),
        nothing=phrases.money(0, currency),
        needs_card=needs_card,
        yearly_line=_yearly_line(12 * monthly_cents - yearly_cents, round(yearly_cents / 12), currency),
    )


def _yearly_line(saved_cents: int, per_month_cents: int, currency: str) -> str:
    line = f"{phrases.money(per_month_cents, currency)} a month, paid once."
    return f"{line} You save {phrases.money(saved_cents, currency)}." if saved_cents > 0 else line


@dataclass(frozen=True, slots=True)
class RefundFacts:
    """One payment or a part of it that went back."""

    amount_cents: int
    made_at: datetime


@dataclass(frozen=True, slots=True)
class InvoiceFacts:
    """One invoice that was asked for or paid. `status` is Stripe's word."""

    status: str
    total_cents: int
    currency: str
    issued_at: datetime
    reason: str = ""  # Stripe's word for why
    due_cents: int = 0
    discount_cents: int = 0  # taken off already
    refunded_cents: int = 0
    credited_cents: int = 0  # by credit notes, beside what was refunded
    refunds: tuple[RefundFacts, ...] = ()  # where each is known, the first one first
    plan: str = ""  # where its amount tells which plan it was for
    is_tried: bool = False
    needs_confirmation: bool = False
    next_try_at: datetime | None = None
    is_current: bool = True  # of the subscription that counts
    pdf_url: str = ""

    @property
    def is_open(self) -> bool:
        return self.status == "open" and self.due_cents > 0


@dataclass(frozen=True, slots=True)
class SubscriptionFacts:
    """What the account page knows beside the membership row; invoices are the newest first."""

    price_cents: int = 0
    currency: str = ""
    next_plan: str = ""
    discount: str = ""  # "20%", "£2"
    next_cents: int | None = None  # the next payment, where a discount makes it another amount than the price
    card_last4: str = ""
    card_expires: str = ""
    invoices: tuple[InvoiceFacts, ...] = ()

    @property
    def open_invoices(self) -> list[InvoiceFacts]:
        """What is asked for and can be paid."""
        return [one for one in self.invoices if one.is_open and one.is_current]

    @property
    def due(self) -> str:
        """ "£10", or empty where nothing is due."""
        rows = self.open_invoices
        return phrases.money(sum(one.due_cents for one in rows), rows[0].currency) if rows else ""

    @property
    def needs_confirmation(self) -> bool:
        return any(one.needs_confirmation for one in self.open_invoices)

    @property
    def next_try_at(self) -> datetime | None:
        return min((one.next_try_at for one in self.open_invoices if one.next_try_at), default=None)


@dataclass(frozen=True)
class Facts:
    """`plan` is "monthly", "yearly" or empty; `zone` is the reader's. The trial's facts hold where there is a trial.

    `subscription` is brought by the pages about membership only: every other page would pay a query for it.
    """

    standing: Standing
    offer: Offer
    now: datetime
    zone: tzinfo
    plan: str = ""
    trial_started_at: datetime | None = None
    rules: Rules = field(default_factory=Rules)
    subscription: SubscriptionFacts | None = None

    @cached_property
    def access(self) -> Access:
        return access_of(self.standing, self.now, self.rules)

    def on(self, then: datetime) -> str:
        return phrases.day(then, self.now, self.zone)

    def at(self, then: datetime) -> str:
        return phrases.moment(then, self.now, self.zone)

    @property
    def plan_amount(self) -> str:
        """What the reader's own plan costs: what was agreed with them comes before what is on offer today."""
        own = self.subscription
        if own is not None and own.price_cents and own.currency:
            return phrases.money(own.price_cents, own.currency)
        return self.offer.amount(self.plan) if self.plan in PERIODS else ""

    @property
    def plan_price(self) -> str:
        return f"{self.plan_amount} {PERIODS[self.plan]}" if self.plan in PERIODS else ""

    @property
    def discount(self) -> str:
        """ "20%", or empty where none applies."""
        return self.subscription.discount if self.subscription else ""

    @property
    def own_price(self) -> str:
        """ "£10 a month, less 20% while the discount lasts"."""
        if not (self.plan_price and self.discount):
            return self.plan_price
        return f"{self.plan_price}, {phrases.less(self.discount)}"

    @property
    def next_amount(self) -> str:
        """What Stripe says the next payment comes to, where a discount applies; else empty."""
        own = self.subscription
        if own is None or not own.discount or own.next_cents is None:
            return ""
        return phrases.money(own.next_cents, own.currency)

    @property
    def is_living(self) -> bool:
        return is_living(self.standing, self.now)

    @property
    def is_over(self) -> bool:
        return is_over(self.standing, self.now)

    @property
    def is_running(self) -> bool:
        return self.standing.status in RUNNING

    @property
    def is_in_trial(self) -> bool:
        return self.access in TRIAL_ACCESS

    @property
    def trial_ends_at(self) -> datetime:
        assert self.standing.trial_ends_at is not None
        return self.standing.trial_ends_at

    @property
    def trial_began_at(self) -> datetime:
        return self.trial_started_at or self.trial_ends_at - self.offer.free_days * DAY

    @property
    def trial_days(self) -> int:
        """How many this reader was given, whatever new readers are given today."""
        return max(1, round((self.trial_ends_at - self.trial_began_at) / DAY))

    @property
    def trial_day(self) -> int:
        """1 in the first 24 hours, 2 in the next; the last one stays the last."""
        return min(self.trial_days, (self.now - self.trial_began_at) // DAY + 1)

    @property
    def trial_label(self) -> str:
        """ "Day 5 of 14" while a trial runs, else empty."""
        return f"Day {self.trial_day} of {self.trial_days}" if self.is_in_trial else ""

    @property
    def has_plan(self) -> bool:
        """Whether there is no plan to be chosen: one is running or waits for its payment, or none is needed."""
        return self.access in WITH_PLAN or self.is_living

    @property
    def given_until(self) -> datetime:
        assert self.standing.given_until is not None
        return self.standing.given_until

    @property
    def verify_by(self) -> datetime:
        return self.standing.signed_up_at + self.rules.verify_within

    @property
    def grace_until(self) -> datetime | None:
        """Until when an overdue payment takes nothing away; None where neither its day nor a paid time is known."""
        since = self.standing.past_due_since
        return since + self.rules.past_due_grace if since else self.paid_end

    @property
    def paid_end(self) -> datetime | None:
        """When a cancelled or ended membership stops giving access."""
        return min((end for end in (self.standing.cancels_at, self.standing.paid_until) if end), default=None)


def is_living(standing: Standing, now: datetime) -> bool:
    """Whether there is a subscription that Stripe may still charge for: no plan can be taken beside it."""
    return standing.status not in NOT_LIVING and not is_over(standing, now)


def is_over(standing: Standing, now: datetime) -> bool:
    """Cancelled, and its last day is past: Stripe charges nothing more, although it has not said so yet."""
    return standing.status in RUNNING and standing.cancels_at is not None and standing.cancels_at <= now
