"""Each letter is asked for once, sent once, and only while it is true."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from smtplib import SMTPRecipientsRefused

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import transaction
from kombu.exceptions import OperationalError

from accounts.models import User
from billing import notices, tasks
from billing.models import Customer, Invoice, Letter, Membership, Subscription
from billing.notices import MAX_ATTEMPTS, send_due_letters, send_letter, want_letter, write_time_letters
from tests.letters import post  # noqa: F401  fixture
from tests.make import make_reader, make_user, numbers

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def reader(days_left: float = 14, **membership) -> User:
    """A confirmed reader whose fourteen free days have so many to go; the letter of the start is out of the way."""
    user = make_reader(NOW - 14 * DAY + days_left * DAY, **membership)
    Letter.objects.filter(user=user).delete()
    return user


def subscriber(days_left: float, status: str = "trialing", plan: str = "monthly", **subscription) -> User:
    """A member whose next charge is so many days ahead."""
    until = NOW + days_left * DAY
    user = reader(-30, status=status, plan=plan, paid_until=until, cancels_at=subscription.get("cancels_at"))
    facts = {
        "customer": Customer.objects.create(user=user, stripe_id=f"cus_{next(numbers)}"),
        "stripe_id": f"sub_{next(numbers)}",
        "status": status,
        "plan": plan,
        "price_cents": {"monthly": 1000, "yearly": 9600}[plan],
        "currency": "GBP",
        "began_at": NOW - 13 * DAY,
        "period_ends_at": until,
        "card_last4": "4242",
    }
    Subscription.objects.create(**{**facts, **subscription})
    return user


def overdue(user: User, **facts) -> Invoice:
    row = Subscription.objects.create(
        customer=Customer.objects.create(user=user, stripe_id=f"cus_{next(numbers)}"),
        stripe_id=f"sub_{next(numbers)}",
        status="past_due",
        began_at=NOW - 40 * DAY,
    )
    invoice = {"stripe_id": f"in_{next(numbers)}", "status": "open", "total_cents": 1000, "issued_at": NOW, **facts}
    return Invoice.objects.create(subscription=row, currency="GBP", **invoice)


def ask(user: User, kind: str, about: str = "sub_1", **facts) -> Letter:
    want_letter(user, kind, about, NOW, facts)
    return Letter.objects.get(user=user, kind=kind, about=about)


def kinds(user: User) -> list[str]:
    return list(user.membership_letters.order_by("pk").values_list("kind", flat=True))


def is_dropped(letter: Letter, now: datetime = NOW) -> bool:
    assert send_letter(letter.pk, now) is False
    letter.refresh_from_db()
    return letter.dropped_at == now and not mail.outbox


# Asking


def test_a_letter_asked_for_twice_is_one_row_with_the_first_facts():
    user = reader()
    ask(user, "ended", amount_cents=1)
    letter = ask(user, "ended", amount_cents=2)
    assert letter.facts == {"amount_cents": 1}
    assert letter.wanted_at == NOW


def test_another_subject_is_another_letter():
    user = reader()
    assert ask(user, "ended", "sub_1") != ask(user, "ended", "sub_2")


def test_a_change_that_is_undone_asks_for_nothing(django_capture_on_commit_callbacks):
    user = reader()
    with django_capture_on_commit_callbacks() as enqueued, transaction.atomic():
        ask(user, "ended")
        transaction.set_rollback(True)
    assert not Letter.objects.exists()
    assert enqueued == []


def test_a_kind_without_words_is_a_fault_at_once():
    with pytest.raises(ValueError, match="newsletter"):
        want_letter(reader(), "newsletter", "sub_1", NOW)


def test_a_broker_that_is_away_hinders_nobody(monkeypatch, django_capture_on_commit_callbacks, caplog):
    def away(*args, **kwargs):
        raise OperationalError("redis://secret@host")

    monkeypatch.setattr(tasks.send_letter, "apply_async", away)
    user = reader()
    with django_capture_on_commit_callbacks(execute=True):
        ask(user, "refunded", amount_cents=1000)
    assert "secret" not in caplog.text
    assert send_due_letters(NOW) == 1


def test_the_worker_sends_what_was_asked_for(post, django_capture_on_commit_callbacks):  # noqa: F811
    user = reader()
    with django_capture_on_commit_callbacks(execute=True):
        ask(user, "refunded", amount_cents=1000, currency="GBP")
    assert [letter.subject for letter in post] == ["£10 is on its way back to you"]
    assert post[0].to == [user.email]


# Sending


def test_only_one_of_two_workers_sends():
    letter = ask(reader(), "refunded")
    assert [send_letter(letter.pk, NOW) for _ in range(2)] == [True, False]
    assert send_due_letters(NOW) == 0
    assert len(mail.outbox) == 1


def test_a_letter_whose_worker_died_is_not_sent_again():
    letter = ask(reader(), "refunded")
    Letter.objects.update(taken_at=NOW)
    assert send_letter(letter.pk, NOW + DAY) is False
    assert send_due_letters(NOW + DAY) == 0


def test_a_letter_that_is_gone_is_nobodys():
    assert send_letter(404, NOW) is False


def test_letters_wanted_later_wait_and_the_oldest_goes_first():
    for hours in (1, -1, -2):
        want_letter(reader(), "refunded", f"sub_{hours}", NOW + hours * HOUR)
    assert send_due_letters(NOW, limit=1) == 1
    assert Letter.objects.get(sent_at__isnull=False).about == "sub_-2"
    assert send_due_letters(NOW) == 1
    assert send_due_letters(NOW + HOUR) == 1


def test_the_same_letter_has_the_same_name_at_each_try_and_no_other_has():
    one, other = ask(reader(), "refunded"), ask(reader(), "refunded")
    for letter in (one, other, one):
        Letter.objects.update(taken_at=None, sent_at=None)
        send_letter(letter.pk, NOW)
    names = [letter.extra_headers["Message-ID"] for letter in mail.outbox]
    assert names[0] == names[2] != names[1]
    assert names[0].endswith("@testserver>")
    assert mail.outbox[0].extra_headers["Auto-Submitted"] == "auto-generated"


class Away(EmailBackend):
    """A mail server that nobody reaches."""

    tries = 0

    def send_messages(self, messages) -> int:
        Away.tries += 1
        raise ConnectionRefusedError("to nadia@mail.example")


class Choosy(EmailBackend):
    """A mail server that does not know one of our readers."""

    def send_messages(self, messages) -> int:
        if messages[0].to == ["gone@mail.example"]:
            raise SMTPRecipientsRefused({"gone@mail.example": (550, b"no such user")})
        return super().send_messages(messages)


def backend(name: str) -> str:
    return f"tests.billing.test_notices.{name}"


def test_a_mail_server_that_is_away_is_tried_later_and_less_and_less(settings):
    settings.EMAIL_BACKEND = backend("Away")
    letter = ask(reader(), "refunded")
    pauses = []
    for _ in range(MAX_ATTEMPTS - 1):
        letter.refresh_from_db()
        tried_at = letter.wanted_at
        assert send_letter(letter.pk, tried_at) is False
        letter.refresh_from_db()
        pauses.append(letter.wanted_at - tried_at)
        assert letter.taken_at is None
    assert pauses == sorted(pauses)
    assert timedelta(days=1) < sum(pauses, timedelta()) < timedelta(days=3)
    send_letter(letter.pk, letter.wanted_at)
    letter.refresh_from_db()
    assert letter.dropped_at is not None
    assert letter.attempts == MAX_ATTEMPTS


def test_a_mail_server_that_is_back_gets_the_letter(settings):
    settings.EMAIL_BACKEND = backend("Away")
    letter = ask(reader(), "refunded")
    send_letter(letter.pk, NOW)
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert send_due_letters(NOW) == 0
    assert send_due_letters(NOW + timedelta(minutes=1)) == 1
    assert len(mail.outbox) == 1


def test_one_round_does_not_knock_again_and_again_at_a_mail_server_that_is_away(settings):
    settings.EMAIL_BACKEND, Away.tries = backend("Away"), 0
    for _ in range(3):
        ask(reader(), "refunded")
    assert send_due_letters(NOW) == 0
    assert Away.tries == 1


def test_one_address_that_is_refused_keeps_nobody_waiting(settings):
    settings.EMAIL_BACKEND = backend("Choosy")
    gone = ask(reader(), "refunded")
    User.objects.filter(pk=gone.user_id).update(email="gone@mail.example")
    ask(reader(), "refunded")
    assert send_due_letters(NOW) == 1
    gone.refresh_from_db()
    assert (gone.attempts, gone.taken_at) == (1, None)


def test_a_fault_in_one_letter_is_logged_and_keeps_nobody_waiting(caplog):
    broken, _ = ask(reader(), "refunded", charge_at="soon"), ask(reader(), "refunded")
    assert send_due_letters(NOW) == 1
    assert f"letter failed letter={broken.pk}" in caplog.text
    broken.refresh_from_db()
    assert (broken.attempts, broken.taken_at) == (1, None)


def test_the_log_holds_no_address_and_no_link(settings, caplog):
    caplog.set_level(logging.INFO)
    user = subscriber(7)
    write_time_letters(NOW)
    settings.EMAIL_BACKEND = backend("Away")
    send_due_letters(NOW)
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    send_due_letters(NOW + HOUR)
    assert mail.outbox
    assert "letter sent" in caplog.text
    for secret in (user.email, "nadia@mail.example", "/membership/cancel/"):
        assert secret not in caplog.text


# What no longer holds


@pytest.mark.parametrize("kind", ["refunded", "second_trial", "duplicate_refunded", "welcome"])
def test_nobody_whose_account_is_closed_gets_a_letter(kind):
    user = reader(status="active")
    letter = ask(user, kind)
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert is_dropped(letter)


def test_letters_of_an_erased_account_are_gone_with_it():
    letter = ask(user := reader(), "refunded")
    user.delete()
    assert send_letter(letter.pk, NOW) is False


@pytest.mark.parametrize("kind", ["trial_started", "trial_ends_in_7_days", "trial_ends_in_1_day"])
@pytest.mark.parametrize("changed", [{"status": "trialing"}, {"status": "canceled"}, {"trial_ends_at": NOW + 3 * DAY}])
def test_free_days_are_not_announced_to_who_has_subscribed_or_has_others(kind, changed):
    user = reader(7)
    letter = ask(user, kind, user.membership.trial_ends_at.isoformat())
    Membership.objects.filter(user=user).update(**changed)
    assert is_dropped(letter)


@pytest.mark.parametrize("kind", ["trial_ends_in_7_days", "trial_ends_in_1_day"])
def test_an_announcement_that_comes_after_the_end_is_dropped(kind):
    user = reader(7)
    letter = ask(user, kind, user.membership.trial_ends_at.isoformat())
    assert is_dropped(letter, NOW + 7 * DAY)


def test_free_days_are_not_over_for_who_subscribed_meanwhile():
    user = reader(-1)
    letter = ask(user, "trial_over", user.membership.trial_ends_at.isoformat())
    Membership.objects.filter(user=user).update(status="active")
    assert is_dropped(letter)


@pytest.mark.parametrize("kind", ["payment_failed", "card_confirmation"])
@pytest.mark.parametrize("changed", [{"status": "active"}, {"status": "canceled"}, {"cancels_at": NOW}])
def test_nobody_who_paid_or_left_is_dunned(kind, changed):
    user = reader(-30, status="past_due", past_due_since=NOW)
    letter = ask(user, kind, overdue(user).stripe_id)
    Membership.objects.filter(user=user).update(**changed)
    assert is_dropped(letter)


def test_nobody_is_dunned_for_an_invoice_that_is_paid():
    user = reader(-30, status="past_due", past_due_since=NOW)
    letter = ask(user, "payment_failed", overdue(user, status="paid").stripe_id)
    assert is_dropped(letter)


def test_who_owes_is_told_the_amount_the_card_and_the_day_on_which_reading_stops():
    user = reader(-30, status="past_due", past_due_since=NOW)
    User.objects.filter(pk=user.pk).update(time_zone="America/New_York")
    facts = {"amount_cents": 1000, "currency": "GBP", "card_last4": "4242", "subscription": "sub_1"}
    letter = ask(user, "payment_failed", overdue(user).stripe_id, **facts)
    assert send_letter(letter.pk, NOW)
    body = mail.outbox[0].body
    assert "£10 could not be charged on Sunday 22 November to the card ending in 4242." in body
    assert "until Sunday 29 November at 04:30" in body
    assert "http://testserver/account/#pay" in body
    assert "http://testserver/membership/cancel/" in body


def test_a_welcome_is_dropped_where_the_membership_ended_before_it_left():
    user = subscriber(20, "active", stripe_id="sub_ended", is_to_be_wound_up=True)
    assert is_dropped(ask(user, "welcome", "sub_ended"))


def test_the_end_is_not_told_to_who_has_begun_again():
    assert is_dropped(ask(subscriber(20, "active"), "ended"))


@pytest.mark.parametrize(("kind", "cancels_at"), [("cancelled", None), ("kept", NOW + DAY)])
def test_only_the_last_word_about_cancelling_is_sent(kind, cancels_at):
    assert is_dropped(ask(subscriber(1, "active", cancels_at=cancels_at), kind))


@pytest.mark.parametrize("changed", [{"cancels_at": NOW + DAY}, {"status": "past_due"}, {"paid_until": NOW + 9 * DAY}])
@pytest.mark.parametrize(("status", "plan"), [("trialing", "monthly"), ("active", "yearly")])
def test_a_charge_that_will_not_come_is_not_announced(changed, status, plan):
    user = subscriber(6, status, plan)
    assert write_time_letters(NOW) == 1
    Membership.objects.filter(user=user).update(**changed)
    assert is_dropped(user.membership_letters.get())


# What time asks for: free days


@pytest.mark.parametrize(
    ("days_left", "expected"),
    [
        (14, []),
        (7.01, []),
        (7, ["trial_ends_in_7_days"]),
        (1.01, ["trial_ends_in_7_days"]),
        (1, ["trial_ends_in_1_day"]),
        (0.01, ["trial_ends_in_1_day"]),
        (0, ["trial_over"]),
        (-2.99, ["trial_over"]),
        (-3, []),
    ],
)
def test_free_days_are_announced_a_week_and_a_day_ahead_and_their_end_is_told(days_left, expected):
    user = reader(days_left)
    assert write_time_letters(NOW) == len(expected)
    assert kinds(user) == expected


def test_two_runs_write_one_row_for_each_window():
    user = reader(7)
    for hours in (0, 0, 1, 24 * 6, 24 * 6 + 1, 24 * 7, 24 * 7 + 1, 24 * 12):
        write_time_letters(NOW + hours * HOUR)
    assert kinds(user) == ["trial_ends_in_7_days", "trial_ends_in_1_day", "trial_over"]


def test_the_rows_it_writes_are_sent_once():
    reader(7)
    for _ in range(2):
        write_time_letters(NOW)
        send_due_letters(NOW)
    assert [letter.subject for letter in mail.outbox] == ["Your free days end on Sunday 29 November"]


@pytest.mark.parametrize(
    "facts",
    [
        {"status": "active"},
        {"status": "trialing"},
        {"status": "past_due"},
        {"status": "canceled"},
        {"given_until": NOW + 300 * DAY},
    ],
)
@pytest.mark.parametrize("days_left", [6, 0.5, -1])
def test_who_reads_on_or_has_left_hears_nothing_of_free_days(facts, days_left):
    user = reader(days_left, **facts)
    write_time_letters(NOW)
    assert kinds(user) == []


def test_who_never_finished_paying_is_told_that_the_free_days_end():
    user = reader(6, status="incomplete_expired")
    write_time_letters(NOW)
    assert kinds(user) == ["trial_ends_in_7_days"]


@pytest.mark.parametrize("facts", [{"is_active": False}, {"is_staff": True}])
def test_closed_accounts_and_staff_hear_nothing_of_free_days(facts):
    user = reader(6)
    User.objects.filter(pk=user.pk).update(**facts)
    assert write_time_letters(NOW) == 0


def test_an_address_that_nobody_confirmed_is_not_written_to():
    user = reader(6)
    user.emailaddress_set.update(verified=False)
    make_user()
    assert write_time_letters(NOW) == 0
    user.emailaddress_set.update(verified=True, email=user.email.upper())
    assert write_time_letters(NOW) == 1


@pytest.mark.parametrize(("length", "days_left", "expected"), [(7, 7, []), (5, 4, []), (1, 1, []), (8, 7, [7])])
def test_free_days_no_longer_than_the_notice_need_none(length, days_left, expected):
    user = reader(days_left, trial_started_at=NOW + (days_left - length) * DAY)
    assert write_time_letters(NOW) == len(expected)
    assert kinds(user) == [f"trial_ends_in_{days}_days" for days in expected]


def test_free_days_that_were_made_longer_are_announced_anew():
    user = reader(7)
    write_time_letters(NOW)
    Membership.objects.filter(user=user).update(trial_ends_at=NOW + 20 * DAY)
    write_time_letters(NOW)
    assert send_due_letters(NOW) == 0
    write_time_letters(NOW + 13 * DAY)
    assert send_due_letters(NOW + 13 * DAY) == 1
    assert "Saturday 12 December" in mail.outbox[0].subject


def test_many_rows_are_written_in_few_queries(django_assert_max_num_queries, monkeypatch):
    monkeypatch.setattr(notices, "CHUNK", 4)
    for _ in range(10):
        reader(5)
    with django_assert_max_num_queries(25):
        assert write_time_letters(NOW) == 10
    with django_assert_max_num_queries(15):
        assert write_time_letters(NOW + HOUR) == 0


# What time asks for: charges


@pytest.mark.parametrize(
    ("days_left", "expected"),
    [(8, []), (7.01, []), (7, ["card_trial_ends_in_7_days"]), (0.1, ["card_trial_ends_in_7_days"]), (0, [])],
)
def test_the_first_charge_is_announced_a_week_ahead(days_left, expected):
    user = subscriber(days_left)
    write_time_letters(NOW)
    assert kinds(user) == expected


def test_the_first_charge_is_announced_with_amount_date_card_and_a_link():
    user = subscriber(7, plan="yearly")
    User.objects.filter(pk=user.pk).update(time_zone="Asia/Tokyo")
    write_time_letters(NOW)
    send_due_letters(NOW)
    letter = mail.outbox[0]
    assert letter.subject == "Your free days end on Sunday 29 November: £96 is charged"
    assert "£96 is charged on Sunday 29 November by Broadsheet to the card ending in 4242" in letter.body
    assert "http://testserver/membership/cancel/" in letter.body


@pytest.mark.parametrize("began", [NOW - HOUR, NOW])
def test_who_subscribed_with_less_than_a_week_to_go_was_told_by_the_welcome(began):
    assert subscriber(6.9, began_at=began)
    assert write_time_letters(NOW) == 0


def test_a_first_charge_that_will_not_come_is_not_announced():
    subscriber(6, cancels_at=NOW + 6 * DAY)
    subscriber(6, is_to_be_wound_up=True)
    assert write_time_letters(NOW) == 0


@pytest.mark.parametrize(
    ("days_left", "status", "plan", "is_written"),
    [
        (14.1, "active", "yearly", False),
        (14, "active", "yearly", True),
        (1, "active", "yearly", True),
        (14, "active", "monthly", False),
        (14, "past_due", "yearly", False),
        (14, "trialing", "yearly", False),
    ],
)
def test_a_yearly_renewal_is_announced_two_weeks_ahead(days_left, status, plan, is_written):
    user = subscriber(days_left, status, plan, began_at=NOW - 351 * DAY)
    write_time_letters(NOW)
    assert kinds(user) == (["yearly_renewal"] if is_written else [])


def test_a_renewal_is_announced_once_a_year_also_where_its_hour_moves():
    user = subscriber(14, "active", "yearly", began_at=NOW - 351 * DAY)
    for hours in (0, 0, 1, 300):
        Membership.objects.filter(user=user).update(paid_until=NOW + 14 * DAY + min(hours, 2) * HOUR)
        write_time_letters(NOW + hours * HOUR)
    assert len(kinds(user)) == 1
    Membership.objects.filter(user=user).update(paid_until=NOW + 379 * DAY)
    write_time_letters(NOW + 366 * DAY)
    assert len(kinds(user)) == 2


def test_a_year_that_goes_on_by_the_month_names_the_price_of_the_month():
    subscriber(14, "active", "yearly", began_at=NOW - 351 * DAY, next_plan="monthly")
    write_time_letters(NOW)
    send_due_letters(NOW)
    assert mail.outbox[0].subject == "Your yearly membership ends on Sunday 6 December: then £10 a month"


def test_without_mail_nothing_is_written_or_sent(settings):
    letter = ask(reader(), "refunded")
    settings.MAIL_IS_CONFIGURED = False
    user = reader(7)
    want_letter(user, "ended", "sub_1", NOW)
    assert write_time_letters(NOW) == 0
    assert kinds(user) == []
    assert send_due_letters(NOW) == 0
    assert send_letter(letter.pk, NOW) is False
