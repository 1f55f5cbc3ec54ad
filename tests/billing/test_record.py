"""A dated line for each change of what a reader may read, also of those that nobody makes."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts.adapter import note_confirmed
from accounts.models import User
from billing.models import AccessLine, Membership
from billing.record import replayed, write_difference, write_line, write_time_lines, write_turns
from billing.standing import standing_of
from billing.trial import start_trial
from tests.accounts.doing import sign_up
from tests.accounts.test_social import come_from_google
from tests.letters import post  # noqa: F401  fixture
from tests.make import make_reader, make_user

pytestmark = pytest.mark.django_db

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def told(user) -> list[tuple[str, str]]:
    """Causes and answers, the oldest first."""
    return list(AccessLine.objects.filter(user=user).order_by("at", "pk").values_list("cause", "access"))


# Writing


def test_a_line_says_what_may_be_read_from_the_rows_as_they_are(member):
    stale = User.objects.select_related("membership").get(pk=member.pk)
    Membership.objects.filter(user=member).update(status="unpaid")
    assert write_line(stale, "stripe", "Unpaid.", timezone.now()).access == "lapsed"


def test_whoever_waited_for_a_lock_dates_no_line_before_the_last_one(trial_reader):
    now = timezone.now() + HOUR
    write_line(trial_reader, "stripe", "Newer.", now, {"status": "active"})
    late = write_line(trial_reader, "stripe", "Later.", now - MINUTE, {"status": "past_due"})
    assert late.at == now
    assert replayed(trial_reader).status == "past_due"


def test_a_reason_that_is_too_long_is_cut(trial_reader):
    line = write_line(trial_reader, "grant", "x" * 999, timezone.now(), actor="y" * 999)
    line.refresh_from_db()
    assert (len(line.rule), len(line.actor)) == (400, 254)


def test_the_line_of_an_account_that_is_switched_off_says_visitor(trial_reader):
    User.objects.filter(pk=trial_reader.pk).update(is_active=False)
    assert write_line(trial_reader, "account", "Switched off.", timezone.now()).access == "visitor"


def test_what_no_line_told_can_be_told_later(trial_reader):
    Membership.objects.filter(user=trial_reader).update(status="active", cancels_at=timezone.now())
    write_difference(trial_reader, "account", "On again.", timezone.now())
    assert replayed(trial_reader) == standing_of(User.objects.get(pk=trial_reader.pk))


# Signing up


@pytest.mark.usefixtures("post")
def test_after_a_sign_up_and_its_confirmation_the_lines_add_up():
    sign_up("nadia@mail.example")
    reader = User.objects.get()
    assert replayed(reader) == standing_of(reader)
    address = reader.emailaddress_set.get()
    address.verified = True
    address.save()
    for _ in range(2):
        note_confirmed(address, timezone.now())
    reader = User.objects.get()
    assert told(reader) == [("sign_up", "unverified_grace"), ("address_verified", "trial")]
    assert replayed(reader) == standing_of(reader)


@pytest.mark.usefixtures("post")
def test_an_address_that_google_has_confirmed_is_told_with_the_sign_up():
    come_from_google("nadia@mail.example")
    reader = User.objects.get()
    assert told(reader) == [("sign_up", "trial")]
    assert replayed(reader) == standing_of(reader)
    note_confirmed(reader.emailaddress_set.get(), timezone.now())
    assert reader.access_lines.count() == 1


def test_where_no_mail_can_be_sent_readers_count_as_verified_from_the_start(settings):
    settings.MAIL_IS_CONFIGURED = False
    user = make_user(is_verified=False)
    start_trial(user, timezone.now())
    assert "is_verified" not in user.access_lines.get().changes
    assert replayed(user) == standing_of(user)


# What time does


def test_the_end_of_the_free_days_is_a_line_of_its_own_dated_at_their_end():
    reader = make_reader(timezone.now() - 14 * DAY - HOUR)
    assert write_time_lines(timezone.now()) == 1
    line = reader.access_lines.first()
    assert line.at == reader.membership.trial_ends_at
    assert (line.cause, line.access, line.changes) == ("time", "trial_over", {})
    assert line.rule == "Your free days ended by themselves. Nothing was charged."


def test_a_line_is_written_once_however_often_it_is_looked_for():
    reader = make_reader(timezone.now() - 14 * DAY - HOUR)
    for minutes in (0, 10, 3000):
        write_time_lines(timezone.now() + minutes * MINUTE)
    assert reader.access_lines.count() == 2


def test_before_the_end_nothing_is_written():
    make_reader(timezone.now() - 14 * DAY + MINUTE)
    make_reader(timezone.now() - 40 * DAY, status="active", paid_until=timezone.now() + DAY)
    assert write_time_lines(timezone.now()) == 0


def test_an_end_of_last_week_is_no_news():
    make_reader(timezone.now() - 20 * DAY)
    assert write_time_lines(timezone.now()) == 0


@pytest.mark.parametrize(
    ("facts", "access", "words"),
    [
        ({"status": "active", "paid_until": -1.1}, "lapsed", "No payment was reported"),
        ({"status": "trialing", "paid_until": -0.1}, "lapsed", "No payment was reported"),
        ({"status": "active", "paid_until": -0.1, "cancels_at": -0.1}, "lapsed", "Nothing more is charged."),
        ({"status": "canceled", "paid_until": -0.1}, "lapsed", "The time that was paid for is over."),
        ({"status": "past_due", "past_due_since": -7.1}, "past_due", "still open after 7 days"),
        ({"given_until": -0.1}, "trial_over", "The membership that you were given ended"),
    ],
)
def test_each_thing_that_time_ends_has_its_sentence(facts, access, words):
    now = timezone.now()
    facts = {name: now + value * DAY if isinstance(value, float) else value for name, value in facts.items()}
    reader = make_reader(now - 60 * DAY, **facts)
    assert write_time_lines(now) == 1
    line = reader.access_lines.first()
    assert line.access == access
    assert words in line.rule


def test_a_reader_who_never_confirmed_is_told_when_reading_stopped_and_when_the_days_ended():
    now = timezone.now()
    user = make_user(is_verified=False, date_joined=now - DAY - HOUR)
    start_trial(user, now - DAY - HOUR)
    assert write_time_lines(now) == 1
    assert user.access_lines.first().rule.startswith("Your address was not confirmed within 24 hours")
    write_time_lines(now + 14 * DAY)
    assert told(user) == [("sign_up", "unverified_grace"), ("time", "must_verify"), ("time", "trial_over")]


def test_two_ends_that_a_worker_slept_through_are_two_lines():
    now = timezone.now()
    user = make_user(is_verified=False, date_joined=now - 2 * DAY)
    start_trial(user, now - 2 * DAY)
    Membership.objects.filter(user=user).update(trial_ends_at=now - HOUR)
    write_time_lines(now)
    assert told(user)[1:] == [("time", "must_verify"), ("time", "trial_over")]


def test_an_end_that_changes_nothing_for_the_reader_is_not_written():
    now = timezone.now()
    make_reader(now - 14 * DAY - HOUR, status="active", paid_until=now + 30 * DAY)
    assert write_time_lines(now) == 0


def test_a_change_after_the_end_is_the_newer_news():
    reader = make_reader(timezone.now() - 14 * DAY - HOUR)
    write_line(reader, "stripe", "The first payment was not confirmed.", timezone.now(), {"status": "incomplete"})
    assert write_time_lines(timezone.now()) == 0


def test_an_account_that_is_switched_off_gets_no_line():
    reader = make_reader(timezone.now() - 14 * DAY - HOUR)
    User.objects.filter(pk=reader.pk).update(is_active=False)
    assert write_time_lines(timezone.now()) == 0


def test_at_most_so_many_readers_a_run_and_the_others_at_the_next():
    for _ in range(5):
        make_reader(timezone.now() - 14 * DAY - HOUR)
    assert [write_time_lines(timezone.now(), limit=2) for _ in range(4)] == [2, 2, 1, 0]


def test_a_line_from_before_answers_were_kept_does_not_hide_an_end():
    reader = make_reader(timezone.now() - 14 * DAY - HOUR)
    AccessLine.objects.update(access="")
    assert write_time_lines(timezone.now()) == 1
    assert reader.access_lines.count() == 2


def test_a_worker_that_comes_second_looks_again_and_writes_nothing():
    reader = make_reader(timezone.now() - 14 * DAY - HOUR)
    assert [write_turns(reader.membership.pk, timezone.now()) for _ in range(2)] == [1, 0]


@pytest.mark.service
@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_write_one_line():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite in memory has one connection")
    reader = make_reader(timezone.now() - 14 * DAY - HOUR)
    now, barrier, counts = timezone.now(), threading.Barrier(2), []

    def work() -> None:
        barrier.wait()
        try:
            counts.append(write_time_lines(now))
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(counts) == [0, 1]
    assert reader.access_lines.filter(cause="time").count() == 1


def test_a_line_that_stands_is_never_written_over(trial_reader):
    line = trial_reader.access_lines.get()
    line.rule = "It was always so."
    with pytest.raises(TypeError):
        line.save()
    assert "free days" in trial_reader.access_lines.get().rule
