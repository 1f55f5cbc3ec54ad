"""The site as an app: manifest, service worker, the page for no connection, and how to install.

The service worker keeps the shell (style sheet, script, mark, icons, the offline page as a visitor sees it) and, of
what a reader has saved, the articles that everybody may read whole (articles/pages/kept.py), until the reader signs
out. No page of a reader and no walled text is ever stored by it.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.loader import get_template, render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.http import require_safe

SHELL_FILES = (
    "css/site.css",
    "js/site.js",
    "img/mark.svg",
    "img/icon-180.png",
    "img/icon-192.png",
    "img/icon-512.png",
    "img/icon-maskable-512.png",
)
OFFLINE_TEMPLATE = "pwa/offline.html"
MANIFEST_SECONDS = 3600


@require_safe
def app_page(request: HttpRequest) -> HttpResponse:
    return render(request, "pwa/app.html")


@require_safe
def offline_page(request: HttpRequest) -> HttpResponse:
    return render(request, OFFLINE_TEMPLATE)


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """Browsers and feed readers ask for this address without being told to."""
    response = HttpResponseRedirect(static("img/icon-192.png"))
    response["Cache-Control"] = f"public, max-age={MANIFEST_SECONDS}"
    return response


@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """The same for everybody: rendered without the request, so that no cookie is looked at."""
    body = render_to_string("pwa/manifest.webmanifest", {"name": settings.SITE_NAME})
    response = HttpResponse(body, content_type="application/manifest+json")
    response["Cache-Control"] = f"public, max-age={MANIFEST_SECONDS}"
    return response


@require_safe
def service_worker(request: HttpRequest) -> HttpResponse:
    """Asked for at every start of the app; served from the root, so that its scope is the whole site."""
    context = {
        "version": shell_version(),
        "offline_url": reverse("offline"),
        "list_url": reverse("kept"),
        "pictures_url": settings.PICTURE_URL,
        "shell_urls": [static(path) for path in SHELL_FILES],
    }
    response = HttpResponse(render_to_string("pwa/service_worker.js", context), content_type="text/javascript")
    response["Cache-Control"] = "no-cache"
    return response


@cache
def shell_version() -> str:
    """Twelve hex digits of everything the shell is made of: a changed file makes a new cache and ends the old one."""
    digest = hashlib.sha256(settings.SITE_NAME.encode())
    for path in SHELL_FILES:
        found = finders.find(path)
        digest.update(Path(found).read_bytes() if isinstance(found, str) else path.encode())
    for name in (OFFLINE_TEMPLATE, "articles/kept.html", "articles/copy.html", "base.html", "base_narrow.html"):
        digest.update(get_template(name).template.source.encode())
    return digest.hexdigest()[:12]
