"""Load a catalogue: JSON or OPML, into sources and feeds. Safe to run again; a permission set by editors stays."""

from __future__ import annotations

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser

from articles.catalogue.load import BUNDLED_CATALOGUE, load, read_catalogue
from articles.models import Permission


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "file", nargs="?", type=Path, default=BUNDLED_CATALOGUE, help="Without it: the catalogue of the project."
        )
        parser.add_argument("--permission", choices=Permission.values, default="", help="Of sources that are new.")

    def handle(self, *, file: Path, permission: str, **options: object) -> None:
        try:
            rows = read_catalogue(file)
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.") from error
        except ValueError as error:
            raise CommandError(f"{file}: {error}") from error
        result = load(rows, permission)
        for row in result.bad:
            self.stderr.write(f"left out: {row.name}: {row.reason}")
        self.stdout.write(
            f"{result.new_sources} new sources, {result.known_sources} known; "
            f"{result.new_feeds} new feeds, {result.known_feeds} known; {len(result.bad)} rows left out"
        )
