from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from billing.plans import current_offer
from billing.trial_line import trial_ticks


def plans(request: HttpRequest) -> HttpResponse:
    """The same for every visitor; a reader's own state comes with `reader`."""
    days, now = settings.TRIAL_DAYS, timezone.now()
    on_path, _, end_path = trial_ticks(days, days)
    context = {
        "offer": current_offer(),
        "today": now,
        "ends_at": now + timedelta(days=days),
        "on_path": on_path,
        "end_path": end_path,
        "has_verification": settings.MAIL_IS_CONFIGURED,
        "verify_hours": settings.VERIFY_WITHIN_HOURS,
        "grace_days": settings.PAST_DUE_GRACE_DAYS,
    }
    return render(request, "billing/plans.html", context)
