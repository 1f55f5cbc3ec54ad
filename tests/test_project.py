"""What holds for the whole project."""

from __future__ import annotations

import re
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.template.loader import get_template

ROOT = Path(__file__).parent.parent
TEMPLATES = sorted(
    str(path.relative_to(ROOT / "templates"))
    for path in (ROOT / "templates").rglob("*")
    if path.suffix in {".html", ".txt"}
)
INCLUDE = re.compile(r"{%\s*include\s+(.*?)%}", re.S)


@pytest.mark.django_db
def test_no_migration_is_missing():
    call_command("makemigrations", check=True, dry_run=True, stdout=StringIO())


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_template_compiles(name):
    assert get_template(name).template.nodelist is not None


@pytest.mark.parametrize(
    "name", [name for name in TEMPLATES if not name.startswith(("admin/", "account/", "allauth/"))]
)
def test_every_include_gives_its_context_by_name(name):
    text = (ROOT / "templates" / name).read_text()
    assert [found for found in INCLUDE.findall(text) if not found.strip().endswith("only")] == []


@pytest.mark.parametrize("name", [name for name in TEMPLATES if name.startswith("components/")])
def test_every_component_states_its_contract_on_its_first_line(name):
    first = (ROOT / "templates" / name).read_text().splitlines()[0]
    assert first.startswith("{# ")
    assert first.endswith("#}")


def test_templates_hold_no_inline_style_or_handler():
    """The content-security-policy would refuse them; letters are read where there is none."""
    bad = re.compile(r"<[^>]+\s(style|on[a-z]+)\s*=", re.I)
    found = [
        name
        for name in TEMPLATES
        if name.endswith(".html")
        and not name.startswith(("emails/", "account/email/"))
        and bad.search((ROOT / "templates" / name).read_text())
    ]
    assert found == []


def test_templates_trust_no_text():
    """Clean HTML is marked safe in Python, where it was cleaned; no template may wave text through."""
    assert [
        name
        for name in TEMPLATES
        if re.search(r"\|\s*safe\b|autoescape off", (ROOT / "templates" / name).read_text())
        and not name.endswith(".txt")
    ] == []


def test_requirements_are_pinned_exactly():
    lines = [
        line.split("#")[0].strip()
        for name in ("requirements.txt", "requirements-dev.txt")
        for line in (ROOT / name).read_text().splitlines()
    ]
    assert [line for line in lines if line and not line.startswith("-r") and "==" not in line] == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DEBUG", "yes"),
        ("TRIAL_DAYS", "0"),
        ("TRIAL_DAYS", "two weeks"),
        ("EDITION", "evening"),
        ("DATABASE_URL", "mysql://x/y"),
        ("DATABASE_URL", "postgres://newssite:quartermaster@127.0.0.1:port/newssite"),
        ("SITE_URL", "news.example.org"),
        ("SITE_URL", "https://news.example.org/paper"),
        ("BROKER_URL", "amqp://newssite:quartermaster@127.0.0.1"),
        ("CACHE_URL", "127.0.0.1:6379"),
        ("EMAIL_URL", "mail.example.org"),
        ("STRIPE_API_BASE", "api.stripe.com"),
        ("OPERATOR_EMAILS", "hello@news.example.org, operators"),
        ("CONTACT_EMAIL", "hello"),
        ("PLAN_CURRENCY", "pounds"),
        ("FEED_ALLOWED_PRIVATE_HOSTS", "10.0.0.7"),
        ("METRICS_ADDRESS", "9101"),
        ("LOG_LEVEL", "loud"),
        ("SENTRY_DSN", "sentry.example.org"),
        ("GOOGLE_CLIENT_ID", "of-two-that-belong-together"),
        ("APPLE_TEAM_ID", "of-four-that-belong-together"),
    ],
)
def test_a_malformed_setting_stops_the_start_and_names_itself(name, value, tmp_path):
    environment = {"PATH": "", "VAR_DIR": str(tmp_path), "SECRET_KEY": "x" * 50, name: value}
    ended = subprocess.run(
        [sys.executable, "manage.py", "check"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert ended.returncode != 0
    assert name in ended.stderr.splitlines()[-1]
    assert "quartermaster" not in ended.stderr
