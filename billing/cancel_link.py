"""The link in a letter that leads to cancelling without signing in. It opens a page; only its button cancels."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.urls import reverse

SALT = "billing.cancel_link"
# Longer than a year, so that the link in the letter about a yearly payment lasts until the next one.
GOOD_FOR = timedelta(days=400)


def cancel_url(user, subscription_stripe_id: str) -> str:
    token = signing.dumps([user.pk, subscription_stripe_id], salt=SALT, compress=True)
    return settings.SITE_URL + reverse("cancel_by_link", args=[token])


def read_cancel_token(token: str) -> tuple[int, str] | None:
    """Whose subscription the link is about: (user id, Stripe's id). None for a link that is not ours or too old."""
    try:
        user_id, subscription_id = signing.loads(token, salt=SALT, max_age=GOOD_FOR)
    except signing.BadSignature:
        return None
    return user_id, subscription_id
