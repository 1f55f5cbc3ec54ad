"""Each dangerous combination of settings has its own id and says what to do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core.checks import run_checks

ROOT = Path(__file__).resolve().parents[2]
LONG = "0123456789-abcdefghijklmnopqrstuvwxyz-0123456789-abcdef"
POSTGRES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "newssite"}}
LOCAL = "django.core.files.storage.FileSystemStorage"
REDIS = "django.core.cache.backends.redis.RedisCache"


@pytest.fixture
def safe(settings):
    """A deployment that nothing is to be said of."""
    wanted = {
        "DEBUG": False,
        "SITE_URL": "https://news.example.com",
        "ALLOWED_HOSTS": ["news.example.com"],
        "HTTPS_ONLY": True,
        "ALLAUTH_TRUSTED_PROXY_COUNT": 1,
        "SECRET_KEY": LONG,
        "SECRET_KEY_FALLBACKS": [],
        "TRIAL_LEDGER_KEY": LONG[::-1],
        "BOUNCE_SECRET": "",
        "BROKER_URL": "redis://127.0.0.1:6379/0",
        "CACHE_URL": "redis://127.0.0.1:6380/0",
        "CACHES": {"default": {"BACKEND": REDIS, "LOCATION": "redis://127.0.0.1:6380/0"}},
        "DATABASE_STATEMENT_SECONDS": 15,
        "MAIL_IS_CONFIGURED": True,
        "EMAIL_HOST": "mail.example.com",
        "EMAIL_USE_TLS": True,
        "FEED_ALLOWED_PRIVATE_HOSTS": [],
        "IMAGES": "proxy",
        "METRICS_ADDRESS": "127.0.0.1:9101",
        "STAFF_SECOND_FACTOR": True,
        "STRIPE_SECRET_KEY": "sk_live_1",
        "STRIPE_WEBHOOK_SECRETS": ["whsec_1"],
        "STRIPE_API_BASE": "https://api.stripe.com",
        "LOGGING": {**settings.LOGGING, "root": {"level": "INFO"}},
    }
    for name, value in wanted.items():
        setattr(settings, name, value)
    return settings


def told(settings, **changes: object) -> set[str]:
    for name, value in changes.items():
        setattr(settings, name, value)
    # The engine's own checks would ask a server that is not there.
    found = [one for one in run_checks(tags=["security"], include_deployment_checks=True) if is_ours(one.id)]
    assert all(one.hint for one in found)
    return {one.id.partition(".")[2] if one.id.startswith("newssite") else one.id for one in found}


def is_ours(name: str) -> bool:
    return name.startswith(("newssite.", "billing."))


@pytest.fixture
def postgres(monkeypatch):
    monkeypatch.setattr("newssite.checks.is_postgres", lambda: True)


def test_of_a_safe_deployment_nothing_is_said(safe, postgres):
    assert told(safe) == set()


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"DEBUG": True}, {"E007"}),
        ({"SITE_URL": "http://news.example.com"}, {"E001"}),
        ({"SITE_URL": "https://203.0.113.7", "ALLOWED_HOSTS": ["203.0.113.7"]}, {"E001", "E008"}),
        ({"ALLOWED_HOSTS": ["*"]}, {"E008"}),
        ({"ALLOWED_HOSTS": [".example.com"]}, {"E008"}),
        ({"ALLOWED_HOSTS": ["example.com"]}, {"E009"}),
        ({"ALLAUTH_TRUSTED_PROXY_COUNT": 0}, {"W009"}),
        ({"HTTPS_ONLY": False}, {"W010"}),
        ({"TRIAL_LEDGER_KEY": LONG}, {"W005"}),
        ({"SECRET_KEY": "short"}, {"E011"}),
        ({"SECRET_KEY_FALLBACKS": ["short"]}, {"E011"}),
        ({"BOUNCE_SECRET": "replace-with-a-long-random-value-for-the-mail-server"}, {"E011"}),
        ({"STRIPE_SECRET_KEY": "sk_live_replace_with_the_key_of_the_account"}, {"E011"}),
        ({"STRIPE_WEBHOOK_SECRETS": ["whsec_1", "whsec_replace_with_the_secret_of_the_endpoint"]}, {"E011"}),
        ({"STAFF_SECOND_FACTOR": False}, {"W012"}),
        ({"BROKER_URL": ""}, {"W002"}),
        ({"CACHE_URL": ""}, {"W002"}),
        ({"CACHES": {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}}, {"E013"}),
        ({"CACHES": {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}}, {"E013"}),
        ({"CACHE_URL": "redis://:password@127.0.0.1:6379/5"}, {"W014"}),
        ({"BROKER_URL": "redis://127.0.0.1/0", "CACHE_URL": "redis://127.0.0.1:6379/1"}, {"W014"}),
        ({"DATABASE_STATEMENT_SECONDS": 0}, {"W015"}),
        ({"MAIL_IS_CONFIGURED": False}, {"W004"}),
        ({"EMAIL_USE_TLS": False}, {"W016"}),
        ({"FEED_ALLOWED_PRIVATE_HOSTS": ["127.0.0.1:8001"]}, {"W006"}),
        ({"IMAGES": "link"}, {"W017"}),
        ({"LOGGING": {"root": {"level": "DEBUG"}}}, {"E018"}),
        ({"METRICS_ADDRESS": "0.0.0.0:9101"}, {"W019"}),
        ({"METRICS_ADDRESS": "9.9.9.9:9101"}, {"W019"}),
        ({"STRIPE_WEBHOOK_SECRETS": []}, {"billing.E002"}),
        ({"STRIPE_SECRET_KEY": "sk_test_1"}, {"billing.W004"}),
        ({"STRIPE_API_BASE": "http://127.0.0.1:8002"}, {"billing.E001"}),
    ],
)
def test_each_dangerous_combination_is_named(safe, postgres, changes, found):
    assert told(safe, **changes) == found


@pytest.mark.parametrize("storage", [{"BACKEND": "nowhere.Storage"}, {"BACKEND": LOCAL, "OPTIONS": {"bucket": "x"}}])
def test_a_place_for_pictures_that_there_is_not_is_named(safe, postgres, storage):
    assert told(safe, STORAGES={**safe.STORAGES, "pictures": storage}) == {"E020"}


def test_a_key_of_the_example_is_known_on_every_host_but_the_example_s(safe, postgres):
    safe.BOUNCE_SECRET = "replace-with-a-long-random-value-for-the-mail-server"
    for host, found in (("news.example.org", set()), ("newsexample.org", {"E011"})):
        assert told(safe, SITE_URL=f"https://{host}", ALLOWED_HOSTS=[host]) == found


def test_a_database_in_a_file_is_named(safe, monkeypatch):
    monkeypatch.setattr("newssite.checks.is_postgres", lambda: False)
    assert told(safe) == {"W003"}


def test_the_figures_may_be_on_a_network_of_ones_own(safe, postgres):
    assert told(safe, METRICS_ADDRESS="10.0.0.7:9101") == set()


def test_debugging_in_public_stops_every_start(safe):
    safe.DEBUG = True
    assert "newssite.E007" in {one.id for one in run_checks()}


def test_the_example_names_every_setting_with_a_line_about_it():
    """A setting that is not there is one that nobody finds."""
    read = set(re.findall(r'env_\w+\(\s*"([A-Z_]+)"', (ROOT / "newssite/settings.py").read_text()))
    lines = (ROOT / "production.env.example").read_text().splitlines()
    named = {match[1]: number for number, line in enumerate(lines) if (match := re.match(r"#?export ([A-Z_]+)=", line))}
    assert read == set(named)
    bare = [name for name, number in named.items() if not re.match(r"# |#?export ", lines[number - 1])]
    assert bare == []
