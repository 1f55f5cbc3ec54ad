"""What stories cost as the number of live articles grows: python -m bench.contestants.stories SIZE … (ascending).

For each size: the pass over the window on one core; then new articles placed, each by a task of its own, and in tens.
Prints a line of JSON for each. The environment names the database, which is empty.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from random import Random
from time import perf_counter, process_time

import django
from django.core.management import call_command

ALONE = 200
ROUNDS = 60
TOGETHER = 10  # articles of a round, as a worker is handed them
HOURS = 72
SOURCES = 500
WORDS = 40_000
REPORTS_OF_AN_EVENT = 6  # in the mean: most are reported once, a few by fifty titles
OWN_WORDS = 14  # that tell one event from another


class Paper:
    """Made-up reports: a third of the words of each are its event's own, the others as frequent as words are."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.weights = [1 / (place + 3) for place in range(WORDS)]
        self.words = [f"w{place}" for place in range(WORDS)]
        self.common: list[str] = []

    def report(self, live: int) -> dict[str, str]:
        event = int(live / REPORTS_OF_AN_EVENT * self.random.random() ** 2)
        names = Random(event).sample(range(400, WORDS), OWN_WORDS)
        return {
            "headline": self._text(names, 9),
            "standfirst": self._text(names, 24),
            "opening_html": f"<p>{self._text(names, 70)}</p>",
        }

    def _text(self, names: Sequence[int], length: int) -> str:
        if len(self.common) < length:
            self.common = self.random.choices(self.words, self.weights, k=200_000)
        own = [self.words[self.random.choice(names)] for _ in range(length // 3)]
        return " ".join([*own, *(self.common.pop() for _ in range(length - len(own)))])


def main(sizes: Sequence[int]) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newssite.settings")
    django.setup()
    call_command("migrate", verbosity=0)
    for found in measure(sizes):
        print(json.dumps(found), flush=True)


def measure(sizes: Sequence[int]) -> Iterator[dict[str, float]]:
    from django.utils import timezone

    from articles.models import Article, Source, Story
    from articles.stories.run import group_new_articles, regroup

    now, paper = timezone.now(), Paper(1)
    sources = Source.objects.bulk_create(
        Source(name=f"Title {n}", slug=f"title-{n}", homepage=f"https://title-{n}.example/", language="en")
        for n in range(SOURCES)
    )
    live = 0
    for size in sizes:
        articles = [written(paper, sources, size, now) for _ in range(size - live)]
        Article.objects.bulk_create(articles, batch_size=2000)
        live = size
        regroup(HOURS, now)  # what is kept of each article is made as it comes in
        stories = Story.objects.count()
        pass_ms, pass_cpu_ms = timed(lambda: regroup(HOURS, now))
        new = Article.objects.bulk_create(written(paper, sources, size, now) for _ in range(ALONE + ROUNDS * TOGETHER))
        ids = [article.pk for article in new]
        alone = [timed(lambda pk=pk: group_new_articles([pk], now)) for pk in ids[:ALONE]]
        tens = [ids[start : start + TOGETHER] for start in range(ALONE, len(ids), TOGETHER)]
        together = [timed(lambda some=some: group_new_articles(some, now)) for some in tens]
        live += len(new)
        yield {
            "live": size,
            "stories": stories,
            "pass_seconds": pass_ms / 1000,
            "pass_cpu_seconds": pass_cpu_ms / 1000,
            "alone_p95_ms": p95([wall for wall, _ in alone]),
            "alone_p95_cpu_ms": p95([cpu for _, cpu in alone]),
            "together_p95_ms": p95([wall / TOGETHER for wall, _ in together]),
            "together_p95_cpu_ms": p95([cpu / TOGETHER for _, cpu in together]),
        }


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Milliseconds: wall, of the processor."""
    began, cpu_began = perf_counter(), process_time()
    work()
    return 1000 * (perf_counter() - began), 1000 * (process_time() - cpu_began)


def p95(values: Iterable[float]) -> float:
    ordered = sorted(values)
    return ordered[int(len(ordered) * 0.95)]


def written(paper: Paper, sources: Sequence, live: int, now: datetime):
    from articles.models import Article

    return Article(
        source=paper.random.choice(sources),
        section="world",
        language="en",
        published_at=now - timedelta(hours=HOURS * 0.99 * paper.random.random()),
        first_seen_at=now,
        **paper.report(live),
    )


if __name__ == "__main__":
    main([int(argument) for argument in sys.argv[1:]])
