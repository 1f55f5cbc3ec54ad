"""Read settings from the environment; a malformed value stops the start with one clear sentence."""

import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key


def env_text(name: str, default: str = "") -> str:
    """The value without surrounding blanks; an empty variable counts as absent."""
    return os.environ.get(name, "").strip() or default


def env_bool(name: str, default: bool = False) -> bool:
    raw = env_text(name, str(default)).lower()
    if raw not in {"true", "false"}:
        raise ImproperlyConfigured(f"{name} must be true or false, not {raw!r}")
    return raw == "true"


def env_int(name: str, default: int, minimum: int = 0) -> int:
    raw = env_text(name, str(default))
    if not raw.isascii() or not raw.isdigit() or int(raw) < minimum:
        raise ImproperlyConfigured(f"{name} must be a whole number of at least {minimum}, not {raw!r}")
    return int(raw)


def env_list(name: str, default: str = "") -> list[str]:
    """Values divided by commas, without blanks and empty ones."""
    return [part.strip() for part in env_text(name, default).split(",") if part.strip()]


def env_json(name: str, default: dict[str, Any]) -> dict[str, Any]:
    """An object in JSON."""
    raw = env_text(name)
    try:
        value = json.loads(raw) if raw else default
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise ImproperlyConfigured(f"{name} must be an object in JSON, not {raw!r}")
    return value


def env_choice(name: str, choices: tuple[str, ...], default: str) -> str:
    raw = env_text(name, default).lower()
    if raw not in choices:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(choices)}, not {raw!r}")
    return raw


def env_url(name: str, default: str, schemes: tuple[str, ...]) -> str:
    """An address of a server; "" where neither the environment nor the default names one. Errors tell no password."""
    raw = env_text(name, default)
    if raw and not is_url(raw, schemes):
        begins = " or ".join(f"{scheme}://" for scheme in schemes)
        raise ImproperlyConfigured(f"{name} must begin with {begins} and name a host")
    return raw


def is_url(text: str, schemes: tuple[str, ...]) -> bool:
    try:
        url = urlsplit(text)
        is_place = bool(url.hostname) and url.port != 0
    except ValueError:  # brackets that do not close, a port that is no number
        return False
    return url.scheme in schemes and (is_place or (url.scheme == "unix" and bool(url.path)))


def env_origin(name: str, default: str) -> str:
    """Scheme and host, which every address of a site begins with; no slash at the end."""
    raw = env_url(name, default, ("https", "http")).rstrip("/")
    url = urlsplit(raw)
    if raw != f"{url.scheme}://{url.netloc}" or "@" in url.netloc:
        raise ImproperlyConfigured(
            f"{name} must be a scheme and a host without a path, such as https://news.example.org"
        )
    return raw


def env_addresses(name: str, default: str = "") -> list[str]:
    """Pairs of host and port, divided by commas."""
    return [host_and_port(name, one) for one in env_list(name, default)]


def env_address(name: str, default: str) -> str:
    return host_and_port(name, env_text(name, default))


def host_and_port(name: str, raw: str) -> str:
    host, _, port = raw.rpartition(":")
    if not (host and port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise ImproperlyConfigured(f"{name} must be host:port, not {raw!r}")
    return raw


def env_emails(name: str, default: str = "") -> list[str]:
    """Addresses of mail, divided by commas."""
    found = env_list(name, default)
    for one in found:
        user, _, host = one.rpartition("@")
        if not (user and host):
            raise ImproperlyConfigured(f"{name} must hold addresses such as hello@news.example.org, not {one!r}")
    return found


def require_together(*names: str) -> None:
    """None does without the others."""
    missing = [name for name in names if not env_text(name)]
    if missing and len(missing) < len(names):
        raise ImproperlyConfigured(f"Of {', '.join(names)} there must be all or none; {', '.join(missing)} must be set")


def kept_secret_key(path: Path) -> str:
    """The key in the file; made at the first call, so that every process of a first run signs alike."""
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(get_random_secret_key())
    except FileExistsError:
        pass
    return path.read_text()
