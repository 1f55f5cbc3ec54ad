"""Where hubs reach us: a secret address for each feed. GET: is it we who subscribe? POST: here is what is new.

No reader comes here, so no session is looked at and nothing may be kept. Whoever guesses an address, or comes without
the right signature, learns nothing from the answer.
"""

from __future__ import annotations

import logging

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from articles.websub import inbox, store
from articles.websub.inbox import Delivery
from articles.websub.protocol import Intent
from billing.background import hand_over

logger = logging.getLogger(__name__)

RETRY_SECONDS = 60
PIECE = 64 * 1024


# Without a token of ours: hubs have none, and what they send is known by its signature.
@csrf_exempt
def callback(request: HttpRequest, token: str) -> HttpResponse:
    handle = {"GET": verify, "POST": receive}.get(request.method or "")
    if handle is None:
        return plain(405, Allow="GET, POST")
    try:
        return handle(request, token)
    except (OperationalError, InterfaceError):
        logger.exception("hub not heard: the database is away")
        return plain(503, Retry_After=str(RETRY_SECONDS))


def verify(request: HttpRequest, token: str) -> HttpResponse:
    names = {"mode": "hub.mode", "topic": "hub.topic", "challenge": "hub.challenge"}
    names |= {"lease_seconds": "hub.lease_seconds", "reason": "hub.reason"}
    intent = Intent(**{name: request.GET.get(asked, "") for name, asked in names.items()})
    text = store.answer(token, intent, timezone.now())
    return plain(404) if text is None else plain(200, text)


def receive(request: HttpRequest, token: str) -> HttpResponse:
    """Stored, then answered: a hub repeats what was not answered 2xx."""
    known = inbox.receiver(token)
    if known is None:
        return plain(404)
    if known.secret:
        body = read(request, settings.FEED_MAX_BYTES)
        if body is None:
            return plain(413)
        delivery = Delivery(body, request.headers.get("Content-Type", ""), request.headers.get("X-Hub-Signature", ""))
        is_new = inbox.keep(known, delivery, timezone.now())
    else:
        is_new = inbox.keep_hint(known, timezone.now())
    if is_new:
        hand_over("articles.tasks.take_pushes")
    return plain(202)


def read(request: HttpRequest, most: int) -> bytes | None:
    """The body, None where it has more than `most` bytes. Not request.body, whose limit is that of a form."""
    declared = request.META.get("CONTENT_LENGTH") or ""
    # Longer than that it is no number that anybody means, and Python reads none of thousands of digits.
    if declared.isdecimal() and (len(declared) > 18 or int(declared) > most):
        return None
    # Without a length the server itself knows where a body ends that comes in pieces; Django would read nothing.
    in_pieces = not declared and request.META.get("wsgi.input_terminated")
    stream = request.META["wsgi.input"] if in_pieces else request
    body = bytearray()
    while piece := stream.read(PIECE):
        body += piece
        if len(body) > most:
            return None
    return bytes(body)


def plain(status: int, text: str = "", **more: str) -> HttpResponse:
    """`more` are headers, with underscores in their names."""
    headers = {"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"}
    headers |= {name.replace("_", "-"): value for name, value in more.items()}
    answer = HttpResponse(text, status=status, content_type="text/plain; charset=utf-8", headers=headers)
    # Django writes the address of whatever it answers 4xx or 5xx to the log, and this address is a secret.
    answer._has_been_logged = True  # type: ignore[attr-defined]
    return answer
