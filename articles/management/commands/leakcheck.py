import json
from argparse import ArgumentParser
from dataclasses import asdict
from random import Random, randrange

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from articles.leakcheck import CannotTell, Result, check_site, over_http


class Command(BaseCommand):
    help = (
        "Walk every public surface of a running site as an outsider and look for walled text. "
        "Ends with 0 where none shows, 1 where some does, 2 where the site cannot be looked at."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--url", default=settings.SITE_URL, help="the site, default %(default)s")
        parser.add_argument("--sample", type=int, default=20, help="walled articles drawn by chance, default 20")
        parser.add_argument("--seed", type=int, help="draw the same articles as an earlier run")
        parser.add_argument("--json", action="store_true", help="one JSON object on standard output")

    def handle(self, *, url: str, sample: int, seed: int | None, **options: object) -> None:
        if not url.startswith(("http://", "https://")):
            raise CommandError(f"--url must be an http(s) address, not {url!r}", returncode=2)
        if sample < 1:
            raise CommandError("--sample must be at least 1", returncode=2)
        seed = randrange(2**32) if seed is None else seed  # noqa: S311  a draw, not a secret
        try:
            result = check_site(over_http(url.rstrip("/")), sample, Random(seed), timezone.now())  # noqa: S311
        except CannotTell as error:
            raise CommandError(f"cannot tell: {error}", returncode=2) from error
        self.report(result, url, seed, is_json=bool(options["json"]))
        if result.leaks:
            raise CommandError("walled text shows to outsiders", returncode=1)

    def report(self, result: Result, url: str, seed: int, *, is_json: bool) -> None:
        if is_json:
            self.stdout.write(json.dumps({"url": url, "seed": seed, **asdict(result)}))
            return
        for leak in result.leaks:
            self.stdout.write(f"LEAK {leak.path} shows walled text of article {leak.article_id}")
        self.stdout.write(
            f"{result.addresses} addresses of {url}, {len(result.leaks)} leaks; looked for "
            f"{result.sentences} sentences of {result.articles} walled articles (--seed {seed})"
        )
