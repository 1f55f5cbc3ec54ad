"""What support may look at. Every fact here has its one writer in the code, so nothing can be edited."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from billing.models import AccessLine, Membership


class ReadOnly:
    """Rows to look at: no adding, changing or deleting, whoever is signed in."""

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(Membership)
class MembershipAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("user", "status", "plan", "trial_ends_at", "paid_until", "cancels_at", "past_due_since")
    list_filter = ("status", "plan")
    list_select_related = ("user",)
    search_fields = ("user__email",)
    date_hierarchy = "created_at"


class MembershipInline(ReadOnly, admin.StackedInline):
    model = Membership


class AccessLineInline(ReadOnly, admin.TabularInline):
    model = AccessLine
    fields = ("at", "cause", "rule")
