"""What browsers are told, with the settings of production: graded as Mozilla's Observatory grades a site."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client

from tests.make import make_article
from tests.observatory import Scan, grade, modifiers, score

ROOT = Path(__file__).parent.parent
HOST = "news.example.org"
# Read by a process of its own, as a deployed site reads them.
DUMP = """
import json
from newssite import settings
wanted = ("SECURE_", "SESSION_COOKIE_", "CSRF_COOKIE_", "CONTENT_SECURITY_POLICY", "X_FRAME", "ALLOWED_HOSTS",
          "STAFF_SECOND_FACTOR", "HTTPS_ONLY", "DEBUG")
print(json.dumps({name: value for name, value in vars(settings).items() if name.startswith(wanted)}, default=str))
"""


@pytest.fixture(scope="module")
def production(tmp_path_factory) -> dict:
    """The settings of an environment that says no more than it must."""
    told = {"SECRET_KEY": "x" * 60, "SITE_URL": f"https://{HOST}", "VAR_DIR": str(tmp_path_factory.mktemp("var"))}
    environment = {"PATH": os.environ["PATH"], "TRUSTED_PROXY_COUNT": "1", **told}
    said = subprocess.run(
        [sys.executable, "-c", DUMP], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    return json.loads(said.stdout)


@pytest.fixture
def deployed(production, settings, db) -> Client:
    for name, value in production.items():
        setattr(settings, name, value)
    make_article(body="<p>x</p>")
    return Client(headers={"host": HOST})


def scan(client: Client, path: str) -> Scan:
    return Scan(HOST, client.get(path), client.get(path, headers={"x-forwarded-proto": "https"}))


@pytest.mark.parametrize("path", ["/", "/how-we-choose/", "/account/login/", "/nowhere/"])
def test_the_site_as_deployed_is_graded_a_plus_a28(deployed, path):
    found = scan(deployed, path)
    assert min(modifiers(found).values()) == 0, modifiers(found)
    assert score(found) >= 120
    assert grade(score(found)) == "A+"


def test_cookies_are_tied_to_the_host_and_out_of_reach_of_scripts(deployed):
    page = deployed.get("/account/login/", headers={"x-forwarded-proto": "https"})
    assert list(page.cookies) == ["__Host-csrf"]
    cookie = page.cookies["__Host-csrf"]
    assert (cookie["secure"], cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, True, "Lax", "/")
    assert not cookie["domain"]


def test_production_means_https_for_a_year_and_a_second_step_for_staff(production):
    assert production["STAFF_SECOND_FACTOR"] is True
    assert production["SECURE_HSTS_SECONDS"] >= 31_536_000
    assert production["SESSION_COOKIE_NAME"].startswith("__Host-")
    assert production["SESSION_COOKIE_SECURE"] is True


SPOILED = [
    ("Content-Security-Policy", None),
    ("Content-Security-Policy", "default-src 'none'; script-src 'self' 'unsafe-inline'; frame-ancestors 'none'"),
    ("Strict-Transport-Security", None),
    ("Strict-Transport-Security", "max-age=3600"),
    ("X-Content-Type-Options", None),
    ("Referrer-Policy", "unsafe-url"),
]


@pytest.mark.parametrize(("header", "value"), SPOILED)
def test_a_header_less_costs_points(deployed, header, value):
    found = scan(deployed, "/")
    whole = score(found)
    del found.page[header]
    if value:
        found.page[header] = value
    assert score(found) < whole
