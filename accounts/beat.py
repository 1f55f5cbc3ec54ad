"""What must not tell whether an address has an account is answered on a beat, whatever was looked up for it (A18)."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

SIGN_IN = "/account/login/"
FORMS = {SIGN_IN, "/account/login/code/", "/account/password/reset/"}


def answer_on_a_beat(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Outside of the session, which is written after the view. Who has signed in is not kept waiting."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.method != "POST" or request.path not in FORMS:
            return get_response(request)
        started = time.monotonic()
        response = get_response(request)
        beat = settings.ANSWER_BEAT_SECONDS
        # What was refused unread (no token, too often) looked nothing up, and would hold its place in the line.
        if beat and (response.status_code == 200 or (request.path != SIGN_IN and response.status_code == 302)):
            time.sleep(beat - (time.monotonic() - started) % beat)
        return response

    return middleware
