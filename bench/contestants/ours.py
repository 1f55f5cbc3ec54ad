"""The site's own ingest: the feeds that are due until none is, as the worker's task asks for them.

Called as a module it makes the database ready, in a process whose memory is not measured:
python -m bench.contestants.ours JOB.json
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from itertools import count

import django
from django.core.management import call_command
from django.db import connection

from bench.shapes import Job, job_from

LATER = timedelta(days=2)  # after which every feed is due again


def prepare(job: Job) -> Callable[[], int]:
    """The environment names the database; see `environment_of_ours`."""
    subprocess.run([sys.executable, "-m", "bench.contestants.ours", f"{job.folder}/job.json"], check=True)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newssite.settings")
    django.setup()

    from django.utils import timezone

    from articles.ingest.run import refresh_due

    turns = count()

    def take_turn() -> int:
        now = timezone.now() + next(turns) * LATER
        results = list(refresh_due(now))
        if job.etag:
            return sum(result.outcome == "not_modified" for result in results)
        return sum(len(result.new_ids) for result in results)

    return take_turn


def make_ready(job: Job) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newssite.settings")
    django.setup()
    if not job.is_migrated:
        call_command("migrate", verbosity=0)
    create_feeds(job)
    connection.close()


def create_feeds(job: Job) -> None:
    """A title with the widest permission for each feed: everything that can be stored is."""
    from articles.models import Feed, Source, host_of

    sources = Source.objects.bulk_create(
        [
            Source(
                name=f"Paper {number}",
                slug=f"paper-{number}",
                homepage=f"https://paper-{number}.example/",
                permission="full",
            )
            for number in range(len(job.urls))
        ],
        batch_size=500,
    )
    Feed.objects.bulk_create(
        [
            Feed(
                source=source,
                url=url,
                host=host_of(url),
                section="world",
                etag=job.etag,
                last_modified=job.last_modified,
                body_hash="0" * 64 if job.etag else "",
            )
            for source, url in zip(sources, job.urls, strict=True)
        ],
        batch_size=500,
    )


if __name__ == "__main__":
    make_ready(job_from(sys.argv[1]))
