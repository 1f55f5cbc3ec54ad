"""Run it once after a backup was restored, before any worker starts.

Memberships are compared with Stripe, and letters that may have left since the backup was made are not sent again.
"""

from __future__ import annotations

from argparse import ArgumentTypeError
from datetime import UTC, datetime

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from articles.newsletter import after_restore as briefings
from billing import after_restore as letters
from billing.gateway import client


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        about = "when the old site sent its last letter, such as 2030-01-31T12:00 (UTC); now, where it is not given"
        parser.add_argument("--stopped-at", type=moment, help=about)

    def handle(self, *, stopped_at: datetime | None, **options: object) -> None:
        until = stopped_at or timezone.now()
        if until > timezone.now():
            raise CommandError("--stopped-at lies in the future.")
        # First: what Stripe tells now asks for letters too, and they were sent when it first told.
        if client.is_on():
            call_command("reconcile", stdout=self.stdout)
        if settings.MAIL_IS_CONFIGURED:
            counts = letters.count_as_sent(until), briefings.count_as_sent(until)
            self.stdout.write("{} letters and {} briefings count as sent.".format(*counts))
        if not (client.is_on() or settings.MAIL_IS_CONFIGURED):
            self.stdout.write("Nothing was to be done: neither Stripe nor mail is configured here.")


def moment(text: str) -> datetime:
    try:
        found = parse_datetime(text)
    except ValueError:  # of the right form, and no such day
        found = None
    if found is None:
        raise ArgumentTypeError(f"not a time such as 2030-01-31T12:00: {text}")
    return found if found.tzinfo else found.replace(tzinfo=UTC)
