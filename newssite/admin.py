"""The admin site: the editors' desk under our name, and an autocomplete whose labels tell results apart."""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper

from allauth.core.exceptions import ReauthenticationRequired
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from accounts.paths import is_own_path
from accounts.second_factor import may_do_grave_things, may_enter, path_to_proof

View = Callable[..., HttpResponse]
# What is needed every hour first, what operators look at now and then last; what is not named here follows.
ORDER = (
    *("articles", "billing", "accounts", "admin", "auth", "mfa"),
    *("Pick", "Article", "Story", "Source", "Feed", "CategoryRule"),
    *("ArticlePage", "Host", "HubSubscription", "LeakCheck"),
    *("Membership", "Subscription", "Invoice", "Refund", "Letter", "Customer", "Consent", "StripeEvent", "Finding"),
)
# Of apps that are not ours.
HEADINGS = {"admin": "What staff did", "auth": "Rights", "mfa": "Second steps"}
# Names of addresses, as far as they end so.
GRAVE = ("_delete", "accounts_user_add", "accounts_user_change", "auth_group_change", "billing_membership_support")


def is_grave(request: HttpRequest) -> bool:
    name = (request.resolver_match.url_name if request.resolver_match else "") or ""
    return name.endswith(GRAVE) or request.POST.get("action") == "delete_selected"


def place_of(name: str) -> int:
    return ORDER.index(name) if name in ORDER else len(ORDER)


class LabelledAutocomplete(AutocompleteJsonView):
    def serialize_result(self, obj, to_field_name: str) -> dict:
        """`text` is what the list shows, `name` the object alone."""
        label_of = getattr(self.model_admin, "autocomplete_label", str)
        return {**super().serialize_result(obj, to_field_name), "text": label_of(obj), "name": str(obj)}


class DeskSite(admin.AdminSite):
    site_header = f"{settings.SITE_NAME} desk"
    site_title = f"{settings.SITE_NAME} desk"
    index_title = "The desk"
    enable_nav_sidebar = False  # a row of links in the head leaves the lists their width

    def has_permission(self, request: HttpRequest) -> bool:
        """Every page of the admin asks this."""
        return super().has_permission(request) and may_enter(request)

    def admin_view(self, view: View, cacheable: bool = False) -> View:
        """Who may do what, and what costs money or is gone for good, is done by somebody who proved who it is."""

        def proven(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            if request.method == "POST" and is_grave(request) and not may_do_grave_things(request):
                raise ReauthenticationRequired
            return view(request, *args, **kwargs)

        return super().admin_view(update_wrapper(proven, view), cacheable)

    def login(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """Django's own form, which counts no tries and knows no second step, is never shown."""
        wanted = request.GET.get("next", "")
        inside = wanted if is_own_path(wanted) else reverse("admin:index")
        if self.has_permission(request):
            return redirect(inside)
        if not (request.user.is_active and request.user.is_staff):
            raise PermissionDenied
        return redirect(path_to_proof(request.user, inside))

    def password_change(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        return redirect("account_change_password")

    def index(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        # Not at the top: importing it registers the desks, and that needs this class.
        from articles.admin.first import first_page

        return super().index(request, {**first_page(request), **(extra_context or {})})

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[dict]:
        """In the desk's order, not the alphabet's, under headings in our words."""
        apps = sorted(super().get_app_list(request, app_label), key=lambda app: place_of(app["app_label"]))
        for app in apps:
            app["name"] = HEADINGS.get(app["app_label"], app["name"])
            app["models"].sort(key=lambda model: place_of(model["object_name"]))
        return apps

    def autocomplete_view(self, request: HttpRequest) -> HttpResponse:
        return LabelledAutocomplete.as_view(admin_site=self)(request)
