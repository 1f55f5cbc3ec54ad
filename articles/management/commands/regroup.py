"""Build the stories of the last hours again."""

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from articles.stories.run import regroup

MOST_HOURS = 24 * 366


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--hours", type=int, default=72)

    def handle(self, *, hours: int, **options: object) -> None:
        if not 1 <= hours <= MOST_HOURS:
            raise CommandError(f"--hours must be from 1 to {MOST_HOURS}")
        count = regroup(hours, timezone.now())
        self.stdout.write(f"{count} {'story' if count == 1 else 'stories'} in the last {hours} hours")
