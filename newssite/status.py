"""May this process be sent readers (/healthz, /readyz), and does news still come in. No names, addresses, versions."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.conf import settings
from django.core.cache import cache
from django.db import Error as DatabaseError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from articles.freshness import newest_article_at
from articles.ingest.health import FAILING_AFTER
from articles.models import Feed
from newssite.waiting import broker_answers

logger = logging.getLogger(__name__)

OK, FAILING = "ok", "failing"


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """200 while the database and the cache answer, else 503; old news ("late") is no reason to restart anything."""
    facts = {**database_facts(), "cache": cache_state()}
    is_down = FAILING in (facts["database"], facts["cache"])
    return told({"status": "down" if is_down else word_for(facts), **facts}, is_down)


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """200 where everything that the site works with is there, else 503 and which part is not."""
    parts = readiness()
    is_down = FAILING in parts.values()
    return told({"status": "down" if is_down else OK, **parts}, is_down)


def told(facts: dict, is_down: bool) -> HttpResponse:
    return JsonResponse(facts, status=503 if is_down else 200, headers={"Cache-Control": "no-store"})


def readiness() -> dict[str, str]:
    """Part -> "ok" or "failing". Without a database nobody waits twice for it: migrations count as failing then."""
    found = {name: state_of(name, asked) for name, asked in PARTS.items()}
    is_known = found["database"] == OK
    return {**found, "migrations": state_of("migrations", migrations_are_applied) if is_known else FAILING}


def state_of(name: str, asked: Callable[[], bool]) -> str:
    try:
        return OK if asked() else FAILING
    except Exception:  # whatever a part's own library raises, the answer is the same
        logger.exception("health: %s", name)
        return FAILING


def database_answers() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return cursor.fetchone() == (1,)


def migrations_are_applied() -> bool:
    """Whether the database has at least what this code asks for; a newer one is the next version's, and welcome."""
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def cache_keeps() -> bool:
    """Written and read back: a cache that only seems to answer lets rate limits through."""
    cache.set("healthz", "written", timeout=30)
    return cache.get("healthz") == "written"


PARTS = {
    "database": database_answers,
    "cache": cache_keeps,
    "broker": broker_answers,
}


def cache_state() -> str:
    return state_of("cache", cache_keeps)


def word_for(facts: dict) -> str:
    """The line is that of the alarm (articles/freshness.py)."""
    seconds = facts["newest_article_seconds"]
    return OK if seconds is not None and seconds <= settings.FRESHNESS_ALERT_MINUTES * 60 else "late"


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
        return {"database": FAILING, "newest_article_seconds": None, "feeds": None}
    seconds = int((timezone.now() - stored_at).total_seconds()) if stored_at else None
    return {"database": OK, "newest_article_seconds": seconds, "feeds": feeds}
