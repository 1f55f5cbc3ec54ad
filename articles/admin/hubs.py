"""What hubs have promised to push, to look at; any of them can be asked again."""

from __future__ import annotations

from datetime import datetime

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from articles.admin.states import moment
from articles.admin.tools import back
from articles.models import HubSubscription
from articles.websub.store import ask_again
from billing.background import hand_over
from billing.lists import NarrowedByFilters

FEW = 100


@admin.register(HubSubscription)
class HubAdmin(NarrowedByFilters, admin.ModelAdmin):
    list_display = ["feed", "title_name", "hub_url", "state_words", "lease", "last_push", "reason"]
    list_filter = ["state"]
    list_select_related = ["feed__source"]
    list_per_page = 100
    ordering = ["feed__url"]
    sortable_by = ()
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    search_fields = ["feed__url", "feed__source__name", "hub_url"]
    actions = ["ask_again"]
    change_form_template = "admin/change_form_with_tools.html"
    # Neither token nor secret: who knows them can speak for the hub.
    readonly_fields = fields = [
        *("feed", "title_name", "hub_url", "topic_url", "state_words", "reason", "lease", "next_request", "asked"),
        *("last_push", "push_count", "is_signed"),
    ]

    def has_add_permission(self, request) -> bool:
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        return False

    def has_delete_permission(self, request, obj=None) -> bool:
        return False

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None) -> HttpResponse:
        context.update(tools=[("ask_again", "Ask the hub again")] if obj else [])
        return super().render_change_form(request, context, add, change, form_url, obj)

    @admin.display(description="Title")
    def title_name(self, known: HubSubscription) -> str:
        return known.feed.source.name

    @admin.display(description="State")
    def state_words(self, known: HubSubscription) -> str:
        return known.get_state_display()

    @admin.display(description="Promised until")
    def lease(self, known: HubSubscription) -> str:
        return in_words(known.lease_ends_at)

    @admin.display(description="Last push")
    def last_push(self, known: HubSubscription) -> str:
        return in_words(known.last_push_at)

    @admin.display(description="Asked")
    def asked(self, known: HubSubscription) -> str:
        return in_words(known.asked_at)

    @admin.display(description="Asked next")
    def next_request(self, known: HubSubscription) -> str:
        return in_words(known.due_at)

    @admin.display(description="Signs what it pushes", boolean=True)
    def is_signed(self, known: HubSubscription) -> bool:
        return bool(known.secret)

    @admin.action(description="Ask again", permissions=["view"])
    def ask_again(self, request: HttpRequest, queryset: QuerySet[HubSubscription]) -> HttpResponse | None:
        chosen = list(queryset[:FEW])
        count = ask_again(HubSubscription.objects.filter(pk__in=[known.pk for known in chosen]), timezone.now())
        if not count:
            self.message_user(request, "Nobody is asked: these hubs are to stop.", messages.WARNING)
            return back(self, request)
        LogEntry.objects.log_actions(request.user.pk, chosen, CHANGE, "Ask again.")
        named = f"{count} hub" if count == 1 else f"{count} hubs"
        if hand_over("articles.tasks.ask_hubs"):
            said = f"{named} will be asked now. Load this page again in a moment."
            self.message_user(request, said, messages.SUCCESS)
        else:
            said = f"{named} will be asked at the next round: the message broker does not answer."
            self.message_user(request, said, messages.WARNING)
        return back(self, request)


def in_words(instant: datetime | None) -> str:
    return moment(instant, timezone.now(), timezone.get_current_timezone()) if instant else "-"
