"""Read settings from the environment; a malformed value stops the start with one clear sentence."""

import json
import os
from pathlib import Path
from typing import Any

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


def kept_secret_key(path: Path) -> str:
    """The key in the file; made at the first call, so that every process of a first run signs alike."""
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(get_random_secret_key())
    except FileExistsError:
        pass
    return path.read_text()
