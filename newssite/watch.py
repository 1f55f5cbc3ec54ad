"""The outermost middleware: each request gets a name, is timed and counted, and with LOG_REQUESTS written down."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable
from uuid import uuid4

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from newssite.logs import request_name, route_of
from newssite.metrics import note_page

logger = logging.getLogger(__name__)

NAME = re.compile(r"[0-9a-f]{32}")


def watch_requests(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """What Django's handler lets through is an answer, errors included."""

    def middleware(request: HttpRequest) -> HttpResponse:
        token = request_name.set(name_of(request))
        started_at = time.perf_counter()
        try:
            response = get_response(request)
            seconds = time.perf_counter() - started_at
            note_page(request, response.status_code, seconds)
            if settings.LOG_REQUESTS:
                logger.info("answered", extra=facts_of(request, response.status_code, seconds))
        finally:
            request_name.reset(token)
        return response

    return middleware


def facts_of(request: HttpRequest, status: int, seconds: float) -> dict[str, object]:
    return {"route": route_of(request), "method": request.method, "status": status, "ms": round(seconds * 1000)}


def name_of(request: HttpRequest) -> str:
    """Our proxy's name for it, where there is one, so that both logs can be read together."""
    told = request.headers.get("X-Request-ID", "") if settings.ALLAUTH_TRUSTED_PROXY_COUNT else ""
    return told if NAME.fullmatch(told) else uuid4().hex
