"""Readers and staff, for support. Passwords are not shown, and nobody is deleted here: readers do that themselves."""

from __future__ import annotations

from datetime import datetime

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import LogEntry
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.erasure import living_of
from accounts.models import User
from billing.admin import AccessLineInline, MembershipInline, ReadOnly
from billing.lists import NarrowedByFilters, NewestPaginator, column, within, yes_or_no
from billing.record import write_difference, write_line

STILL_PAYS = (
    "This account has a membership at Stripe, which goes on charging, and its owner can no longer get in to cancel it:"
    " end it on the membership's page, by “Refund and cancel”."
)
STAFF_FIELDS = ("is_active", "is_staff", "is_superuser", "groups")


class AddressInline(ReadOnly, admin.TabularInline):
    model = EmailAddress
    fields = ("email", "verified", "primary")


class UserForm(forms.ModelForm):
    class Meta:
        model = User
        fields = ("groups",)
        labels = {
            "is_active": "May sign in",
            "is_superuser": "Operator: may do everything",
            "last_login": "Signed in last",
        }
        help_texts = {
            "time_zone": "Such as Europe/Berlin. Empty: as the site.",
            "is_superuser": "",
            "groups": "Editors: picks, stories, articles taken down and opened. Catalogue: titles, feeds, categories.",
        }
        widgets = {"groups": forms.CheckboxSelectMultiple}


@admin.register(User)
class UserAdmin(NarrowedByFilters, admin.ModelAdmin):
    form = UserForm
    list_display = ("email", "name", "date_joined", column("last_login", "Signed in last"), "is_staff", "may_sign_in")
    list_filter = ("is_staff", ("is_active", yes_or_no("who may sign in")), "groups")
    search_fields = ("email", "name")
    # Never counted, and sorted by what there is an index for.
    ordering = ("-pk",)
    paginator = NewestPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
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

    @admin.display(description="May sign in", boolean=True)
    def may_sign_in(self, user: User) -> bool:
        return user.is_active

    @transaction.atomic
    def save_model(self, request: HttpRequest, obj: User, form, change: bool) -> None:
        """A new account has no password: its owner signs in by a code, or chooses one by a link in the mail."""
        if not change:
            obj.set_unusable_password()
        super().save_model(request, obj, form, change)
        write_lines(obj, form.changed_data, request.user.email, timezone.now())
        if "is_active" in form.changed_data and not obj.is_active and living_of(obj).exists():
            self.message_user(request, STILL_PAYS, messages.WARNING)


admin.site.unregister(Authenticator)


@admin.register(Authenticator)
class AuthenticatorAdmin(ReadOnly, NarrowedByFilters, admin.ModelAdmin):
    """Second steps without their secrets. An operator takes one off for somebody who lost both phone and list."""

    list_display = ("user", "type", "created_at", "last_used_at")
    list_filter = ("type",)
    list_select_related = ("user",)
    search_fields = ("user__email",)
    fields = ("user", "type", "created_at", "last_used_at")

    def has_delete_permission(self, request: HttpRequest, obj: Authenticator | None = None) -> bool:
        return request.user.is_superuser


@admin.register(LogEntry)
class StaffLogAdmin(ReadOnly, NarrowedByFilters, admin.ModelAdmin):
    """What everybody did at the desk, the newest first. A row's own History says it of that row."""

    list_display = ("action_time", "who", "what", "done")
    list_display_links = None
    list_filter = (within("action_time", "when"),)
    list_select_related = ("user", "content_type")
    list_per_page = 100
    ordering = ("-pk",)
    sortable_by = ()
    paginator = NewestPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    search_fields = ("user__email", "user__name", "object_repr", "change_message")
    search_help_text = "Who did it, what it was done to, or words of what was done."
    fields = ("action_time", "who", "what", "done")
    readonly_fields = ("who", "what", "done")

    @admin.display(description="Who")
    def who(self, entry: LogEntry) -> str:
        return str(entry.user)

    @admin.display(description="What")
    def what(self, entry: LogEntry) -> SafeString:
        url = "" if entry.is_deletion() else entry.get_admin_url()
        words = format_html('<a href="{}">{}</a>', url, entry.object_repr) if url else entry.object_repr
        return format_html('{} <span class="quiet">{}</span>', words, entry.content_type or "")

    @admin.display(description="What was done")
    def done(self, entry: LogEntry) -> str:
        return entry.get_change_message() or entry.get_action_flag_display()


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
