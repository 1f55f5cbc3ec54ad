"""Combinations of settings that must not be deployed: `manage.py check --deploy` refuses each with a hint.

Payment has its own in billing/checks.py. One rule a function: what is wrong in one sentence, or "" where nothing is.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.files.storage import storages

DEMO_HOSTS = {"127.0.0.1", "localhost", "::1"}
# The file that shows how it is done is checked too.
EXAMPLE_HOST = "example.org"
PLACEHOLDER = re.compile(r"^replace|replace.with")
KEY_LENGTH = 32
ALONE = ("locmem.LocMemCache", "dummy.DummyCache")


@dataclass(frozen=True, slots=True)
class Rule:
    id: str
    wrong: Callable[[], str]
    hint: str

    def messages(self) -> list[CheckMessage]:
        kind = Error if ".E" in self.id else Warning
        said = self.wrong()
        return [kind(said, hint=self.hint, id=self.id)] if said else []


RULES: list[Rule] = []


def rule(number: str, hint: str) -> Callable[[Callable[[], str]], Callable[[], str]]:
    """Put the function under it into RULES: "E…" must not be deployed, "W…" should not."""

    def keep(wrong: Callable[[], str]) -> Callable[[], str]:
        RULES.append(Rule(f"newssite.{number}", wrong, hint))
        return wrong

    return keep


@register(Tags.security, deploy=True)
def deployment(**kwargs: object) -> list[CheckMessage]:
    return [message for one in RULES for message in one.messages()]


@register(Tags.security)
def no_debugging_in_public(**kwargs: object) -> list[CheckMessage]:
    """Not only at deployment: nobody who debugs runs that check."""
    if not (settings.DEBUG and settings.SITE_URL.startswith("https://")):
        return []
    return [
        Error(
            f"DEBUG is on and SITE_URL is {settings.SITE_URL!r}: whoever makes a page fail reads code and settings.",
            hint="Remove DEBUG.",
            id="newssite.E007",
        )
    ]


# Addresses ---------------------------------------------------------------------------------------


@rule("E001", "Set SITE_URL to the public https address of the site.")
def site_address_is_public() -> str:
    url = urlsplit(settings.SITE_URL)
    is_public = url.scheme == "https" and url.hostname not in DEMO_HOSTS and not is_network_address(url.hostname or "")
    said = f"SITE_URL is {settings.SITE_URL!r}; links in mail, feeds and the fetcher's User-Agent carry it."
    return "" if is_public else said


@rule("E008", "Name each host that the site answers to; the proxy refuses the others.")
def hosts_are_named() -> str:
    loose = [host for host in settings.ALLOWED_HOSTS if host.startswith(("*", ".")) or is_network_address(host)]
    return f"ALLOWED_HOSTS lets in {', '.join(loose)}: links could be made to lead elsewhere." if loose else ""


@rule("E009", "Add the host of SITE_URL to ALLOWED_HOSTS.")
def own_host_is_answered() -> str:
    host = urlsplit(settings.SITE_URL).hostname or ""
    is_answered = any(one in {host, "*"} or (one[:1] == "." and host.endswith(one)) for one in settings.ALLOWED_HOSTS)
    return "" if is_answered else f"ALLOWED_HOSTS lacks {host!r}: every page would be answered 400."


@rule("W009", "Set TRUSTED_PROXY_COUNT to the number of proxies of yours in front of the site: 1 with deploy/nginx.")
def proxy_is_known() -> str:
    if settings.ALLAUTH_TRUSTED_PROXY_COUNT or not settings.HTTPS_ONLY:
        return ""
    return "TRUSTED_PROXY_COUNT is 0 with HTTPS_ONLY: behind a proxy pages redirect for ever, and all share one limit."


@rule("W010", "Remove HTTPS_ONLY=false.")
def https_is_kept() -> str:
    is_open = settings.SITE_URL.startswith("https://") and not settings.HTTPS_ONLY
    return "HTTPS_ONLY is off: no HSTS, no redirect, and cookies that travel in the clear." if is_open else ""


# Keys --------------------------------------------------------------------------------------------


@rule("W005", "Set TRIAL_LEDGER_KEY to a long random value and keep it.")
def trial_ledger_has_its_own_key() -> str:
    is_shared = settings.TRIAL_LEDGER_KEY == settings.SECRET_KEY
    said = "TRIAL_LEDGER_KEY is not set: after a change of SECRET_KEY everybody could have a second trial."
    return said if is_shared else ""


@rule("E011", "python -c 'import secrets; print(secrets.token_urlsafe(50))' makes a new one; Stripe shows its own.")
def keys_are_secret() -> str:
    own, theirs = named_keys(), {"STRIPE_SECRET_KEY": settings.STRIPE_SECRET_KEY, **webhook_secrets()}
    weak = [name for name, key in own.items() if key and len(key) < KEY_LENGTH]
    is_example = f".{urlsplit(settings.SITE_URL).hostname}".endswith(f".{EXAMPLE_HOST}")
    weak += [name for name, key in (own | theirs).items() if PLACEHOLDER.search(key) and not is_example]
    return f"Short, or taken from the example: {', '.join(weak)}." if weak else ""


def webhook_secrets() -> dict[str, str]:
    return {f"STRIPE_WEBHOOK_SECRET[{place}]": key for place, key in enumerate(settings.STRIPE_WEBHOOK_SECRETS)}


def named_keys() -> dict[str, str]:
    fallbacks = {f"SECRET_KEY_FALLBACKS[{place}]": key for place, key in enumerate(settings.SECRET_KEY_FALLBACKS)}
    names = ("SECRET_KEY", "TRIAL_LEDGER_KEY", "BOUNCE_SECRET")
    return {name: getattr(settings, name) for name in names} | fallbacks


@rule("W012", "Remove STAFF_SECOND_FACTOR=false.")
def staff_prove_twice() -> str:
    is_asked = getattr(settings, "STAFF_SECOND_FACTOR", True)
    return "" if is_asked else "Staff enter the admin by a password alone."


# Parts -------------------------------------------------------------------------------------------


@rule("W002", "Set BROKER_URL and CACHE_URL; without them the site is for a first run only.")
def redis_is_set() -> str:
    missing = [name for name in ("BROKER_URL", "CACHE_URL") if not getattr(settings, name)]
    said = "rate limits are kept in files and tasks in a folder of one machine"
    return f"There is no {' and no '.join(missing)} (nor REDIS_URL): {said}." if missing else ""


@rule("E013", "Use a cache that all processes share: CACHE_URL=redis://…")
def cache_is_shared() -> str:
    backend = settings.CACHES["default"]["BACKEND"]
    return f"Each process has a cache of its own ({backend}): limits count anew in each." * backend.endswith(ALONE)


@rule("W014", "Run two: the broker's with noeviction and an append-only file, the cache's with allkeys-lru.")
def broker_stands_alone() -> str:
    urls = [urlsplit(url) for url in (settings.BROKER_URL, settings.CACHE_URL) if url]
    is_one = len(urls) == 2 and len({(url.hostname, url.port or 6379, url.hostname or url.path) for url in urls}) == 1
    return "One Redis is both broker and cache: a full cache would throw tasks away, or refuse them." if is_one else ""


@rule("W003", "Set DATABASE_URL=postgres://…")
def database_is_a_server() -> str:
    return "" if is_postgres() else "The database is SQLite: one writer, one machine."


@rule("W015", "Set DATABASE_STATEMENT_SECONDS: 15 for web processes, 300 for workers, 0 for `manage.py migrate`.")
def statements_end() -> str:
    is_endless = is_postgres() and not settings.DATABASE_STATEMENT_SECONDS
    return "One statement may hold a connection for ever: DATABASE_STATEMENT_SECONDS is 0." if is_endless else ""


@rule("W004", "Set EMAIL_URL=submission://user:password@host:587")
def mail_can_be_sent() -> str:
    said = "There is no EMAIL_URL: addresses are not verified and nobody can reset a password."
    return "" if settings.MAIL_IS_CONFIGURED else said


@rule("W016", "Use submission:// (STARTTLS) or smtps://")
def mail_is_encrypted() -> str:
    is_far = settings.MAIL_IS_CONFIGURED and settings.EMAIL_HOST not in {"", *DEMO_HOSTS}
    is_open = is_far and not (settings.EMAIL_USE_TLS or settings.EMAIL_USE_SSL)
    return "EMAIL_URL sends letters and the mail server's password in the clear." if is_open else ""


# What leaves us ----------------------------------------------------------------------------------


@rule("W006", "Empty FEED_ALLOWED_PRIVATE_HOSTS in production.")
def no_private_feed_hosts() -> str:
    allowed = settings.FEED_ALLOWED_PRIVATE_HOSTS
    return f"The fetcher may reach private addresses: {', '.join(allowed)}." if allowed else ""


@rule("W017", "Set IMAGES=proxy, or off.")
def pictures_come_from_us() -> str:
    return "IMAGES is link: every publisher learns the network address of every reader." * (settings.IMAGES == "link")


@rule("E020", "Install what PICTURE_STORAGE names, and give it the options that it takes, as JSON.")
def pictures_can_be_kept() -> str:
    try:
        storages["pictures"]
    except Exception as error:  # a storage's own error: anything, for it is anybody's class
        return f"PICTURE_STORAGE cannot be used: {type(error).__name__}: {error}"
    return ""


@rule("E018", "Set LOG_LEVEL=INFO.")
def logs_name_nobody() -> str:
    level = settings.LOGGING["root"]["level"]
    return f"LOG_LEVEL is {level}: every query is logged with the readers' data in it." if level == "DEBUG" else ""


@rule("W019", "Set METRICS_ADDRESS=127.0.0.1:9101, or an address of a network that only Prometheus reaches.")
def figures_stay_inside() -> str:
    host = settings.METRICS_ADDRESS.rpartition(":")[0].strip("[]")
    is_inside = host in DEMO_HOSTS or (is_network_address(host) and is_private(host))
    return "" if is_inside else f"METRICS_ADDRESS is {settings.METRICS_ADDRESS}: whoever reaches it reads the figures."


def is_postgres() -> bool:
    return settings.DATABASES["default"]["ENGINE"].endswith("postgresql")


def is_network_address(host: str) -> bool:
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def is_private(host: str) -> bool:
    """0.0.0.0 counts as private to Python, and means every address."""
    found = ip_address(host)
    return found.is_private and not found.is_unspecified
