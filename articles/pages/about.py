"""The pages in words: who fetches, what is kept about readers, what the membership is."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from articles.pages import words


@require_safe
def fetcher(request: HttpRequest) -> HttpResponse:
    context = {
        "user_agent": settings.FEED_USER_AGENT,
        "robots_name": settings.FEED_USER_AGENT.partition("/")[0],
        "timeout_seconds": settings.FEED_TIMEOUT_SECONDS,
        "most_megabytes": settings.FEED_MAX_BYTES // (1024 * 1024),
        "images": settings.IMAGES,
        "picture_days": settings.PICTURE_KEEP_DAYS,
    }
    return render(request, "articles/fetcher.html", context)


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    context = {
        "session_cookie": settings.SESSION_COOKIE_NAME,
        "session_days": settings.SESSION_COOKIE_AGE // 86_400,
        "csrf_cookie": settings.CSRF_COOKIE_NAME,
        "typed_address_cookie": settings.TYPED_ADDRESS_COOKIE_NAME,
        "images": settings.IMAGES,
    }
    return render(request, "articles/privacy.html", context)


@require_safe
def terms(request: HttpRequest) -> HttpResponse:
    context = {
        "trial_days": settings.TRIAL_DAYS,
        "monthly": words.money(settings.PLAN_MONTHLY_CENTS, settings.PLAN_CURRENCY),
        "yearly": words.money(settings.PLAN_YEARLY_CENTS, settings.PLAN_CURRENCY),
        "grace_days": settings.PAST_DUE_GRACE_DAYS,
        "verify_hours": settings.VERIFY_WITHIN_HOURS,
        "has_mail": settings.MAIL_IS_CONFIGURED,
        "needs_card": settings.TRIAL_REQUIRES_CARD,
    }
    return render(request, "articles/terms.html", context)
