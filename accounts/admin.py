"""Readers and staff, for support. Passwords are not shown, and nobody is deleted here: readers do that themselves."""

from __future__ import annotations

from datetime import datetime

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import User
from billing.admin import AccessLineInline, MembershipInline, ReadOnly
from billing.lists import NewestPaginator
from billing.record import write_difference, write_line

STAFF_FIELDS = ("is_active", "is_staff", "is_superuser", "groups")


class AddressInline(ReadOnly, admin.TabularInline):
    model = EmailAddress
    fields = ("email", "verified", "primary")


@admin.register(User)
class UserAdmin(admin.ModelAdmin):
    list_display = ("email", "name", "date_joined", "last_login", "is_staff", "is_active")
    list_filter = ("is_staff", "is_active", "groups")
    search_fields = ("email", "name")
    # Never counted, and sorted by what there is an index for.
    ordering = ("-pk",)
    paginator = NewestPaginator
    show_full_result_count = False
    filter_horizontal = ("groups",)
    fields = ("email", "name", "time_zone", *STAFF_FIELDS, "date_joined", "last_login")
    inlines = (MembershipInline, AccessLineInline, AddressInline)

    def get_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        return self.fields if obj else ("email", "name", *STAFF_FIELDS[1:])

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """An address changes by its owner's proof only; who may do what is a superuser's affair."""
        fixed = ("email", "date_joined", "last_login") if obj else ()
        return fixed if request.user.is_superuser else (*fixed, *STAFF_FIELDS)

    def get_inlines(self, request: HttpRequest, obj: User | None) -> tuple:
        return self.inlines if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False

    @transaction.atomic
    def save_model(self, request: HttpRequest, obj: User, form, change: bool) -> None:
        """A new account has no password: its owner signs in by a code, or chooses one by a link in the mail."""
        if not change:
            obj.set_unusable_password()
        super().save_model(request, obj, form, change)
        write_lines(obj, form.changed_data, request.user.email, timezone.now())


admin.site.unregister(Authenticator)


@admin.register(Authenticator)
class AuthenticatorAdmin(ReadOnly, admin.ModelAdmin):
    """Second steps without their secrets. An operator takes one off for somebody who lost both phone and list."""

    list_display = ("user", "type", "created_at", "last_used_at")
    list_filter = ("type",)
    list_select_related = ("user",)
    search_fields = ("user__email",)
    fields = ("user", "type", "created_at", "last_used_at")

    def has_delete_permission(self, request: HttpRequest, obj: Authenticator | None = None) -> bool:
        return request.user.is_superuser


def write_lines(user: User, changed: list[str], actor: str, now: datetime) -> None:
    """What an operator changed about what somebody may read, for the history."""
    if "is_staff" in changed:
        rule = "You work here now: every article is open." if user.is_staff else "You no longer work here."
        write_line(user, "set_staff", rule, now, {"is_staff": user.is_staff}, actor)
    if "is_active" in changed and user.is_active:
        # Whatever happened meanwhile is told now: an account that is switched off has no standing.
        write_difference(user, "account", "Your account was switched on again.", now, actor)
    elif "is_active" in changed:
        write_line(user, "account", "Your account was switched off.", now, actor=actor)
