"""Who is told what about a membership, and that each is told it once.

want_letter         a change asks for a letter: one row, in the transaction of the change
write_time_letters  the clock asks for letters: the same rows, hourly
send_letter         a worker claims a row, looks whether the letter still holds, composes and sends it
send_due_letters    takes up what nobody was told of: the broker was away, the mail server was away

At most once: a worker that dies between the claim and the mail server's answer leaves `taken_at` without `sent_at`, and
the letter is not sent again. Only where the mail server is known not to have taken it does the claim end.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from functools import partial
from itertools import islice
from smtplib import SMTPRecipientsRefused
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.crypto import salted_hmac

from billing import post
from billing.background import hand_over
from billing.cancel_link import cancel_url
from billing.letters import LETTERS, LetterFacts, compose
from billing.models import ENDED_STATUSES, Invoice, Letter, Membership, Status, Subscription
from billing.plans import facts_of, plan_cents
from billing.standing import membership_of

logger = logging.getLogger(__name__)

WEEK, DAY, HOUR = timedelta(days=7), timedelta(days=1), timedelta(hours=1)
TOLD_AFTER = timedelta(days=3)  # that the free days are over is no news later
RENEWAL_AHEAD = timedelta(days=14)
MAX_ATTEMPTS = 8
CHUNK = 500

RUNNING = {Status.TRIALING, Status.ACTIVE}
NEVER_SUBSCRIBED = {Status.NONE, Status.INCOMPLETE, Status.INCOMPLETE_EXPIRED}


class Outcome(Enum):
    SENT = "sent"
    DROPPED = "dropped"
    NOT_OURS = "not ours"  # taken by another worker, or gone
    REFUSED = "refused"  # the mail server does not take this address, for now
    MAIL_AWAY = "mail away"


# Asking for a letter


def want_letter(user, kind: str, about: str, now: datetime, facts: dict | None = None) -> None:
    """Ask for a letter, once for each (user, kind, about). `facts` is JSON; times in it are ISO 8601.

    Call it inside the transaction of what the letter is about: where that is undone there is no letter. ValueError
    for a kind without words.
    """
    if kind not in LETTERS:
        raise ValueError(f"there is no letter of the kind {kind!r}")
    if not settings.MAIL_IS_CONFIGURED:
        return
    letter, is_new = Letter.objects.get_or_create(
        user=user, kind=kind, about=about, defaults={"facts": facts or {}, "wanted_at": now}
    )
    if is_new:
        transaction.on_commit(partial(hand_over, "billing.tasks.send_letter", pk=letter.pk))


# Sending


def send_letter(pk: int, now: datetime) -> bool:
    """Send one letter, if nobody else has and it still holds. Safe to run twice and by two workers at once."""
    return _send_one(pk, now) is Outcome.SENT


def send_due_letters(now: datetime, limit: int = 200) -> int:
    """Send what waits, the oldest first, and return how many left. A mail server that is away ends the round."""
    if not settings.MAIL_IS_CONFIGURED:
        return 0
    due = _waiting().filter(wanted_at__lte=now).order_by("wanted_at", "pk").values_list("pk", flat=True)
    sent = 0
    for pk in list(due[:limit]):
        try:
            outcome = _send_one(pk, now)
        except Exception:
            # A fault of ours in one letter keeps nobody else's waiting.
            logger.exception("letter failed letter=%d", pk)
            continue
        if outcome is Outcome.MAIL_AWAY:
            break
        sent += outcome is Outcome.SENT
    return sent


def _waiting() -> QuerySet[Letter]:
    return Letter.objects.filter(taken_at=None, sent_at=None, dropped_at=None)


def _send_one(pk: int, now: datetime) -> Outcome:
    if not settings.MAIL_IS_CONFIGURED or _waiting().filter(pk=pk).update(taken_at=now) != 1:
        return Outcome.NOT_OURS
    letter = Letter.objects.select_related("user", "user__membership").filter(pk=pk).first()
    if letter is None:
        return Outcome.NOT_OURS
    try:
        words = words_of(letter, now) if holds(letter, now) else None
    except Exception:
        _put_back(letter, now)
        raise
    if words is None:
        Letter.objects.filter(pk=pk).update(dropped_at=now)
        logger.info("letter dropped letter=%d kind=%s", pk, letter.kind)
        return Outcome.DROPPED
    return _deliver(letter, words, now)


def _deliver(letter: Letter, words: post.Words, now: datetime) -> Outcome:
    try:
        post.send(letter.user.email, words, post.our_sender(), {"Message-ID": _message_id(letter)})
    except OSError as error:  # smtplib's errors are OSErrors; what they say may hold an address
        _put_back(letter, now)
        logger.warning("letter not taken letter=%d error=%s", letter.pk, type(error).__name__)
        return Outcome.REFUSED if isinstance(error, SMTPRecipientsRefused) else Outcome.MAIL_AWAY
    Letter.objects.filter(pk=letter.pk).update(sent_at=now)
    logger.info("letter sent letter=%d kind=%s", letter.pk, letter.kind)
    return Outcome.SENT


def _put_back(letter: Letter, now: datetime) -> None:
    """For a later try, after 1, 4, 16 … minutes and a day at most; after about two days it is given up."""
    attempts = letter.attempts + 1
    if attempts >= MAX_ATTEMPTS:
        Letter.objects.filter(pk=letter.pk).update(attempts=attempts, dropped_at=now)
        logger.error("letter given up letter=%d kind=%s", letter.pk, letter.kind)
        return
    pause = min(timedelta(minutes=4 ** (attempts - 1)), DAY)
    Letter.objects.filter(pk=letter.pk).update(attempts=attempts, taken_at=None, wanted_at=now + pause)


def _message_id(letter: Letter) -> str:
    """The same for each try: where the answer to the first was lost, most mail programs show the two as one."""
    name = f"{letter.user_id}:{letter.kind}:{letter.about}"
    host = urlsplit(settings.SITE_URL).hostname
    return f"<letter.{salted_hmac('billing.letter', name).hexdigest()[:32]}@{host}>"


# Whether a letter still holds


def holds(letter: Letter, now: datetime) -> bool:
    """What was true when the letter was wanted may have changed until it is sent."""
    user, membership = letter.user, membership_of(letter.user)
    if not user.is_active or not user.email or membership is None:
        return False
    check = HOLDS.get(letter.kind)
    return check is None or check(letter, membership, now)


def _free_days_stand(letter: Letter, membership: Membership, now: datetime) -> bool:
    return _is_about_trial(letter, membership) and now < membership.trial_ends_at


def _free_days_end(letter: Letter, membership: Membership, now: datetime) -> bool:
    return _free_days_stand(letter, membership, now) and _stops_reading(letter.user, membership)


def _free_days_are_over(letter: Letter, membership: Membership, now: datetime) -> bool:
    is_over = _is_about_trial(letter, membership) and now >= membership.trial_ends_at
    return is_over and _stops_reading(letter.user, membership)


def _is_about_trial(letter: Letter, membership: Membership) -> bool:
    """The very free days it was written about, and nobody has subscribed since."""
    is_same = membership.trial_ends_at == datetime.fromisoformat(letter.about)
    return is_same and membership.status in NEVER_SUBSCRIBED


def _stops_reading(user, membership: Membership) -> bool:
    given, end = membership.given_until, membership.trial_ends_at
    return user.has_verified_address and not user.is_staff and (given is None or given <= end)


def _card_is_charged_next(letter: Letter, membership: Membership, now: datetime) -> bool:
    return _is_charged_at(letter, membership, now) and membership.status == Status.TRIALING


def _year_is_charged_next(letter: Letter, membership: Membership, now: datetime) -> bool:
    is_yearly = membership.status == Status.ACTIVE and membership.plan == "yearly"
    return is_yearly and _is_charged_at(letter, membership, now)


def _is_charged_at(letter: Letter, membership: Membership, now: datetime) -> bool:
    until = membership.paid_until
    return until is not None and membership.cancels_at is None and until > now and _charge_about(until) == letter.about


def _subscription_runs(letter: Letter, membership: Membership, now: datetime) -> bool:
    if membership.status not in {*RUNNING, Status.PAST_DUE}:
        return False
    found = Subscription.objects.filter(stripe_id=letter.about)
    return not found.filter(Q(status__in=ENDED_STATUSES) | Q(is_to_be_wound_up=True)).exists()


def _payment_is_missing(letter: Letter, membership: Membership, now: datetime) -> bool:
    """Stripe goes on trying after somebody has left; we do not go on writing about it."""
    if membership.status != Status.PAST_DUE or membership.cancels_at is not None:
        return False
    return not Invoice.objects.filter(stripe_id=letter.about).exclude(status="open").exists()


def _is_cancelled(letter: Letter, membership: Membership, now: datetime) -> bool:
    return membership.cancels_at is not None


def _goes_on(letter: Letter, membership: Membership, now: datetime) -> bool:
    return membership.status in RUNNING and membership.cancels_at is None


def _has_ended(letter: Letter, membership: Membership, now: datetime) -> bool:
    return membership.status in ENDED_STATUSES


# What money was given back and what was not begun stays true: those letters always hold.
HOLDS = {
    "trial_started": _free_days_stand,
    "trial_ends_in_7_days": _free_days_end,
    "trial_ends_in_1_day": _free_days_end,
    "trial_over": _free_days_are_over,
    "card_trial_ends_in_7_days": _card_is_charged_next,
    "yearly_renewal": _year_is_charged_next,
    "welcome": _subscription_runs,
    "payment_failed": _payment_is_missing,
    "card_confirmation": _payment_is_missing,
    "cancelled": _is_cancelled,
    "kept": _goes_on,
    "ended": _has_ended,
}


# Words


def words_of(letter: Letter, now: datetime) -> post.Words:
    return compose(letter.kind, _letter_facts(letter, now), post.our_sender())


def _letter_facts(letter: Letter, now: datetime) -> LetterFacts:
    """The row's facts as they were, the reader's own as they are."""
    user, told = letter.user, letter.facts
    with timezone.override(user.zone):
        reader = facts_of(user, now)
    subscription = told.get("subscription") or ""
    return LetterFacts(
        now=now,
        zone=user.zone,
        offer=reader.offer,
        plan=told.get("plan") or "",
        amount_cents=told.get("amount_cents") or 0,
        next_cents=told.get("next_cents"),
        discount=told.get("discount") or "",
        currency=told.get("currency") or settings.PLAN_CURRENCY,
        card_last4=told.get("card_last4") or "",
        is_in_free_days=told.get("status") == Status.TRIALING,
        trial_ends_at=reader.standing.trial_ends_at,
        charge_at=_moment(told.get("charge_at")),
        ends_at=_moment(told.get("ends_at")),
        past_due_since=reader.standing.past_due_since,
        grace_until=reader.grace_until,
        next_try_at=_moment(told.get("next_try_at")),
        cancel_url=cancel_url(user, subscription) if subscription else "",
    )


def _moment(iso: str | None) -> datetime | None:
    return datetime.fromisoformat(iso) if iso else None


# Letters that time asks for


@dataclass(frozen=True, slots=True)
class Wanted:
    user_id: int
    kind: str
    about: str
    facts: dict


def write_time_letters(now: datetime) -> int:
    """Rows for what is due by now; returns how many are new. The sweeper sends them. Safe to run twice, and late."""
    if not settings.MAIL_IS_CONFIGURED:
        return 0
    return sum(
        _write(wanted, now)
        for wanted in (
            _free_days_letters("trial_ends_in_7_days", now + DAY, now + WEEK, longer_than=WEEK),
            _free_days_letters("trial_ends_in_1_day", now, now + DAY, longer_than=DAY),
            _free_days_letters("trial_over", now - TOLD_AFTER, now),
            _card_trial_letters(now),
            _renewal_letters(now),
        )
    )


def _write(wanted: Iterable[Wanted], now: datetime) -> int:
    """In chunks, so that a site of any size fits; a row that stands already is left alone."""
    rows, new = iter(wanted), 0
    while chunk := list(islice(rows, CHUNK)):
        same_users = Letter.objects.filter(kind=chunk[0].kind, user__in=[one.user_id for one in chunk])
        known = set(same_users.values_list("user_id", "about"))
        missing = [
            Letter(user_id=one.user_id, kind=one.kind, about=one.about, facts=one.facts, wanted_at=now)
            for one in chunk
            if (one.user_id, one.about) not in known
        ]
        Letter.objects.bulk_create(missing, ignore_conflicts=True)
        new += len(missing)
    return new


def _free_days_letters(
    kind: str, after: datetime, until: datetime, longer_than: timedelta = timedelta()
) -> Iterator[Wanted]:
    """For free days that end in (after, until] and let nobody read on; a trial no longer than the notice needs none."""
    rows = Membership.objects.filter(
        Q(trial_started_at=None) | Q(trial_started_at__lt=F("trial_ends_at") - longer_than),
        Q(given_until=None) | Q(given_until__lte=F("trial_ends_at")),
        trial_ends_at__gt=after,
        trial_ends_at__lte=until,
        status__in=NEVER_SUBSCRIBED,
        user__is_active=True,
        user__is_staff=False,
        user__emailaddress__verified=True,
        user__emailaddress__email__iexact=F("user__email"),
    )
    for user_id, end in rows.values_list("user_id", "trial_ends_at").distinct().iterator(CHUNK):
        yield Wanted(user_id, kind, end.isoformat(), {})


def _card_trial_letters(now: datetime) -> Iterator[Wanted]:
    """A week before the first charge. Who subscribed within that week, or an hour before, has just been told it all."""
    rows = _charged_within(WEEK, now).filter(status=Status.TRIALING, began_at__lt=F("paid_until") - WEEK - HOUR)
    for row in rows.iterator(CHUNK):
        yield _about_charge(row, "card_trial_ends_in_7_days", row.plan, row.price_cents)


def _renewal_letters(now: datetime) -> Iterator[Wanted]:
    for row in _charged_within(RENEWAL_AHEAD, now).filter(status=Status.ACTIVE, plan="yearly").iterator(CHUNK):
        plan = row.next_plan or row.plan
        cents = row.price_cents if plan == row.plan else plan_cents(plan)
        yield _about_charge(row, "yearly_renewal", plan, cents)


def _charged_within(window: timedelta, now: datetime) -> QuerySet[Subscription]:
    """Living subscriptions whose next charge is that near: those that count for their reader, not cancelled."""
    return (
        Subscription.objects.filter(
            customer__user__is_active=True,
            customer__user__membership__status=F("status"),
            customer__user__membership__cancels_at=None,
            customer__user__membership__paid_until__gt=now,
            customer__user__membership__paid_until__lte=now + window,
            cancels_at=None,
            is_to_be_wound_up=False,
        )
        .annotate(user_id=F("customer__user_id"), paid_until=F("customer__user__membership__paid_until"))
        .order_by("pk")
    )


def _about_charge(row, kind: str, plan: str, cents: int) -> Wanted:
    """row: a Subscription of _charged_within."""
    facts = {
        "subscription": row.stripe_id,
        "plan": plan,
        "amount_cents": cents,
        "next_cents": row.next_cents,
        "discount": row.discount,
        "currency": row.currency,
        "card_last4": row.card_last4,
        "status": row.status,
        "charge_at": row.paid_until.isoformat(),
    }
    return Wanted(row.user_id, kind, _charge_about(row.paid_until), facts)


def _charge_about(paid_until: datetime) -> str:
    """The day of the charge: an hour more or less at Stripe is no other charge."""
    return paid_until.astimezone(UTC).date().isoformat()
