"""The visitors' front page made by Django, again and again: past what keeps whole pages, in this process.

prepare(job) reads BENCH_CACHES: "kept" as in production, "off" without any cache of ours.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import django
from django.conf import settings

from bench.shapes import Job

OWN_APPS = ("newssite", "articles", "accounts", "billing")
REQUESTS = 20  # of a turn
WARM = 3


def prepare(job: Job) -> Callable[[], int]:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newssite.settings")
    is_off = os.environ["BENCH_CACHES"] == "off"
    if is_off:
        settings.CACHES = {name: {"BACKEND": "django.core.cache.backends.dummy.DummyCache"} for name in settings.CACHES}
    django.setup()

    from django.core.wsgi import get_wsgi_application

    application = get_wsgi_application()
    host = urlsplit(settings.SITE_URL).netloc

    def take_turn() -> int:
        for _ in range(REQUESTS):
            for forget in forgetting:
                forget()
            page = asked(application, host, job.urls[0])
        return page.count(b"<article")

    for _ in range(WARM):
        take_one = asked(application, host, job.urls[0])
        assert b"<h1" in take_one
    # Looked for once, when all modules are there: the looking is no cost of a page.
    forgetting = list(kept()) if is_off else []
    return take_turn


def asked(application: Callable, host: str, path: str) -> bytes:
    """The body. SystemExit for anything but a 200."""
    path, _, query = path.partition("?")
    name, _, port = host.partition(":")
    environ = {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "HTTP_HOST": host,
        "SERVER_NAME": name,
        "SERVER_PORT": port or "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.url_scheme": "http",
        "wsgi.input": sys.stdin.buffer,
        "wsgi.errors": sys.stderr,
    }
    answered: list[str] = []
    body = application(environ, lambda status, headers, info=None: answered.append(status))
    try:
        page = b"".join(body)
    finally:
        body.close()
    if not answered[0].startswith("200"):
        raise SystemExit(f"{path} was answered {answered[0]}")
    return page


def kept() -> Iterator[Callable[[], None]]:
    """What empties whatever any module of ours keeps in this process: results of functions, tables named as kept."""
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in OWN_APPS and module is not None:
            for label, value in vars(module).items():
                if hasattr(value, "cache_clear"):
                    yield value.cache_clear
                elif label.startswith("_kept") and hasattr(value, "clear"):
                    yield value.clear
