"""The desk's first page: what an editor needs first."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils import timezone

from articles.admin import desk
from articles.admin.feed_health import troubled_feeds
from articles.freshness import freshness


def first_page(request: HttpRequest) -> dict:
    """The context of its three panels; what somebody may not see is not asked for."""
    context: dict = {}
    if request.user.has_perm("articles.view_pick"):
        context["strips"] = desk.strips(timezone.now(), timezone.get_current_timezone())
    if request.user.has_perm("articles.view_feed"):
        now = timezone.now()
        context["troubled"] = troubled_feeds(now)
        context["freshness"] = freshness(now)
    return context
