"""Where the answer to a small form leads: back to the page it stood on, never off the site."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.utils.http import urlencode

from accounts.paths import is_own_path
from billing.answers import SeeOther


def safe_path(raw: str, fallback: str) -> str:
    """`raw` where it is a path on this site, else `fallback` (an address or a route's name)."""
    return raw if is_own_path(raw) else resolve_url(fallback)


def back(request: HttpRequest, fallback: str) -> HttpResponseRedirect:
    """303 to the form's `next`: the browser asks with GET, and a reload posts nothing twice."""
    return SeeOther(safe_path(request.POST.get("next", ""), fallback))


def sign_in(request: HttpRequest) -> HttpResponseRedirect:
    """To the sign-in page and then back: to the form's `next`, or to the page that was asked for."""
    raw = request.POST.get("next", "") if request.method == "POST" else request.get_full_path()
    query = urlencode({"next": safe_path(raw, request.path)})
    return HttpResponseRedirect(f"{resolve_url(settings.LOGIN_URL)}?{query}")
