"""The admin site: the editors' desk under our name, and an autocomplete whose labels tell results apart."""

from __future__ import annotations

from django.conf import settings
from django.contrib import admin
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.http import HttpRequest, HttpResponse


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

    def index(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        # Not at the top: importing it registers the desks, and that needs this class.
        from articles.admin.first import first_page

        return super().index(request, {**first_page(request), **(extra_context or {})})

    def autocomplete_view(self, request: HttpRequest) -> HttpResponse:
        return LabelledAutocomplete.as_view(admin_site=self)(request)
