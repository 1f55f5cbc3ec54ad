"""Who has paid, and since when somebody may read. A trial ends because time passes; no job flips a flag.

Membership      one row per reader: the trial, what staff gave, and the facts of the subscription that counts
Customer        the reader at Stripe, with the lease that lets one process at a time talk to Stripe about them
Subscription    what Stripe says of each subscription, written by gateway/sync.py only
Invoice         what was asked for and paid, for the account page
Refund          what was given back of an invoice, by us or by hand at Stripe
CheckoutSession a visit to Stripe's payment page that is under way
Consent         what a reader agreed to before the card was asked for
StripeEvent     the inbox: what Stripe told us, once each
AccessLine      each change of what a reader may read, append-only
Letter          each letter about a membership, once each
TrialClaim      one trial per person: keyed hashes that outlive the account
CardClaim
Finding         what staff should look at
"""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class Status(models.TextChoices):
    """Stripe's words for a subscription; empty where there never was one."""

    NONE = "", "no subscription"
    TRIALING = "trialing"
    ACTIVE = "active"
    PAST_DUE = "past_due"
    UNPAID = "unpaid"
    PAUSED = "paused"
    INCOMPLETE = "incomplete"
    INCOMPLETE_EXPIRED = "incomplete_expired"
    CANCELED = "canceled"


# Stripe will never charge for these again; every other word, known or not, may still cost money.
ENDED_STATUSES = (Status.CANCELED, Status.INCOMPLETE_EXPIRED)


class Membership(models.Model):
    """One row per reader, made at sign-up. The paid facts are Stripe's and have one writer."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="membership")
    trial_started_at = models.DateTimeField(null=True, blank=True)
    trial_ends_at = models.DateTimeField(null=True, blank=True)
    is_trial_used = models.BooleanField(default=False, help_text="This person has had free days before.")
    given_until = models.DateTimeField(null=True, blank=True, help_text="A membership given by staff.")
    # Not limited to Status: a word that Stripe invents tomorrow must be storable, and denies.
    status = models.CharField(max_length=32, blank=True, default=Status.NONE)
    plan = models.CharField(max_length=16, blank=True, help_text="monthly or yearly")
    paid_until = models.DateTimeField(null=True, blank=True)
    cancels_at = models.DateTimeField(null=True, blank=True)
    past_due_since = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        permissions = [("support_membership", "Can give, refund and end memberships")]
        constraints = [
            models.CheckConstraint(
                condition=Q(trial_started_at__isnull=True, trial_ends_at__isnull=True)
                | Q(trial_ends_at__gt=F("trial_started_at")),
                name="trial_ends_after_it_starts",
            ),
        ]

    def __str__(self) -> str:
        return f"membership of user {self.user_id}"


class Customer(models.Model):
    """A reader at Stripe, one each. After the account is erased the row stays, without the reader, for the invoices."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="customer"
    )
    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False, help_text="Our name for the reader there.")
    stripe_id = models.CharField(max_length=64, unique=True, null=True, blank=True)
    email = models.EmailField(max_length=254, blank=True, help_text="The address that Stripe was told last.")
    is_lost = models.BooleanField(default=False, help_text="Deleted at Stripe.")
    synced_at = models.DateTimeField(null=True, blank=True)
    erased_at = models.DateTimeField(null=True, blank=True)
    lease = models.UUIDField(null=True, blank=True, editable=False)
    leased_until = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.stripe_id or f"customer {self.pk}, not yet at Stripe"


class EndReason(models.TextChoices):
    """Why we end a subscription ourselves and give its payments back."""

    NONE = ""
    DUPLICATE = "duplicate", "a second one beside a living one"
    SECOND_TRIAL = "second_trial", "free days for a person who had them"
    REFUND = "refund", "refunded by staff"
    DISPUTE = "dispute", "the payment was disputed"
    FRAUD = "fraud", "the card's owner reported the payment"
    ERASED = "erased", "the account was deleted"


class Subscription(models.Model):
    """What Stripe said of one subscription when it was last asked."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="subscriptions")
    stripe_id = models.CharField(max_length=64, unique=True)
    item_id = models.CharField(max_length=64, blank=True)
    status = models.CharField(max_length=32)
    plan = models.CharField(max_length=16, blank=True)
    price_cents = models.PositiveIntegerField(default=0)
    currency = models.CharField(max_length=3, blank=True)
    began_at = models.DateTimeField()
    trial_ends_at = models.DateTimeField(null=True, blank=True)
    period_ends_at = models.DateTimeField(null=True, blank=True)
    cancels_at = models.DateTimeField(null=True, blank=True)
    cancel_asked_at = models.DateTimeField(null=True, blank=True)
    is_cancelled_at_period_end = models.BooleanField(default=False)
    ended_at = models.DateTimeField(null=True, blank=True)
    past_due_since = models.DateTimeField(null=True, blank=True)
    schedule_id = models.CharField(max_length=64, blank=True)
    next_plan = models.CharField(max_length=16, blank=True, help_text="From the next period on.")
    # db_default here and below: a process of the version before goes on inserting rows without the column.
    discount = models.CharField(
        max_length=80, blank=True, default="", db_default="", help_text="What a discount takes off the price: 20%"
    )
    next_cents = models.PositiveIntegerField(
        null=True, blank=True, help_text="What the next payment comes to, where a discount applies."
    )
    card_brand = models.CharField(max_length=32, blank=True)
    card_last4 = models.CharField(max_length=4, blank=True)
    card_expires = models.CharField(max_length=5, blank=True, help_text="08/27")
    end_reason = models.CharField(max_length=16, blank=True, choices=EndReason.choices)
    is_to_be_wound_up = models.BooleanField(
        default=False, help_text="It is to be ended at Stripe and its payments given back; false again once done."
    )

    class Meta:
        ordering = ["-began_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["customer"],
                condition=~Q(status__in=ENDED_STATUSES) & Q(is_to_be_wound_up=False),
                name="one_live_subscription_per_reader",
            )
        ]

    def __str__(self) -> str:
        return f"{self.stripe_id} {self.status}"


class Invoice(models.Model):
    """One invoice of a subscription, as Stripe has it."""

    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="invoices")
    stripe_id = models.CharField(max_length=64, unique=True)
    number = models.CharField(max_length=64, blank=True)
    status = models.CharField(max_length=32)
    reason = models.CharField(max_length=40, blank=True, help_text="Stripe's billing_reason")
    plan = models.CharField(
        max_length=16, blank=True, default="", db_default="", help_text="That it was for, where its amount told that."
    )
    total_cents = models.IntegerField()
    due_cents = models.IntegerField(default=0)
    discount_cents = models.PositiveIntegerField(
        default=0, db_default=0, help_text="Taken off by discounts; the total is what is left."
    )
    refunded_cents = models.PositiveIntegerField(default=0)
    credited_cents = models.PositiveIntegerField(
        default=0, db_default=0, help_text="Taken off by credit notes before it was paid, or kept for later invoices."
    )
    reported_payment = models.CharField(
        max_length=64,
        blank=True,
        default="",
        db_default="",
        help_text="A payment of it that the card's owner reported: it is given back, whatever becomes of the rest.",
    )
    currency = models.CharField(max_length=3)
    issued_at = models.DateTimeField()
    is_tried = models.BooleanField(default=False, help_text="Its payment was tried at least once.")
    needs_confirmation = models.BooleanField(default=False, help_text="The bank asks the reader to confirm.")
    next_try_at = models.DateTimeField(null=True, blank=True)
    page_url = models.URLField(max_length=1000, blank=True)
    pdf_url = models.URLField(max_length=1000, blank=True)

    class Meta:
        ordering = ["-issued_at", "-pk"]

    def __str__(self) -> str:
        return f"invoice {self.number or self.stripe_id}"


# The money stayed here, or came back to us.
REFUND_FAILED = ("failed", "canceled")


class Refund(models.Model):
    """One payment or a part of it that went back, as Stripe has it; `invoice` is the one that it had paid."""

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="refunds")
    stripe_id = models.CharField(max_length=64, unique=True)
    payment_id = models.CharField(max_length=64, help_text="Stripe's payment intent.")
    amount_cents = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=32, blank=True, help_text="Stripe's word")
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["-made_at", "-pk"]

    def __str__(self) -> str:
        return self.stripe_id


class CheckoutSession(models.Model):
    """A visit to Stripe's payment page; at most one is open for a reader."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="checkout_sessions")
    nonce = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    stripe_id = models.CharField(max_length=128, unique=True, null=True, blank=True)
    plan = models.CharField(max_length=16)
    free_until = models.DateTimeField(null=True, blank=True)
    url = models.URLField(max_length=2000, blank=True)
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer"], condition=Q(closed_at__isnull=True), name="one_open_checkout_per_reader"
            )
        ]

    def __str__(self) -> str:
        return f"checkout {self.stripe_id or self.nonce}"


class Consent(models.Model):
    """What a reader saw and agreed to before the card was asked for. Kept for three years, also after erasure."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="consents")
    at = models.DateTimeField()
    plan = models.CharField(max_length=16)
    price_cents = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)
    first_charge_at = models.DateTimeField()
    text = models.TextField()
    ip = models.GenericIPAddressField(null=True, blank=True)
    user_agent = models.CharField(max_length=300, blank=True)

    def __str__(self) -> str:
        return f"consent of {self.at:%Y-%m-%d}"


class StripeEvent(models.Model):
    """One delivery of Stripe's, stored once. Of its content only what tells whom to ask Stripe about."""

    class Outcome(models.TextChoices):
        WAITING = "", "waiting"
        DONE = "done"
        IGNORED = "ignored"
        UNMATCHED = "unmatched"
        PARKED = "parked", "parked after too many failures"

    event_id = models.CharField(max_length=64, unique=True)
    type = models.CharField(max_length=80)
    customer_stripe_id = models.CharField(max_length=64, blank=True, db_index=True)
    object_id = models.CharField(max_length=128, blank=True)
    is_live = models.BooleanField(default=False)
    created_at = models.DateTimeField(help_text="At Stripe.")
    received_at = models.DateTimeField()
    processed_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=12, blank=True, choices=Outcome.choices, default=Outcome.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=200, blank=True, help_text="The kind of failure, never its content.")

    class Meta:
        ordering = ["-received_at", "-pk"]
        indexes = [
            models.Index(fields=["next_try_at"], condition=Q(processed_at__isnull=True), name="waiting_stripe_events")
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.event_id}"


class TrialClaim(models.Model):
    """One trial per person: a keyed hash of the normalised address. It outlives the account on purpose."""

    email_key = models.CharField(max_length=64, unique=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="trial_claims"
    )
    claimed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"trial claimed on {self.claimed_at:%Y-%m-%d}"


class CardClaim(models.Model):
    """The first account that a card was used for: a keyed hash of Stripe's fingerprint. It outlives the account."""

    card_key = models.CharField(max_length=64, unique=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="card_claims"
    )
    claimed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"card first used on {self.claimed_at:%Y-%m-%d}"


class AccessLine(models.Model):
    """One dated change of what a reader may read, in words for the reader and for support. Append-only.

    `changes` holds the facts of entitlement.Standing that this line changed, times as ISO 8601; folding all lines
    of a reader in order gives today's standing (billing/history.py).
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="access_lines")
    at = models.DateTimeField(db_index=True)
    cause = models.CharField(max_length=40, help_text="sign_up, trial_refused, address_verified, stripe, grant …")
    rule = models.CharField(max_length=400, help_text="What it means, in one sentence.")
    changes = models.JSONField(default=dict, blank=True)
    access = models.CharField(max_length=24, blank=True, help_text="What the reader may do from then on.")
    actor = models.CharField(max_length=254, blank=True, help_text="Who did it, where staff did.")

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.cause}"

    def save(self, *args, **kwargs) -> None:
        """TypeError for a line that stands already: what was true then is not written over."""
        if not self._state.adding:
            raise TypeError("Access lines are added, never changed.")
        super().save(*args, **kwargs)


class Letter(models.Model):
    """One letter about a membership. The row is what makes it go once: `kind` and `about` are given once a reader."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="membership_letters")
    kind = models.CharField(max_length=32)
    about = models.CharField(max_length=128, help_text="The trial's end, an invoice, a subscription …")
    facts = models.JSONField(default=dict, blank=True, help_text="What it says that may have changed since.")
    wanted_at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True, blank=True, help_text="A worker began to send it.")
    sent_at = models.DateTimeField(null=True, blank=True)
    dropped_at = models.DateTimeField(null=True, blank=True, help_text="It no longer held when it was to be sent.")
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["-wanted_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["user", "kind", "about"], name="each_letter_once")]
        indexes = [
            models.Index(
                fields=["wanted_at"],
                condition=Q(taken_at__isnull=True, sent_at__isnull=True, dropped_at__isnull=True),
                name="letters_to_send",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} about {self.about}"


class Finding(models.Model):
    """Something that staff should look at: once per kind and subject, counted while it goes on."""

    kind = models.CharField(max_length=40)
    about = models.CharField(max_length=128)
    text = models.CharField(max_length=400)
    count = models.PositiveIntegerField(default=1)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        ordering = ["-last_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["kind", "about"], name="one_finding_per_subject")]

    def __str__(self) -> str:
        return f"{self.kind}: {self.about}"
