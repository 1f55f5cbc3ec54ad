"""A reader's pages show times in the reader's own zone, visitors' in the site's; allauth's pages show our name."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.contrib.sites.requests import RequestSite
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from accounts.context import reader_of
from accounts.idle import note_seen


def reader_time_zone(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    def middleware(request: HttpRequest) -> HttpResponse:
        # A picture shows no time: a page has dozens, and each would cost a look at the session.
        user = None if request.path.startswith(settings.PICTURE_URL) else reader_of(request)
        if user is None:
            return get_response(request)
        if request.session.session_key:
            note_seen(request.session.session_key, timezone.now())
        with timezone.override(user.zone):
            return get_response(request)

    return middleware


class OurSite:
    """allauth's views bring a `site` of their own, with the host for a name, that would hide ours from the templates.

    A class, because Django calls this hook on objects only.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_template_response(self, request: HttpRequest, response: TemplateResponse) -> TemplateResponse:
        if isinstance((response.context_data or {}).get("site"), RequestSite):
            del response.context_data["site"]
        return response
