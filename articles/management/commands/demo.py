"""The demo edition: load it, remove it, or serve its fictional press."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from articles.demo.load import edition_base, load_demo, remove_demo
from articles.demo.press import Press


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["load", "remove", "press"])

    def handle(self, *, action: str, **options: object) -> None:
        if action == "load":
            self.stdout.write(load_demo(timezone.now()))
        elif action == "remove":
            self.stdout.write(remove_demo())
        else:
            self.serve_press()

    def serve_press(self) -> None:
        if not settings.DEBUG:
            raise CommandError("The demo press runs only where DEBUG is true.")
        try:
            press = Press(settings.DEMO_PRESS_ADDRESS, edition_base(timezone.now()))
        except OSError as error:
            raise CommandError(
                f"The demo press cannot use {settings.DEMO_PRESS_ADDRESS}: set DEMO_PRESS_ADDRESS to a free one."
            ) from error
        try:
            press.serve_forever()
        except KeyboardInterrupt:
            press.server_close()
