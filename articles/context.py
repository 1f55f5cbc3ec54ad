"""What every page says of the site. Counted when a template asks, in one query, and kept for a moment."""

from __future__ import annotations

from django.conf import settings
from django.db.models import Count, Max, Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import cached_property

from articles.models import Feed, Permission, Source
from articles.pages import words
from articles.pages.moment import kept
from articles.sections import SECTIONS

NAV_SECTIONS = [(slug, name) for slug, name in SECTIONS.items() if slug != "top"]


class Site:
    name = settings.SITE_NAME
    contact_email = settings.CONTACT_EMAIL
    url = settings.SITE_URL
    sections = NAV_SECTIONS
    sections_first = NAV_SECTIONS[:5]
    sections_rest = NAV_SECTIONS[5:]

    @cached_property
    def _counts(self) -> dict:
        return kept("site", timezone.now(), count_sources)

    @property
    def source_count(self) -> int:
        return self._counts["all"]

    @property
    def whole_text_count(self) -> int:
        """Titles whose articles can be read here from the first line to the last."""
        return self._counts["whole"]

    @property
    def is_fictional(self) -> bool:
        return self._counts["fictional"] > 0

    @property
    def titles_phrase(self) -> str:
        return words.titles_phrase(self.source_count)

    @cached_property
    def updated_at(self):
        """When a feed last brought something new; None before the first."""
        return kept("updated", timezone.now(), lambda: Feed.objects.aggregate(at=Max("last_new_at"))["at"])


def count_sources() -> dict[str, int]:
    return Source.objects.filter(is_active=True).aggregate(
        all=Count("pk"),
        whole=Count("pk", filter=Q(permission__in=(Permission.OPEN, Permission.FULL))),
        fictional=Count("pk", filter=Q(is_fictional=True)),
    )


class Look:
    """The appearance a reader chose, from two cookies; empty follows the system."""

    def __init__(self, cookies: dict[str, str]) -> None:
        self.theme = cookies.get("theme") if cookies.get("theme") in {"light", "dark"} else ""
        self.size = cookies.get("size") if cookies.get("size") in {"s", "l", "xl"} else ""


def site(request: HttpRequest) -> dict:
    return {"site": Site(), "look": Look(request.COOKIES)}
