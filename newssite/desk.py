"""Django's admin as the editors' desk, loaded by the first request that comes to it and not by every process.

Forms, lists and what they stand on are a quarter of a second and many megabytes: a process that shows pages to readers,
fetches feeds or sends letters has no use for them.
"""

from __future__ import annotations

from importlib import import_module

from django.contrib.admin.apps import SimpleAdminConfig
from django.contrib.admin.checks import check_admin_app, check_dependencies
from django.core import checks
from django.urls import URLResolver
from django.urls.resolvers import RoutePattern

ADDRESSES = "newssite.desk_urls"


class DeskConfig(SimpleAdminConfig):
    """With our own site class: what staff see first is the editors' desk."""

    default = False
    default_site = "newssite.admin.DeskSite"

    def ready(self) -> None:
        """Django's own checks, the second of the desks that are registered."""
        checks.register(check_dependencies, checks.Tags.admin)
        checks.register(check_desks, checks.Tags.admin)


def check_desks(**kwargs: object) -> list[checks.CheckMessage]:
    import_module(ADDRESSES)
    return check_admin_app(**kwargs)


class LateResolver(URLResolver):
    """Addresses in a namespace, whose module is imported by the first request or link that leads there.

    `include` imports at once; and the first link that a process makes to anywhere would import it too, as Django then
    asks every resolver for its names. It does not use those of a namespace: `reverse` reads them from the patterns.
    """

    def _populate(self) -> None:
        pass


def desk(route: str) -> URLResolver:
    """For urlpatterns; the names are Django's: reverse("admin:index")."""
    return LateResolver(RoutePattern(route), ADDRESSES, app_name="admin", namespace="admin")
