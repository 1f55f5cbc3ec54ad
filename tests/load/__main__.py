"""1,000 readers on one story that breaks, feeds and an editor behind them, then storms.

python -m tests.load                          as the catalogue of hazards asks for it: 1,000 readers, five minutes
python -m tests.load --readers 100 --seconds 30 --only L01 L03
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from bench.press import Press
from bench.publishers import serving
from tests.faults.newsroom import wait_until
from tests.faults.scene import WEBHOOK_SECRET, Scene, scene, session_of
from tests.faults.verdict import Verdict
from tests.load import house, storms
from tests.load.crowd import MOST_READERS, MOST_SECONDS, THINK_SECONDS, Tally, crowd
from tests.load.judging import LEAK, Look
from tests.load.stampede import builds_of
from tests.load.work import ENTRIES, VISIBLE_SECONDS, Editor, Found, Ingest, add_feeds
from tests.stripe_api import StandIn

MEMBER_SHARE = 0.3
VISITOR_SECONDS, MEMBER_SECONDS = 1.0, 2.0  # what 95 of 100 pages may take
STRIPE_SECONDS = 2.0
GROWTH_MB = 250
PASSWORD = "a long password"
WORKER_NICENESS = 5


@dataclass(frozen=True)
class Options:
    readers: int
    seconds: float
    storm_seconds: float
    feeds: int
    only: list[str]
    json: str
    think: float


@dataclass
class Site:
    options: Options
    room: house.House
    port: int  # of the proxy
    cookies: list[str]  # one a reader, "" for a visitor
    breaking: house.Breaking
    members: list[str]

    async def read(self, seconds: float, tally: Tally, *beside: Coroutine) -> None:
        """The crowd for so long, and what happens beside it."""

        def look_of(cookie: str, place: int) -> Look:
            return house.looks_of(self.breaking, cookie, place)

        reading = crowd(self.port, self.cookies, look_of, [house.MARK], seconds, tally, self.options.think)
        await asyncio.gather(reading, *beside)


def main() -> int:
    options, verdict = read_options(), Verdict()
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    with open_site(options) as site:
        parts: dict[str, Callable[[Verdict, Site], None]] = {
            "L01": breaking_news,
            "L03": sign_ins,
            "L04": sign_ups,
            "L05": searches,
            "L06": slow_clients,
        }
        for name, part in parts.items():
            if not options.only or name in options.only:
                with verdict.part(name, part.__name__.replace("_", " ")):
                    part(verdict, site)
    if options.json:
        Path(options.json).write_text(json.dumps([asdict(line) for line in verdict.lines], indent=1))
    return verdict.code


def read_options() -> Options:
    parser = argparse.ArgumentParser(prog="python -m tests.load", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--readers", type=int, default=1000, help=f"at most {MOST_READERS}")
    parser.add_argument("--seconds", type=float, default=300, help=f"of L01; at most {MOST_SECONDS}")
    parser.add_argument("--storm-seconds", type=float, default=15, help="of each storm")
    parser.add_argument("--feeds", type=int, default=500)
    parser.add_argument("--think", type=float, default=THINK_SECONDS, help="seconds between two pages, in the mean")
    parser.add_argument("--only", nargs="*", default=[], metavar="L01")
    parser.add_argument("--json", default="", help="a file for the results")
    found = parser.parse_args()
    if not 0 < found.readers <= MOST_READERS or not 0 < found.seconds <= MOST_SECONDS:
        parser.error(f"at most {MOST_READERS} readers and {MOST_SECONDS} seconds")
    return Options(**vars(found))


@contextmanager
def open_site(options: Options) -> Iterator[Site]:
    with ExitStack() as stack:
        stand_in = StandIn(datetime.now(UTC), WEBHOOK_SECRET, is_clock_real=True)
        stand_in.start(port=0)
        stack.callback(stand_in.stop)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="load-press-")))
        publishers = stack.enter_context(serving(folder))
        settings = {
            "FEED_ALLOWED_PRIVATE_HOSTS": ",".join(publishers.addresses),
            "FEED_ROUND_SECONDS": "10",
            "FEED_LEASE_SECONDS": "600",
            "TRUSTED_PROXY_COUNT": "1" if house.has_proxy() else "0",
            "STRIPE_API_BASE": stand_in.url,
        }
        stage: Scene = stack.enter_context(scene(house.House, **settings))
        room = stage.room
        room.publishers, room.stand_in = publishers, stand_in
        room.press = Press(options.feeds, datetime.now(UTC), entry_count=ENTRIES)
        breaking = house.make_breaking_story()
        members = house.make_members(min(100, max(1, int(options.readers * MEMBER_SHARE))))
        room.start_web()
        port = stack.enter_context(house.proxy(room))
        print(f"site on {room.web_port}, asked through {'nginx' if port != room.web_port else 'nothing'} on {port}")
        yield Site(options, room, port, cookies_for(options.readers, members), breaking, members)


def cookies_for(readers: int, members: list[str]) -> list[str]:
    """Three of ten are members, mixed among the others."""
    chance = Random(1)
    return [chance.choice(members) if chance.random() < MEMBER_SHARE else "" for _ in range(readers)]


# L01, L02


def breaking_news(verdict: Verdict, site: Site) -> None:
    from articles.models import Article
    from tests.make import make_pick, make_user

    options, room = site.options, site.room
    publishers, press = room.publishers, room.press
    done = f"{options.readers} readers for {options.seconds:.0f} s, {options.feeds} feeds, an editor"
    builds, told = builds_of(room, site.port, site.breaking.others[-1][0], site.breaking.others[-2][0])
    verdict.see("L01", "100 visitors at once on a page that nobody has asked for", told, builds <= 2)
    publishers.write(press, 0)
    publishers.show(0)
    # As deploy/systemd begins it: readers come first.
    os.setpriority(os.PRIO_PGRP, room.start_worker().pid, WORKER_NICENESS)
    room.start_beat()
    # What a process takes to begin is no growth.
    wait_until(room.celery.control.ping)
    article, tail = site.breaking.articles[0]
    views = [Look("/"), Look(article), Look("/", site.members[0]), Look(article, site.members[0], tail)]
    queries = [house.queries_of(look) for look in views]
    memory = [house.memory_mb(process) for process in room.processes]
    add_feeds(options.feeds, publishers.port)
    pick = make_pick(Article.objects.get(pk=site.breaking.pk))
    editor = session_of(make_user("desk@site.example", is_staff=True, is_superuser=True))
    tally, found, is_over = Tally(), Found(), threading.Event()
    work = [
        Ingest(publishers, press, found, is_over),
        Editor(site.port, editor, pick.pk, site.members[0], found, is_over),
    ]
    for thread in work:
        thread.start()
    asyncio.run(site.read(options.seconds, tally))
    is_over.set()
    for thread in work:
        thread.join(30)
    after = [house.memory_mb(process) for process in room.processes]
    judge_pages(verdict, done, tally)
    judge_work(verdict, done, found)
    now = [house.queries_of(look) for look in views]
    verdict.see("L01", done, f"queries of a view before {queries}, after {now}", all(map(at_most, queries, now)))
    names = ("web", "worker", "beat")
    grown = ", ".join(f"{name} {a:.0f} → {b:.0f}" for name, a, b in zip(names, memory, after, strict=False))
    verdict.see("L01", done, f"memory in MB: {grown}", sum(after) - sum(memory) < 2 * GROWTH_MB)


def at_most(before: int, after: int) -> bool:
    """The editor's pick may ask for one more; the archive, which has grown meanwhile, for none."""
    return after <= before + 1


def judge_pages(verdict: Verdict, done: str, tally: Tally) -> None:
    is_quick = tally.percentile("visitor", 0.95) < VISITOR_SECONDS and tally.percentile("member", 0.95) < MEMBER_SECONDS
    verdict.see("L01", done, tally.told(), not tally.faults and is_quick and tally.count)
    leaks = sum(count for fault, count in tally.faults.items() if fault.endswith(LEAK))
    visitors = len(tally.seconds["visitor"])
    verdict.see("L01", done, f"walled text in {leaks} of {visitors} visitors' answers", leaks == 0 and visitors)


def judge_work(verdict: Verdict, done: str, found: Found) -> None:
    lags = ", ".join(f"{lag:.0f}" for lag in found.lags) or "none finished"
    verdict.see(
        "L02", done, f"seconds until every feed's new entry was in: {lags}", found.lags and max(found.lags) < 120
    )
    told = "; ".join(f"{name} {', '.join(f'{one:.0f}' for one in times)}" for name, times in found.visible.items())
    is_soon = found.visible and max(max(times) for times in found.visible.values()) <= VISIBLE_SECONDS
    seen = "; ".join([f"seconds until an edit was seen: {told or 'none seen'}", *found.faults])
    verdict.see("L01", done, seen, is_soon and not found.faults)


# L03-L06: each beside a few readers, whose pages are compared with those of a quiet moment


def with_readers(site: Site, seconds: float, *beside: Callable[[], Coroutine]) -> tuple[Tally, Tally, list]:
    """Pages of a quiet moment, pages of the storm, and what the storm brought."""
    few = Site(site.options, site.room, site.port, site.cookies[:60], site.breaking, site.members)
    quiet, loud, brought = Tally(), Tally(), []

    async def both() -> None:
        async def keep(one: Callable[[], Coroutine]) -> None:
            brought.append(await one())

        await few.read(6, quiet)
        await few.read(seconds, loud, *(keep(one) for one in beside))

    asyncio.run(both())
    return quiet, loud, brought


def judge_readers(verdict: Verdict, ids: str, done: str, quiet: Tally, loud: Tally) -> None:
    """Twice as slow is allowed, or what a page may take in any case: some milliseconds doubled are nobody's trouble."""
    told, are_quick = [], True
    for kind, limit in (("visitor", VISITOR_SECONDS), ("member", MEMBER_SECONDS)):
        before, after = quiet.percentile(kind, 0.95), loud.percentile(kind, 0.95)
        told.append(f"{kind}s' p95 {before * 1000:.0f} → {after * 1000:.0f} ms")
        are_quick &= after <= max(2 * before, limit)
    seen = f"{', '.join(told)}; {loud.told()}"
    verdict.see(ids, done, seen, not loud.faults and are_quick)


def sign_ins(verdict: Verdict, site: Site) -> None:
    from tests.make import make_reader

    seconds, done = site.options.storm_seconds, "50 right and 200 wrong sign-ins a second"
    emails = [make_reader().email for _ in range(40)]
    web = site.room.processes[0]
    memory = house.memory_mb(web)
    quiet, loud, brought = with_readers(
        site,
        seconds,
        lambda: storms.storm(50, seconds, storms.right_sign_in(site.port, emails, PASSWORD)),
        lambda: storms.storm(200, seconds, storms.wrong_sign_in(site.port, emails)),
    )
    answers = sum((answers for answers, _ in brought), Counter())
    judge_readers(verdict, "L03", done, quiet, loud)
    refused = sum(count for said, count in answers.items() if said in {"wrong 429", "wrong 503", "wrong told to wait"})
    wrong = sum(count for said, count in answers.items() if said.startswith("wrong"))
    # Ten failures a minute is what one address may have before it is told to wait.
    allowed = storms.STRANGERS * 10 * (1 + seconds // 60)
    is_limited = wrong - refused <= allowed and "wrong 500" not in answers and "right 500" not in answers
    verdict.see("L03", done, f"answers: {dict(answers)}", is_limited and answers["right 302"] > 0)
    grown = house.memory_mb(web) - memory
    verdict.see("L03", done, f"memory of the site {grown:+.0f} MB", grown < GROWTH_MB)


def sign_ups(verdict: Verdict, site: Site) -> None:
    from tests.make import make_reader

    seconds, done = (
        site.options.storm_seconds,
        f"10 sign-ups and 5 checkouts a second, Stripe takes {STRIPE_SECONDS:.0f} s",
    )
    cookies = [session_of(make_reader()) for _ in range(40)]
    stand_in = site.room.stand_in
    stand_in.delay_seconds = STRIPE_SECONDS
    quiet, loud, brought = with_readers(
        site,
        seconds,
        lambda: storms.storm(10, seconds, storms.sign_up(site.port)),
        lambda: storms.storm(5, seconds, storms.checkout(site.port, cookies)),
    )
    stand_in.delay_seconds = 0
    judge_readers(verdict, "L04", done, quiet, loud)
    answers = sum((answers for answers, _ in brought), Counter())
    signed_up = answers["sign-up 302"]
    is_right = signed_up > 0 and not {said for said in answers if said.endswith((" 500", " 0"))}
    verdict.see("L04", done, f"answers: {dict(answers)}", is_right)


def searches(verdict: Verdict, site: Site) -> None:
    done = "queries of 10,000 characters, deep pages"
    quiet, loud, brought = with_readers(site, 12, lambda: storms.crawl(site.port, storms.hard_paths()))
    [found] = brought
    slowest = max(found, key=lambda one: one[2])
    statuses = Counter(status for _, status, _ in found)
    seen = f"{len(found)} addresses: {dict(statuses)}, the slowest {slowest[2]:.1f} s ({slowest[0]})"
    verdict.see("L05", done, seen, not {0, 500, 502, 504} & set(statuses) and slowest[2] < 3)
    judge_readers(verdict, "L05", done, quiet, loud)


def slow_clients(verdict: Verdict, site: Site) -> None:
    seconds, slow = site.options.storm_seconds, storms.SlowClients(site.port, 500)
    done = "500 sockets that send a letter a second"
    quiet, loud, _ = with_readers(site, seconds, lambda: slow.stay(seconds))
    verdict.see("L06", done, f"{slow.open} were open", slow.open == slow.count)
    judge_readers(verdict, "L06", done, quiet, loud)


if __name__ == "__main__":
    sys.exit(main())
