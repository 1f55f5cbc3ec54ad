"""A backup is older than the site that was lost: what that site has mailed since must not be mailed again."""

from __future__ import annotations

from datetime import UTC, timedelta

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.utils import timezone

from articles.newsletter.send import send_letters
from articles.newsletter.when import next_slot
from billing.notices import send_due_letters, write_time_letters
from tests.articles.newsletter.conftest import ask_for_letters, make_news
from tests.articles.newsletter.conftest import now as edition_due  # noqa: F401  fixture
from tests.billing.paying import paying  # noqa: F401  fixture
from tests.make import make_reader

pytestmark = pytest.mark.django_db


@pytest.fixture
def backup(edition_due) -> object:  # noqa: F811
    """An edition is due since five minutes, and free days that ended yesterday ask for a letter."""
    with time_machine.travel(edition_due, tick=False) as clock:
        make_news()
        ask_for_letters(make_reader(edition_due - timedelta(days=15)))
        yield clock


def everything_that_waits_leaves(mailoutbox) -> list[str]:
    write_time_letters(timezone.now())
    send_due_letters(timezone.now())
    send_letters(timezone.now())
    return [letter.subject for letter in mailoutbox]


def test_without_a_word_everything_would_leave_again(backup, mailoutbox):
    assert len(everything_that_waits_leaves(mailoutbox)) == 2


def test_no_letter_and_no_briefing_of_before_leaves_again_o13(backup, mailoutbox, capsys):
    call_command("restored")
    assert "2 letters and 1 briefings count as sent" in capsys.readouterr().out
    assert everything_that_waits_leaves(mailoutbox) == []
    # What comes due afterwards is nobody's second letter.
    backup.move_to(next_slot(timezone.now(), UTC).due_at + timedelta(minutes=5), tick=False)
    assert len(everything_that_waits_leaves(mailoutbox)) == 1


def test_what_came_due_after_the_old_site_had_stopped_is_sent_o13(backup, mailoutbox):
    stopped_at = timezone.now() - timedelta(hours=1)
    call_command("restored", "--stopped-at", stopped_at.isoformat())
    assert len(everything_that_waits_leaves(mailoutbox)) == 1


def test_a_moment_that_is_none_or_lies_ahead_is_refused_o13(backup):
    for text in ("yesterday", "2030-02-31T12:00"):
        with pytest.raises(CommandError, match=f"not a time such as 2030-01-31T12:00: {text}"):
            call_command("restored", "--stopped-at", text)
    with pytest.raises(CommandError, match="future"):
        call_command("restored", "--stopped-at", (timezone.now() + timedelta(days=1)).isoformat())


def test_where_there_is_nothing_to_do_it_says_so(db, settings, capsys):
    settings.STRIPE_SECRET_KEY, settings.MAIL_IS_CONFIGURED = "", False
    call_command("restored")
    assert "Nothing was to be done" in capsys.readouterr().out


def test_what_the_comparison_with_stripe_finds_is_told_nobody_again_o13(paying, mailoutbox):  # noqa: F811
    """The old site wrote when it heard of it; the backup knows neither the payment nor the letter."""
    reader = paying.reader(days=20)
    session_id = paying.open_checkout(reader)
    stopped_at = timezone.now()
    paying.stand_in.complete_checkout(session_id)
    paying.lose()
    paying.wait(hours=2)
    call_command("restored", "--stopped-at", stopped_at.isoformat())
    assert paying.access(reader).is_granted
    assert everything_that_waits_leaves(mailoutbox) == []
