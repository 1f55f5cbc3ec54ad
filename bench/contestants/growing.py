"""The site on an archive of one size, in this process: each page, look-up and search timed when it is asked for.

python -m bench.contestants.growing ARTICLES    lines in: what to time, and how often; lines out: JSON
The environment names the database, which is empty. "ready" comes when it is filled.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping
from itertools import cycle
from statistics import median
from time import perf_counter
from urllib.parse import urlsplit

import django
from django.conf import settings
from django.core.management import call_command

from bench.archive import AGENCY, Archive, entry_id

BODY_WORDS = 90
DIFFERENT = 40  # pages of a kind that take turns
DEPTH = 4000  # articles above a deep page's first; the smallest archive has as many
# What people look for: words of every frequency, two together, in a row, the beginning of one, one title's, none's.
SEARCHES = (
    *("rareword", "hundredthword", "fifthword", "fifthword hundredthword", '"fifthword hundredthword"'),
    *("fifthword source:title-2", "hundredthword section:science", "fifthword -hundredthword", "nobodysaysthis"),
)


def main(article_count: int) -> None:
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newssite.settings")
    django.setup()
    call_command("migrate", verbosity=0)
    made_up = fill_shelves(article_count)
    jobs = jobs_on(made_up)
    print(json.dumps(list(jobs)), file=answers)
    for line in sys.stdin:
        wanted = json.loads(line)
        print(json.dumps(timed(jobs[wanted["what"]], wanted["times"])), file=answers)


def fill_shelves(article_count: int) -> Archive:
    from django.utils import timezone

    from articles.stories.run import keep_related
    from bench.shelves import fill

    call_command("collectstatic", interactive=False, verbosity=0)
    made_up = Archive(article_count, timezone.now(), body_words=BODY_WORDS)
    fill(made_up)
    keep_related(timezone.now())
    return made_up


def jobs_on(made_up: Archive) -> Mapping[str, Callable[[], object]]:
    """Name -> what is timed. Each of these takes another article, section or page when it is called again."""
    from django.core.wsgi import get_wsgi_application
    from django.utils import timezone

    from articles.ingest.store import NAMED, select
    from articles.models import Article
    from articles.pages import moment
    from articles.pages.keyset import cursor_of
    from articles.search.find import search
    from articles.search.query import parse_query
    from articles.sections import SECTIONS
    from articles.stories.run import related_articles
    from bench.contestants.pages import asked

    application, host = get_wsgi_application(), urlsplit(settings.SITE_URL).netloc
    last = made_up.article_count

    def page(paths: list[str]) -> Callable[[], object]:
        turns = cycle(paths)

        def take() -> None:
            moment._kept.clear()  # the rows that pages of one moment share: they are what may grow
            asked(application, host, next(turns))

        return take

    def deep(section: str, place: int) -> str:
        number = last - DEPTH - 11 * place
        return f"/news/{section}/?before={cursor_of(made_up.published_at(number), number)}"

    sections = [section for section in SECTIONS if section != "top"]
    recent = list(Article.objects.select_related("source").filter(pk__gt=last - 60 * DIFFERENT)[::60])
    neighbours, entries = cycle(recent), cycle(range(DIFFERENT))

    def known(first: int) -> list:
        """Forty entries of the agency's feed, which brings every third article: those up to `first`."""
        return select(NAMED, AGENCY, among=[entry_id(first - 3 * place) for place in range(40)])

    newest = last // 3 * 3
    assert len(known(newest)) == 40
    return {
        "front": page(["/"]),
        "section": page([f"/news/{section}/" for section in sections]),
        "deep page": page([deep(section, place) for place, section in enumerate(sections)]),
        "article": page([article.get_absolute_url() for article in recent]),
        "40 known entries": lambda: known(newest - 60 * next(entries)),
        "40 new entries": lambda: known(3 * last + 60 * next(entries)),
        "related": lambda: related_articles(next(neighbours), 4, timezone.now()),
        **{
            f"search {words}": lambda query=parse_query(words): search(query, timezone.now())  # type: ignore[misc]
            for words in SEARCHES
        },
    }


def timed(work: Callable[[], object], times: int) -> dict[str, float]:
    taken = []
    for _ in range(times):
        began = perf_counter()
        work()
        taken.append(1000 * (perf_counter() - began))
    return {"p50_ms": median(taken)}


if __name__ == "__main__":
    main(int(sys.argv[1]))
