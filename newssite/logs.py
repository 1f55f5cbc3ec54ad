"""What is written to the log: one line an event, as text or as JSON, and never a person.

Every line passes one sieve, tracebacks included: e-mail addresses, network addresses, queries of addresses, keys and
signed links leave marks in place of themselves. What a line may carry beside its message stands in FIELDS; nothing
else that somebody hands to a logger is written.
"""

from __future__ import annotations

import ipaddress
import json
import logging
import re
from contextvars import ContextVar
from datetime import UTC, datetime

from django.http import HttpRequest

FIELDS = ("request", "route", "method", "status", "ms", "task", "task_id")
UNKNOWN = "unknown"
CSRF_LOGGER = "django.security.csrf"
WITHOUT_PATH = "%s at %s%s"

# The name of the request that is being answered; "" outside of one.
request_name: ContextVar[str] = ContextVar("request_name", default="")

# Bounded, so that a line of a megabyte costs no more than its length.
EMAIL = re.compile(r"[^\s@\"'<>()\[\],;:=/]{1,64}@[^\s@\"'<>()\[\],;:=/]{1,255}")
QUERY = re.compile(r"(?<=[\w/])\?[^\s\"'<>]+")
# A key of Stripe, and what Django signs: value, time, signature.
SECRET = re.compile(r"\b(?:sk|rk|whsec)_\w{6,}|(?<![\w-])[\w-]{1,500}:[\w-]{4,12}:[\w-]{27,}")
NETWORK = re.compile(
    r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?!\w|\.\d)"
    r"|(?<![\w.:])[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){2,7}(?:\.\d{1,3}){0,3}(?![\w:])"
)


def sieve(text: str) -> str:
    """`text` without anything that tells who somebody is, or lets one act for them."""
    text = SECRET.sub("<secret>", EMAIL.sub("<e-mail>", QUERY.sub("?…", text)))
    return NETWORK.sub(lambda found: "<address>" if is_address(found[0]) else found[0], text)


def is_address(text: str) -> bool:
    """13:56:24 looks like one and is none."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


class Line(logging.Formatter):
    """For people: time, level, logger, message, then what stands in FIELDS as key=value."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:
        more = "".join(f" {name}={value}" for name, value in brought(record).items())
        return super().formatMessage(record) + more

    def format(self, record: logging.LogRecord) -> str:
        return sieve(super().format(record))


class Json(logging.Formatter):
    """For machines: an object a line. `error` holds a traceback."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line: dict[str, object] = {"at": at, "level": record.levelname, "logger": record.name}
        line |= {"message": sieve(record.getMessage()), **where()}
        line |= {name: sieve(value) if isinstance(value, str) else value for name, value in brought(record).items()}
        if record.exc_info:
            line["error"] = sieve(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)


def brought(record: logging.LogRecord) -> dict[str, str | int]:
    """What whoever wrote the line handed over under the names of FIELDS."""
    found = {name: getattr(record, name, None) for name in FIELDS}
    return {name: value for name, value in found.items() if isinstance(value, str | int)}


def where() -> dict[str, str]:
    """The request or the task in which it was written."""
    if request_name.get():
        return {"request": request_name.get()}
    from celery import current_task  # late: billing/background.py says why

    return {"task": current_task.name, "task_id": current_task.request.id or ""} if current_task else {}


def without_path(record: logging.LogRecord) -> bool:
    """A filter for Django's own lines about requests: the route in place of an address, which may hold a token.

    Why a form was refused is kept: readers are not told, and nothing else says it. A record may pass twice, where a
    worker sets its log up after Django has.
    """
    request = getattr(record, "request", None)
    if isinstance(request, HttpRequest) and record.msg != WITHOUT_PATH:
        why = f": {record.args[0]}" if record.name == CSRF_LOGGER and isinstance(record.args, tuple) else ""
        record.msg, record.args = WITHOUT_PATH, (getattr(record, "status_code", "error"), route_of(request), why)
    return True


def first_line(record: logging.LogRecord) -> bool:
    """A filter for loggers that put data under what they say."""
    record.msg, record.args = record.getMessage().partition("\n")[0], ()
    return True


def route_of(request: HttpRequest) -> str:
    """The name of the address in urls.py; all pages of the admin are one, and so is all that leads nowhere."""
    match = request.resolver_match
    if match is None:
        return UNKNOWN
    return "admin" if match.app_names[:1] == ["admin"] else match.view_name or UNKNOWN
