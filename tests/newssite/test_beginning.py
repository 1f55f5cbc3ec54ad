"""What a new process of the site loads before it shows its first page, and what it leaves until somebody needs it."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib import admin
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import connection

from articles.models import Article
from tests.make import make_article

# What only fetches, reads feeds, groups stories, asks Stripe, sends work away, draws codes or makes the desk.
HEAVY = {
    *("aiohttp", "articles.admin", "celery.app", "feedparser", "kombu", "lxml", "newssite.desk_urls", "nh3", "numpy"),
    *("PIL", "qrcode", "redis", "requests", "scipy", "stripe", "trafilatura", "yarl"),
}
FIRST_PAGE = """
import json, sys
from newssite.wsgi import application

told = []
environ = {
    "REQUEST_METHOD": "GET", "PATH_INFO": "/", "QUERY_STRING": "", "SERVER_NAME": "testserver", "SERVER_PORT": "80",
    "HTTP_HOST": "testserver", "REMOTE_ADDR": "127.0.0.1", "SERVER_PROTOCOL": "HTTP/1.1",
    "wsgi.url_scheme": "http", "wsgi.errors": sys.stderr, "wsgi.input": sys.stdin.buffer,
}
body = b"".join(application(environ, lambda status, headers, failed=None: told.append(status)))
print(json.dumps({"status": told[-1], "body": body.decode(), "modules": list(sys.modules)}))
"""


@pytest.mark.django_db(transaction=True)
def test_the_first_front_page_of_a_process_loads_nothing_that_only_other_work_needs(tmp_path):
    make_article(headline="Ferries run again after the storm")
    shown = first_page_of_a_new_process(tmp_path)
    assert shown["status"] == "200 OK"
    assert "Ferries run again after the storm" in shown["body"]
    assert HEAVY & {*shown["modules"]} == set()


def first_page_of_a_new_process(folder: Path) -> dict:
    environment = {name: value for name, value in os.environ.items() if not name.endswith("_URL")}
    environment |= {"VAR_DIR": str(folder), "DATABASE_URL": address_of_the_same(folder), "DEBUG": "true"}
    environment |= {"DJANGO_SETTINGS_MODULE": "newssite.settings", "SITE_URL": "http://testserver"}
    command = [sys.executable, "-c", FIRST_PAGE]
    done = subprocess.run(command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def address_of_the_same(folder: Path) -> str:
    """Of the database of this test, for another process. One that stands in memory is copied for it."""
    if connection.vendor == "postgresql":
        return settings.DATABASE_URL.rpartition("/")[0] + f"/{connection.settings_dict['NAME']}"
    connection.ensure_connection()
    with closing(sqlite3.connect(folder / "copy.sqlite3")) as copy:
        connection.connection.backup(copy)
    return f"sqlite:///{folder / 'copy.sqlite3'}"


def test_the_checks_look_at_every_desk_although_no_process_loads_them_at_its_start(monkeypatch):
    call_command("check", "--tag", "admin")
    monkeypatch.setattr(type(admin.site.get_model_admin(Article)), "list_display", ["no_such_column"])
    with pytest.raises(SystemCheckError, match="no_such_column"):
        call_command("check", "--tag", "admin")
