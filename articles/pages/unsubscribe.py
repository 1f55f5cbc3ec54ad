"""The way out of the letters: a page with one button, and mail programs' own by RFC 8058. Nobody signs in for it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from articles.newsletter.choices import stop_letters
from articles.newsletter.links import read_unsubscribe_token


@csrf_exempt  # the token in the address is the proof, and a mail provider that posts for its reader has no other
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe_page(request: HttpRequest, token: str) -> HttpResponse:
    """Acts on the link's reader, whoever is signed in. Mail programs open links by themselves, so only POST acts."""
    user_id = read_unsubscribe_token(token)
    if user_id is None:
        return _unkept(render(request, "articles/unsubscribe.html", {"state": "unknown"}, status=404))
    if request.method == "POST":
        stop_letters(user_id)
        return _unkept(render(request, "articles/unsubscribe.html", {"state": "done"}))
    return _unkept(render(request, "articles/unsubscribe.html", {"state": "ask"}))


def _unkept(answer: HttpResponse) -> HttpResponse:
    """The address is a key: it is kept, listed and passed on nowhere."""
    answer["Cache-Control"] = "private, no-store"
    answer["X-Robots-Tag"] = "noindex"
    answer["Referrer-Policy"] = "no-referrer"
    return answer
