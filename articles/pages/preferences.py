"""Theme and text size, kept in two cookies: they need no account, and they are told to nobody."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from articles.pages.back import back

CHOICES = {"theme": ("auto", "light", "dark"), "size": ("m", "s", "l", "xl")}
YEAR_SECONDS = 365 * 24 * 60 * 60


# Without a token on purpose: visitors' pages are the same bytes for everybody and can hold none, and all that
# a forged request could do is to change how the site looks.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def set_preferences(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return redirect("front")  # the form stands at the foot of every page
    response = back(request, "front")
    for name, choices in CHOICES.items():
        value = request.POST.get(name)
        if value in choices:
            keep(response, name, value)
    return response


def keep(response: HttpResponse, name: str, value: str) -> None:
    """The first choice is how the site looks anyway: it takes the cookie away, and the pages are public again."""
    if value == CHOICES[name][0]:
        response.delete_cookie(name, samesite="Lax")
        return
    # Readable by static/js/site.js, which applies a choice without loading the page again.
    response.set_cookie(name, value, max_age=YEAR_SECONDS, samesite="Lax", secure=settings.HTTPS_ONLY)
