"""An action may be started from the list or from one row's own page (admin/change_form_with_tools.html)."""

from __future__ import annotations

from django.contrib.admin import ModelAdmin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse


def is_on_page(request: HttpRequest) -> bool:
    return "on_page" in request.POST


def back(desk: ModelAdmin, request: HttpRequest) -> HttpResponse | None:
    """To the row's own page where the action came from there; None leaves it to the list."""
    pk = request.POST.get(ACTION_CHECKBOX_NAME, "")
    if not is_on_page(request) or not pk.isdecimal():
        return None
    return HttpResponseRedirect(reverse(f"admin:{desk.opts.app_label}_{desk.opts.model_name}_change", args=[pk]))
