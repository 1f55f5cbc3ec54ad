"""Write the sources as OPML 2.0, to a file or to the terminal. load_sources reads it back as it was."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from articles.catalogue.load import rows_in_database
from articles.catalogue.opml import build_opml


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", type=Path)

    def handle(self, *, file: Path | None, **options: object) -> None:
        document = build_opml(rows_in_database(), f"Sources of {settings.SITE_NAME}")
        if file is None:
            self.stdout.write(document.decode(), ending="")
            return
        try:
            file.write_bytes(document)
        except OSError as error:
            raise CommandError(f"{file} cannot be written: {error.strerror}.") from error
