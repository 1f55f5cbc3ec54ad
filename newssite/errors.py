"""What stands in place of a page: what happened, and what to do. No page needs the part that may be broken."""

from __future__ import annotations

import errno
import logging
import sys
from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.db import Error as DatabaseError
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils import timezone

from accounts.context import reader_of
from accounts.hashers import Busy
from articles.muting import mutes_of
from articles.pages.below import top_stories_now
from articles.pages.ranks import Ranks
from newssite.logs import route_of

logger = logging.getLogger(__name__)

RETRY_AFTER_SECONDS = 60
# For the one page that is made without the database: code -> title, sentence.
BARE_WORDS = {
    400: ("We could not read that request", "Something in the address or the form was not as it should be."),
    403: ("That is not open to you", "Go back, load the page again and try once more."),
    404: ("We cannot find that page", "The link may be old, or the publisher may have withdrawn the article."),
    405: ("That address is not opened this way", "Nothing was changed. Begin again at the front page."),
    429: ("Too many tries", "Wait a few minutes, then try again."),
    500: (
        "Something broke on our side",
        "The page could not be made, and the reason is in our log. Nothing of yours is lost.",
    ),
    503: (
        "We cannot reach our articles just now",
        "It is usually a matter of minutes. Nothing of yours is lost: what you saved and follow is kept.",
    ),
}

BUSY_WORDS = ("Very many are signing in", "Just now it is more than we can check. Wait a moment, then try again.")
BUSY_SECONDS = 5


class AskForPatience:
    """503 where passwords come in faster than they can be checked: nothing broke, so there is no trace in the log.

    A class, because Django calls this hook on objects only.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, Busy):
            return None
        logger.warning("too many passwords at once route=%s", route_of(request))
        response = bare_page(503, BUSY_WORDS)
        response["Retry-After"] = str(BUSY_SECONDS)
        return response


def own_error_pages(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """With DEBUG on: our 404 in place of Django's technical one, so that a first run looks like the product.

    The innermost middleware: the page then passes through all others, as it does with DEBUG off.
    """
    if not settings.DEBUG:
        raise MiddlewareNotUsed

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        return not_found(request) if is_technical_404(response) else response

    return middleware


def is_technical_404(response: HttpResponse) -> bool:
    return response.status_code == 404 and not response.streaming and b"<code>DEBUG = True</code>" in response.content


def say_why_not_allowed(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """A page in place of Django's empty 405, for browsers: somebody opened an address that only forms are sent to."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if response.status_code != 405 or response.content or "text/html" not in request.headers.get("Accept", ""):
            return response
        page = error_page(request, 405)
        page["Allow"] = response["Allow"]
        return page

    return middleware


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return error_page(request, 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return error_page(request, 403)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """settings.CSRF_FAILURE_VIEW. `reason` is for the log, which Django has written; readers get what to do."""
    return error_page(request, 403, lambda: {"is_form": True})


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return error_page(request, 404, lambda: {"ranks": ranks_for(request)})


def ranks_for(request: HttpRequest) -> Ranks:
    return top_stories_now(timezone.now(), mutes_of(reader_of(request)))


def too_many_requests(request: HttpRequest) -> HttpResponse:
    """handler429: allauth asks for it."""
    return error_page(request, 429)


def server_error(request: HttpRequest) -> HttpResponse:
    """503 where database, cache or broker cannot be reached: it passes, and crawlers must not take it for an answer."""
    will_pass = passes(sys.exc_info()[1])
    response = bare_page(503 if will_pass else 500)
    if will_pass:
        response["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


def passes(error: BaseException | None) -> bool:
    """Whether what is wrong lies outside of the site: a server that is away, a disk that is full."""
    from kombu.exceptions import OperationalError as BrokerError  # late: billing/background.py says why
    from redis.exceptions import RedisError

    is_full = isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}
    return is_full or isinstance(error, OperationalError | InterfaceError | RedisError | BrokerError)


def error_page(request: HttpRequest, status: int, fill: Callable[[], dict] = dict) -> HttpResponse:
    """`fill` makes what the template needs; where the database is down the bare page takes its place."""
    try:
        return render(request, f"{status}.html", fill(), status=status)
    except DatabaseError:
        logger.exception("error page without the database status=%d", status)
        return bare_page(status)


def bare_page(status: int, words: tuple[str, str] | None = None) -> HttpResponse:
    title, sentence = words or BARE_WORDS[status]
    context = {"code": status, "title": title, "sentence": sentence, "name": settings.SITE_NAME, "css_url": _css_url()}
    return HttpResponse(render_to_string("500.html", context), status=status)


def _css_url() -> str:
    """Empty where the static files were not collected, which may be why there is an error page at all."""
    try:
        return static("css/site.css")
    except ValueError:
        return ""
