"""`reader` for templates. It looks at the cookie before it looks at the user: a visitor's session is never touched."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property

from accounts.models import User
from billing.banner import banner_words
from billing.facts import Facts
from billing.plans import facts_of
from billing.words import MembershipWords, membership_words


@dataclass(frozen=True, slots=True)
class Banner:
    """One line above the masthead: what happened and one action."""

    title: str
    text: str
    url: str = ""
    action: str = ""
    is_alert: bool = False


class Reader:
    """The signed-in reader as templates see one. Asks the database nothing: ReaderBackend brought what is needed."""

    def __init__(self, user: User) -> None:
        self.user = user
        self.initials = user.initials
        self.label = user.name or user.email

    @cached_property
    def facts(self) -> Facts:
        return facts_of(self.user, timezone.now())

    @property
    def membership(self) -> MembershipWords:
        return membership_words(self.facts)

    @property
    def trial_label(self) -> str:
        """ "Day 5 of 14" while a trial runs."""
        return self.facts.trial_label

    @cached_property
    def banner(self) -> Banner | None:
        return banner_of(self.facts)


def banner_of(facts: Facts) -> Banner | None:
    words = banner_words(facts)
    if words is None:
        return None
    return Banner(words.title, words.text, reverse(words.route) + words.anchor, words.action, words.is_alert)


def reader_of(request: HttpRequest) -> User | None:
    """The signed-in user, None for visitors; reads no session where the request carries no session cookie."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES or not hasattr(request, "user"):
        return None
    return request.user if request.user.is_authenticated else None


def reader(request: HttpRequest) -> dict:
    user = reader_of(request)
    return {"reader": Reader(user) if user else None, "has_mail": settings.MAIL_IS_CONFIGURED}
