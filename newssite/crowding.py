"""Who signs in or up does not take every thread from those who read: so many forms at once, few in line, no more."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from accounts.hashers import Busy, Turns
from newssite.errors import BUSY_SECONDS, BUSY_WORDS, bare_page

FORMS = "/account/"
# Of the four threads that deploy/ gives a process one is left for pages.
TURNS = Turns(at_once=2, in_line=1, seconds=2)


def leave_room_for_readers(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """503 at once, before anything is asked of the database, where the line is full."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.method != "POST" or not request.path.startswith(FORMS):
            return get_response(request)
        try:
            with TURNS.one():
                return get_response(request)
        except Busy:
            response = bare_page(503, BUSY_WORDS)
            response["Retry-After"] = str(BUSY_SECONDS)
            return response

    return middleware
