"""Build the stories of the last hours again."""

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from articles.stories.run import regroup


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--hours", type=int, default=72)

    def handle(self, *, hours: int, **options: object) -> None:
        count = regroup(hours, timezone.now())
        self.stdout.write(f"{count} stories in the last {hours} hours")
