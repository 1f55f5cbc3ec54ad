"""Combinations of settings that must not be deployed: `manage.py check --deploy` refuses each with a hint."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

DEMO_HOSTS = {"127.0.0.1", "localhost", "::1"}


@register(Tags.security, deploy=True)
def site_address_is_public(**kwargs: object) -> list[CheckMessage]:
    url = urlsplit(settings.SITE_URL)
    if url.scheme == "https" and url.hostname not in DEMO_HOSTS:
        return []
    return [
        Error(
            f"SITE_URL is {settings.SITE_URL!r}; links in mail, feeds and the fetcher's User-Agent carry it.",
            hint="Set SITE_URL to the public https address of the site.",
            id="newssite.E001",
        )
    ]


@register(Tags.security, deploy=True)
def redis_is_set(**kwargs: object) -> list[CheckMessage]:
    if settings.REDIS_URL:
        return []
    return [
        Warning(
            "There is no REDIS_URL: rate limits are kept in files and tasks in a folder of one machine.",
            hint="Set REDIS_URL; without it the site is for a first run only.",
            id="newssite.W002",
        )
    ]


@register(Tags.security, deploy=True)
def database_is_a_server(**kwargs: object) -> list[CheckMessage]:
    if settings.DATABASES["default"]["ENGINE"].endswith("postgresql"):
        return []
    return [
        Warning(
            "The database is SQLite: one writer, one machine.",
            hint="Set DATABASE_URL=postgres://…",
            id="newssite.W003",
        )
    ]


@register(Tags.security, deploy=True)
def mail_can_be_sent(**kwargs: object) -> list[CheckMessage]:
    if settings.MAIL_IS_CONFIGURED:
        return []
    return [
        Warning(
            "There is no EMAIL_URL: addresses are not verified and nobody can reset a password.",
            hint="Set EMAIL_URL=submission://user:password@host:587",
            id="newssite.W004",
        )
    ]


@register(Tags.security, deploy=True)
def trial_ledger_has_its_own_key(**kwargs: object) -> list[CheckMessage]:
    if settings.TRIAL_LEDGER_KEY != settings.SECRET_KEY:
        return []
    return [
        Warning(
            "TRIAL_LEDGER_KEY is not set: after a change of SECRET_KEY everybody could have a second trial.",
            hint="Set TRIAL_LEDGER_KEY to a long random value and keep it.",
            id="newssite.W005",
        )
    ]


@register(Tags.security, deploy=True)
def no_private_feed_hosts(**kwargs: object) -> list[CheckMessage]:
    if not settings.FEED_ALLOWED_PRIVATE_HOSTS:
        return []
    return [
        Warning(
            f"The fetcher may reach private addresses: {', '.join(settings.FEED_ALLOWED_PRIVATE_HOSTS)}.",
            hint="Empty FEED_ALLOWED_PRIVATE_HOSTS in production.",
            id="newssite.W006",
        )
    ]
