"""/healthz: may this process be sent readers, and does news still come in. No names, no addresses, no versions."""

from __future__ import annotations

import logging

from django.conf import settings
from django.core.cache import cache
from django.db import Error as DatabaseError
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from articles.freshness import newest_article_at
from articles.ingest.health import FAILING_AFTER
from articles.models import Feed

logger = logging.getLogger(__name__)


def healthz(request: HttpRequest) -> HttpResponse:
    """200 while the database and the cache answer, else 503; old news ("late") is no reason to restart anything."""
    facts = {**database_facts(), "cache": cache_state()}
    is_down = "failing" in (facts["database"], facts["cache"])
    response = JsonResponse({"status": "down" if is_down else word_for(facts), **facts}, status=503 if is_down else 200)
    response["Cache-Control"] = "no-store"
    return response


def word_for(facts: dict) -> str:
    """The line is that of the alarm (articles/freshness.py)."""
    seconds = facts["newest_article_seconds"]
    return "ok" if seconds is not None and seconds <= settings.FRESHNESS_ALERT_MINUTES * 60 else "late"


def database_facts() -> dict:
    """Two queries: the newest row by its key, and one pass over the feeds."""
    try:
        stored_at = newest_article_at()
        feeds = Feed.objects.filter(
            is_active=True, gone_at=None, quarantined_at=None, source__is_active=True
        ).aggregate(
            ok=Count("pk", filter=Q(failure_count__lt=FAILING_AFTER)),
            failing=Count("pk", filter=Q(failure_count__gte=FAILING_AFTER)),
        )
    except DatabaseError:
        logger.exception("health: database")
        return {"database": "failing", "newest_article_seconds": None, "feeds": None}
    seconds = int((timezone.now() - stored_at).total_seconds()) if stored_at else None
    return {"database": "ok", "newest_article_seconds": seconds, "feeds": feeds}


def cache_state() -> str:
    """Written and read back: a cache that only seems to answer lets rate limits through."""
    try:
        cache.set("healthz", "written", timeout=30)
        is_kept = cache.get("healthz") == "written"
    except Exception:  # whatever the cache's own library raises, the answer is the same
        logger.exception("health: cache")
        return "failing"
    return "ok" if is_kept else "failing"
