"""{% load briefing %}: the switch for letters, which pages of other apps show too."""

from __future__ import annotations

from typing import Any

from django import template
from django.conf import settings

from accounts.models import User
from articles.newsletter.choices import choice_of

register = template.Library()


@register.inclusion_tag("components/briefing_switch.html")
def briefing_switch(user: User, csrf_token: str, next_path: str = "") -> dict[str, Any]:
    """One query."""
    return {
        "choice": choice_of(user),
        "user": user,
        "zone": user.zone.key,
        "can_have": settings.MAIL_IS_CONFIGURED and user.has_verified_address,
        "has_mail": settings.MAIL_IS_CONFIGURED,
        "csrf_token": csrf_token,
        "next": next_path,
    }
