"""Figures for Prometheus on an address of this machine: one process for the whole site, apart from what readers see."""

from __future__ import annotations

import signal
import threading
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.multiprocess import MultiProcessCollector

from newssite.figures import Figures


class Command(BaseCommand):
    help = __doc__
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--address", default=settings.METRICS_ADDRESS, help="host:port; %(default)s")

    def handle(self, *, address: str, **options: object) -> None:
        host, _, port = address.rpartition(":")
        if not (host and port.isdecimal()):
            raise CommandError(f"An address is host:port, not {address!r}.")
        try:
            server, thread = start_http_server(int(port), host.strip("[]"), registry())
        except OSError as error:
            raise CommandError(f"Cannot listen on {address}: {error.strerror}.") from error
        self.stdout.write(f"Figures for Prometheus are on http://{address}/metrics")
        self.stdout.flush()
        wait_for_the_end()
        server.shutdown()
        thread.join()


def registry() -> CollectorRegistry:
    found = CollectorRegistry()
    found.register(Figures())
    if settings.METRICS_DIR:
        Path(settings.METRICS_DIR).mkdir(parents=True, exist_ok=True)  # web processes may not have begun yet
        MultiProcessCollector(found, settings.METRICS_DIR)
    return found


def wait_for_the_end() -> None:
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    ended.wait()
