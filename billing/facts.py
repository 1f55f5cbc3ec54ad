"""What is known about one reader's membership, ready to be put into words. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from functools import cached_property

from billing import phrases
from billing.entitlement import Access, Rules, Standing, access_of

DAY = timedelta(days=1)
TRIAL_ACCESS = {Access.TRIAL, Access.UNVERIFIED_GRACE, Access.MUST_VERIFY}
WITH_PLAN = {Access.STAFF, Access.MEMBER, Access.CANCELLED_RUNNING, Access.PAST_DUE_GRACE, Access.PAST_DUE}


@dataclass(frozen=True, slots=True)
class Offer:
    """What it costs, in words."""

    free_days: int
    monthly: str  # "£10"
    yearly: str
    yearly_line: str  # what the yearly price comes to

    @property
    def free_days_words(self) -> str:
        return phrases.counted_days(self.free_days)

    @property
    def price(self) -> str:
        return f"{self.monthly} a month or {self.yearly} a year"


def make_offer(monthly_cents: int, yearly_cents: int, currency: str, free_days: int) -> Offer:
    return Offer(
        free_days=free_days,
        monthly=phrases.money(monthly_cents, currency),
        yearly=phrases.money(yearly_cents, currency),
        yearly_line=_yearly_line(12 * monthly_cents - yearly_cents, round(yearly_cents / 12), currency),
    )


def _yearly_line(saved_cents: int, per_month_cents: int, currency: str) -> str:
    line = f"{phrases.money(per_month_cents, currency)} a month, paid once."
    return f"{line} You save {phrases.money(saved_cents, currency)}." if saved_cents > 0 else line


@dataclass(frozen=True)
class Facts:
    """`plan` is "monthly", "yearly" or empty; `zone` is the reader's. The trial's facts hold where there is a trial."""

    standing: Standing
    offer: Offer
    now: datetime
    zone: tzinfo
    plan: str = ""
    trial_started_at: datetime | None = None
    rules: Rules = field(default_factory=Rules)

    @cached_property
    def access(self) -> Access:
        return access_of(self.standing, self.now, self.rules)

    def on(self, then: datetime) -> str:
        return phrases.day(then, self.now, self.zone)

    def at(self, then: datetime) -> str:
        return phrases.moment(then, self.now, self.zone)

    @property
    def plan_price(self) -> str:
        return {"monthly": f"{self.offer.monthly} a month", "yearly": f"{self.offer.yearly} a year"}.get(self.plan, "")

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
        return self.access in WITH_PLAN

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
