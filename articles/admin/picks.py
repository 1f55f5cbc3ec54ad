"""Our Picks: find an article, say why, set the dates, put it in its place, see the strip as it will be."""

from __future__ import annotations

from datetime import datetime, timedelta

from adminsortable2.admin import SortableAdminMixin
from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import PermissionDenied
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBadRequest,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
    QueryDict,
)
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.html import format_html
from django.utils.safestring import SafeString

from articles.admin import desk, order
from articles.admin.pick_form import ArticleSelect, PickForm
from articles.admin.states import PickState, moment, pick_state
from articles.models import Pick
from articles.pages.front import build_visitor_front

FURTHEST_PREVIEW = timedelta(days=366)


class StateFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return [("live", "Live"), ("scheduled", "Scheduled"), ("ended", "Ended")]

    def choices(self, changelist):
        on_desk, *rest = super().choices(changelist)
        return [{**on_desk, "display": "Live and scheduled"}, *rest]

    def queryset(self, request, queryset):
        now = timezone.now()
        match self.value():
            case "live":
                return queryset.filter(pk__in=Pick.objects.live(now).values("pk"))
            case "scheduled":
                return queryset.filter(starts_at__gt=now)
            case "ended":
                return queryset.filter(ends_at__lte=now)
        return queryset.filter(pk__in=desk.on_desk(now).values("pk"))


@admin.register(Pick)
class PickAdmin(SortableAdminMixin, admin.ModelAdmin):
    form = PickForm
    autocomplete_fields = ["article"]
    readonly_fields = ["original_headline", "state", "editor_name"]
    fieldsets = [
        (None, {"fields": ["article", "original_headline", "headline_override", "note"]}),
        ("When", {"fields": ["starts_at", "ends_at", "state", "editor_name"]}),
    ]
    list_display = ["headlines", "title_name", "note", "state", "editor"]
    list_display_links = ["headlines"]
    list_filter = [StateFilter]
    list_select_related = ["article__source", "editor"]
    list_per_page = 200
    ordering = ["position", "-starts_at"]
    sortable_by = ()
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    search_fields = ["headline_override", "article__headline", "article__source__name", "note"]
    actions = ["end_now"]
    change_list_template = "admin/articles/pick/change_list.html"

    class Media:
        js = [forms.Script("js/admin-picks.js", type="module")]

    # What the columns and the form say

    @admin.display(description="Headline")
    def headlines(self, pick: Pick) -> str | SafeString:
        if not pick.headline_override:
            return pick.headline
        return format_html(
            '{}<span class="original">Publisher’s: {}</span>', pick.headline_override, pick.article.headline
        )

    @admin.display(description="Title")
    def title_name(self, pick: Pick) -> str:
        return pick.article.source.name

    @admin.display(description="Publisher’s headline")
    def original_headline(self, pick: Pick) -> str:
        return pick.article.headline if pick.pk else "-"

    @admin.display(description="State")
    def state(self, pick: Pick) -> str | SafeString:
        if not pick.pk:
            return "-"
        state = state_of(pick)
        return format_html('<span class="state state--{}">{}</span>', state.kind, state.words)

    @admin.display(description="Editor")
    def editor_name(self, pick: Pick) -> str:
        """In words: as a link it would lead to an account that editors may not see."""
        return str(pick.editor) if pick.editor else "-"

    @admin.display(description="Order")
    def place(self, pick: Pick) -> str | SafeString:
        return order.place(pick)

    def _add_reorder_method(self) -> None:
        self._reorder_ = self.place

    def get_changelist(self, request, **kwargs) -> type[order.DeskList]:
        return order.DeskList

    def get_actions(self, request) -> dict:
        # The desk is one page: none of the actions that move picks between pages, nor the count they need.
        return super(SortableAdminMixin, self).get_actions(request)

    def get_fieldsets(self, request, obj=None):
        if obj is not None:
            return self.fieldsets
        (_, find), _ = self.fieldsets
        return [
            (None, {"fields": [name for name in find["fields"] if name != "original_headline"]}),
            ("When", {"fields": ["starts_at", "ends_at"]}),
        ]

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "article":
            kwargs["widget"] = ArticleSelect(db_field, self.admin_site)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "article":  # found by typing; nothing about it is changed from here
            field.widget.can_change_related = field.widget.can_view_related = False
        return field

    def save_model(self, request, obj: Pick, form, change: bool) -> None:
        if not change:
            obj.editor = request.user
        super().save_model(request, obj, form, change)
        state = state_of(obj)
        if state.kind == "ended":
            self.message_user(request, f"Readers do not see this pick: it {state.words}.", messages.WARNING)

    # The strip

    def changelist_view(self, request, extra_context=None) -> HttpResponse:
        return super().changelist_view(request, {**strip_context(), **(extra_context or {})})

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None) -> HttpResponse:
        context.update(strip_context())
        return super().render_change_form(request, context, add, change, form_url, obj)

    def preview(self, request: HttpRequest) -> HttpResponse:
        """The front page as a visitor will see it at the instant `at` (ISO 8601, the editor's zone), or now."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        now, zone = timezone.now(), timezone.get_current_timezone()
        at = asked_instant(request, now)
        preview = {
            "words": "now" if at == now else f"from {moment(at, now, zone)}",
            "zone": timezone.get_current_timezone_name(),
            "strips": desk.strips(now, zone),
        }
        page = {"page": build_visitor_front(at), "here": "top", "is_front": True, "reader": None}
        return render(request, "admin/articles/pick/preview.html", {**page, "preview": preview})

    # Order and end

    def get_urls(self) -> list:
        preview = path("preview/", self.admin_site.admin_view(self.preview), name="articles_pick_preview")
        return [preview, *super().get_urls()]

    def update_order(self, request: HttpRequest) -> HttpResponse:
        """The picks in their new turn: JSON from drag and drop, a form from the buttons."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.has_change_permission(request):
            raise PermissionDenied
        turn = order.asked_turn(request)
        if turn is None:
            return HttpResponseBadRequest("The new order could not be read.")
        order.log_moves(request, desk.reorder(turn, timezone.now()))
        if request.content_type == "application/json":
            return render(request, "admin/articles/pick/strips.html", strip_context())
        moved = turn[0] if "up" in request.POST else turn[-1]
        query = QueryDict(request.POST.get("_changelist_filters", "")).urlencode()
        return HttpResponseRedirect(f"{reverse('admin:articles_pick_changelist')}?{query}#place-{moved}")

    @admin.action(description="End now", permissions=["change"])
    def end_now(self, request: HttpRequest, queryset) -> None:
        now = timezone.now()
        live = queryset.filter(pk__in=Pick.objects.live(now).values("pk"))
        passed_over = queryset.count() - live.count()
        ended = list(live)
        Pick.objects.filter(pk__in=[pick.pk for pick in ended]).update(ends_at=now, changed_at=now)
        LogEntry.objects.log_actions(request.user.pk, ended, CHANGE, "Ended.")
        self.message_user(request, f"Ended: {len(ended)}.", messages.SUCCESS if ended else messages.WARNING)
        if passed_over:
            self.message_user(
                request,
                f"Not live, so not ended: {passed_over}. Change the dates of a scheduled pick, or delete it.",
                messages.WARNING,
            )


def strip_context() -> dict:
    zone = timezone.get_current_timezone()
    return {"strips": desk.strips(timezone.now(), zone), "zone": timezone.get_current_timezone_name()}


def state_of(pick: Pick) -> PickState:
    why = desk.why_hidden(pick.article)
    return pick_state(pick.starts_at, pick.ends_at, why, timezone.now(), timezone.get_current_timezone())


def asked_instant(request: HttpRequest, now: datetime) -> datetime:
    try:
        at = parse_datetime(request.GET.get("at", ""))
    except ValueError:
        return now
    if at is None:
        return now
    at = at if timezone.is_aware(at) else at.replace(tzinfo=timezone.get_current_timezone())
    return at if abs(at - now) < FURTHEST_PREVIEW else now
