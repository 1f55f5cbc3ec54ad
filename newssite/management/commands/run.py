"""Everything for a first run: database, edition, press, site, worker and beat; ends with one Ctrl-C."""

from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from types import FrameType
from typing import TypeVar

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from articles.catalogue.load import BUNDLED_CATALOGUE, bundled_feed_urls
from articles.demo.load import DOMAIN, PASSWORD, PEOPLE, load_demo
from articles.ingest.fetch import can_reach
from articles.models import Article, Feed, Source
from articles.pictures.run import are_in
from articles.stories.run import LIVE_HOURS, keep_related, regroup, score_stories
from articles.tasks import refresh_feeds

T = TypeVar("T")

PROBED_FEEDS = 6
WAIT_SECONDS = 180
END_SECONDS = 10
MOST_RESTARTS = 3


@dataclass(slots=True)
class Child:
    name: str
    command: list[str]
    process: subprocess.Popen
    restarts: int = 0


class Command(BaseCommand):
    help = __doc__
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--exit-when-ready", action="store_true", help="Stop once the first articles are in.")

    def handle(self, *, port: int, exit_when_ready: bool, **options: object) -> None:
        logging.getLogger("articles").setLevel(logging.WARNING)  # as its workers: what a reader of this needs to see
        self.started_at = time.monotonic()
        self.children: list[Child] = []
        signal.signal(signal.SIGTERM, end_by_signal)
        # A shell lets what it begins in the background ignore this one.
        signal.signal(signal.SIGINT, end_by_signal)
        require_free("127.0.0.1", port, "PORT")
        self.step("database", self.prepare_database)
        try:
            is_demo = self.step("edition", lambda: self.prepare_edition(port))
            self.start_processes(port, is_demo)
            self.step("first articles", lambda: self.wait_for_articles(port, is_demo))
            self.print_address(port, is_demo)
            if not exit_when_ready:
                self.watch()
        except KeyboardInterrupt:
            self.stdout.write("\nEnding …")
        finally:
            self.end_processes()

    def step(self, name: str, work: Callable[[], T]) -> T:
        started_at = time.monotonic()
        result = work()
        self.stdout.write(f"  {name}: {time.monotonic() - started_at:.1f} s")
        return result

    def prepare_database(self) -> None:
        try:
            call_command("migrate", verbosity=0)
        finally:
            connection.close()

    def prepare_edition(self, port: int) -> bool:
        """Load what the first run shows; True where it is the demo edition."""
        if Source.objects.exists() and settings.EDITION == "auto":
            is_demo = Source.objects.filter(is_fictional=True).exists()
        elif settings.EDITION == "auto":
            is_demo = not publishers_answer()
        else:
            is_demo = settings.EDITION == "demo"
        if is_demo:
            own_port("DEMO_PRESS_ADDRESS", port)
            self.start_stand_in(port)
            load_demo(timezone.now())
        elif not Source.objects.filter(is_fictional=False).exists():
            call_command("load_sources", str(BUNDLED_CATALOGUE), stdout=self.stdout)
        connection.close()
        return is_demo

    def start_stand_in(self, port: int) -> None:
        """Where the demo edition's readers pay, unless the operator has named a key of Stripe's own."""
        key = settings.STRIPE_SECRET_KEY
        if key and key != settings.STRIPE_STAND_IN["STRIPE_SECRET_KEY"]:
            return
        stand_in_port = own_port("STRIPE_STAND_IN_ADDRESS", port)
        secret = settings.STRIPE_STAND_IN["STRIPE_WEBHOOK_SECRETS"][0]
        webhook = f"http://127.0.0.1:{port}{reverse('webhook')}"
        options = ["--port", str(stand_in_port), "--webhook", webhook, "--secret", secret, "--demo"]
        store = ["--store", str(settings.STRIPE_STAND_IN_STORE)]
        self.start("stand-in for Stripe", [sys.executable, "-m", "tests.stripe_api", *options, *store])
        wait_for_port(settings.STRIPE_STAND_IN_ADDRESS)
        # This process read its settings before the stand-in had left its file.
        for name, value in settings.STRIPE_STAND_IN.items():
            setattr(settings, name, value)

    def start_processes(self, port: int, is_demo: bool) -> None:
        python = [sys.executable, "-W", "ignore:You're running the worker with superuser"]
        celery = [*python, "-m", "celery", "-A", "newssite", "--quiet"]
        if is_demo:
            self.start("press", [*python, "manage.py", "demo", "press"])
            wait_for_port(settings.DEMO_PRESS_ADDRESS)
        site = ["--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--blocking-threads", "4", "--no-ws"]
        self.start("site", [*python, "-m", "granian", *site, "--log-level", "warning", "newssite.wsgi:application"])
        work = ["--concurrency", "2", "--without-mingle", "--without-gossip", "--loglevel", "WARNING"]
        for number in (1,) if settings.BROKER_URL else (1, 2):
            self.start(f"worker {number}", [*celery, "worker", "--hostname", f"worker{number}@%h", *work])
        self.start("beat", [*celery, "beat", "--loglevel", "WARNING"])
        # Beat's own first turn comes after its interval; a first run does not wait for that.
        refresh_feeds.delay()

    def start(self, name: str, command: list[str]) -> None:
        self.children.append(Child(name, command, begin(command)))

    def wait_for_articles(self, port: int, is_demo: bool) -> None:
        """Until the site answers and the worker has brought articles; for the demo until every title is in."""
        wait_for_port(f"127.0.0.1:{port}")
        until = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < until:
            self.check_children()
            if is_living(is_demo):
                break
            time.sleep(0.5)
        else:
            self.stdout.write("  No article has come in yet; the worker goes on trying.")
        if is_demo:
            load_demo(timezone.now())
            settle_stories(timezone.now())
        connection.close()

    def print_address(self, port: int, is_demo: bool) -> None:
        seconds = time.monotonic() - self.started_at
        self.stdout.write(
            f"\n{settings.SITE_NAME} is on http://127.0.0.1:{port}/  ({Article.objects.count()} articles from "
            f"{Source.objects.filter(is_active=True).count()} titles, up in {seconds:.0f} s)\n"
        )
        connection.close()
        if is_demo:
            self.stdout.write(f"\nThe demo edition is fictional. Its people sign in with the password {PASSWORD}:\n")
            for person in PEOPLE:
                self.stdout.write(f"  {f'{person.address}@{DOMAIN}':27}{person.state}")
            self.stdout.write(f"\nThe editor's desk: http://127.0.0.1:{port}/admin/")
            self.stdout.write(
                "Readers pay at a stand-in for Stripe on this machine: take the card 4242 4242 4242 4242."
            )
        self.stdout.write("Ctrl-C ends everything.\n")
        self.stdout.flush()

    def watch(self) -> None:
        while True:
            self.check_children()
            time.sleep(1)

    def check_children(self) -> None:
        """What ended is begun again; what keeps ending ends everything."""
        for child in self.children:
            code = child.process.poll()
            if code is None:
                continue
            if child.restarts == MOST_RESTARTS:
                raise CommandError(f"The {child.name} process keeps ending, now with code {code}; see above.")
            child.process = begin(child.command)
            child.restarts += 1
            self.stdout.write(f"The {child.name} process ended with code {code} and is begun again.")
            self.stdout.flush()

    def end_processes(self) -> None:
        """Ask politely, beat first; after ten seconds insist. Who is impatient meanwhile leaves none of them behind."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        for child in reversed(self.children):
            child.process.terminate()
        until = time.monotonic() + END_SECONDS
        for child in self.children:
            with suppress(subprocess.TimeoutExpired):
                child.process.wait(max(0.1, until - time.monotonic()))
            with suppress(ProcessLookupError):
                os.killpg(child.process.pid, signal.SIGKILL)


def begin(command: list[str]) -> subprocess.Popen:
    """In a session of its own: Ctrl-C reaches the parent only, which then ends the others in order."""
    return subprocess.Popen(command, cwd=settings.BASE_DIR, start_new_session=True)  # noqa: S603


def end_by_signal(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def own_port(setting: str, site_port: int) -> int:
    """The port of a server of the demo edition; CommandError where something else uses it, or is about to."""
    host, _, port = getattr(settings, setting).rpartition(":")
    if int(port) == site_port:
        raise CommandError(f"Port {port} is wanted twice: choose another with PORT or {setting}.")
    require_free(host, int(port), setting)
    return int(port)


def require_free(host: str, port: int, setting: str) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CommandError(f"Port {port} is taken: end what uses it, or choose another with {setting}.") from error


def wait_for_port(address: str, seconds: int = 60) -> None:
    host, _, port = address.rpartition(":")
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            socket.create_connection((host, int(port)), timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise CommandError(f"Nothing answered on {address} within {seconds} seconds; see above.")


def publishers_answer() -> bool:
    """Whether any of a few well-known feeds can be reached from here."""
    return can_reach(bundled_feed_urls()[:PROBED_FEEDS])


def is_living(is_demo: bool) -> bool:
    """Articles are in and grouped; in the demo edition every feed was fetched, and every picture above an article."""
    try:
        waiting = is_demo and Feed.objects.filter(source__is_fictional=True, last_fetched_at=None).exists()
        if waiting or not Article.objects.exclude(story=None).exists():
            return False
        return not is_demo or (not Article.objects.filter(story=None).exists() and are_in(timezone.now()))
    finally:
        connection.close()


def settle_stories(now: datetime) -> None:
    """As the next pass would, in some minutes: the feeds came in one by one, in any order, and picks count too."""
    regroup(LIVE_HOURS, now)
    score_stories(now)
    keep_related(now)
