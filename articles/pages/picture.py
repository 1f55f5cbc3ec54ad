"""A picture of ours: the same for everybody, never another under one address."""

from __future__ import annotations

import re

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseNotFound
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from articles.pictures import files

KEY = re.compile(r"[0-9a-f]{32}")
WIDEST = 9999  # pixels; what we keep is far narrower
FOR_EVER = "public, max-age=31536000, immutable"
NOT_KEPT = "public, max-age=60"  # it may be on its way


@require_safe
def picture(request: HttpRequest, key: str, width: int) -> HttpResponseBase:
    file = files.find(key, width) if KEY.fullmatch(key) and 0 < width <= WIDEST else None
    if file is None:
        return HttpResponseNotFound(
            "No such picture.\n", content_type="text/plain; charset=utf-8", headers={"Cache-Control": NOT_KEPT}
        )
    headers = {
        "Cache-Control": FOR_EVER,
        "Content-Length": str(file.size),
        "Content-Security-Policy": "default-src 'none'",
        "X-Content-Type-Options": "nosniff",
    }
    if request.method == "HEAD":
        file.close()
        return HttpResponse(content_type="image/webp", headers=headers)
    return FileResponse(file, content_type="image/webp", headers=headers)
