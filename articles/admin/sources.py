"""Titles and their feeds: what each allows and what that does to the text we hold, health and its cause, fetch now."""

from __future__ import annotations

from datetime import datetime

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString

from articles.admin import permission
from articles.admin.feed_form import FeedForm, FeedFormSet, say
from articles.admin.feed_health import LEVELS, health_line, judge, notes, with_host, with_level, worst_health
from articles.admin.feed_history import draw_history
from articles.admin.states import moment
from articles.admin.tools import back
from articles.models import Feed, Permission, Source, SourceChange
from billing.background import hand_over
from billing.lists import yes_or_no


class FeedInline(admin.TabularInline):
    model = Feed
    form = FeedForm
    formset = FeedFormSet
    fields = ["url", "section", "is_active", "health"]
    readonly_fields = ["health"]
    extra = 0
    show_change_link = True
    can_delete = False

    def get_queryset(self, request) -> QuerySet[Feed]:
        return with_host(super().get_queryset(request).select_related("source"))

    @admin.display(description="Health")
    def health(self, feed: Feed) -> SafeString | str:
        return health_line(judge(feed, timezone.now())) if feed.pk else "-"


class SourceChangeInline(admin.TabularInline):
    model = SourceChange
    verbose_name_plural = "changes of permission"
    fields = readonly_fields = ["at", "who", "old_permission", "new_permission", "effect"]
    extra = 0
    can_delete = False

    def has_add_permission(self, request, obj=None) -> bool:
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        return False

    @admin.display(description="Who")
    def who(self, change: SourceChange) -> str:
        """In words: as a link it would lead to an account that only operators may see."""
        return str(change.editor) if change.editor else "somebody who has left"


class SourceForm(forms.ModelForm):
    """A change of permission says first what it will do, and is made when that is confirmed."""

    confirmed = forms.BooleanField(
        required=False,
        label="Change the permission",
        help_text="The first save says what another permission does to what is stored. Tick this then, and save again.",
    )

    class Meta:
        model = Source
        fields = ["permission", "licence"]
        widgets = {"description": forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"})}
        labels = {
            "slug": "Name in addresses",
            "is_active": "Switched on",
            "licence_url": "Address of the licence",
            "licence_stated_at": "Where the publisher states it",
            "fetches_pages": "Take texts from its pages",
            "boilerplate": "Lines to leave out",
        }
        help_texts = {
            "country": "Two letters, such as GB.",
            "language": "Such as en or pt-BR.",
            "licence": "For open sources, such as CC-BY-4.0.",
        }

    def clean(self) -> dict:
        facts = super().clean()
        new = facts.get("permission")
        if new == Permission.OPEN and not facts.get("licence"):
            self.add_error("licence", "An open source names its licence, for example CC-BY-4.0.")
        elif self.changes_permission and new:
            self._ask_first(new)
        if facts.get("fetches_pages") and new != Permission.FULL:
            self.add_error("fetches_pages", "Pages are read by agreement only: that takes the permission full.")
        return facts

    def _ask_first(self, new: str) -> None:
        """The tick that was offered with what `new` will do carries its name: no other change is made by it."""
        name = self.add_prefix("confirmed")
        self.fields["confirmed"].widget.attrs["value"] = new
        if self.data.get(name) == new:
            return
        self.data = self.data.copy()
        self.data.pop(name, None)
        self.add_error(
            "confirmed", f"{permission.foresee(self.instance, self.initial['permission'], new)} Tick to go on."
        )

    @property
    def changes_permission(self) -> bool:
        return bool(self.instance.pk) and "permission" in self.changed_data


class HealthFilter(admin.SimpleListFilter):
    title = "health"
    parameter_name = "health"

    def lookups(self, request, model_admin):
        return list(LEVELS.items())

    def queryset(self, request, queryset):
        return with_level(queryset, self.value(), timezone.now()) if self.value() in LEVELS else queryset


@admin.register(Source)
class SourceAdmin(admin.ModelAdmin):
    form = SourceForm
    inlines = [FeedInline, SourceChangeInline]
    list_display = ["name", "permission_word", "country", "language", "weight", "switched_on", "worst_feed"]
    list_filter = ["permission", ("is_active", yes_or_no("whether it is switched on")), "language"]
    list_per_page = 100
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    search_fields = ["name", "homepage"]
    prepopulated_fields = {"slug": ["name"]}
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}
    actions = ["fetch_now"]
    change_form_template = "admin/change_form_with_tools.html"

    def get_queryset(self, request):
        feeds = with_host(Feed.objects.select_related("source"))
        return super().get_queryset(request).prefetch_related(models.Prefetch("feeds", feeds))

    def get_fieldsets(self, request, obj=None) -> list:
        is_changed = obj is not None and self.has_change_permission(request, obj)
        facts = ["name", "slug", "homepage", "description", "country", "language", "weight", "is_active"]
        allows = ["permission", *(["confirmed"] if is_changed else []), "licence", "licence_url", "licence_stated_at"]
        return [
            (None, {"fields": facts}),
            ("What the publisher allows", {"fields": [*allows, "fetches_pages"]}),
            ("Its texts", {"fields": ["boilerplate"]}),
        ]

    def get_prepopulated_fields(self, request, obj=None) -> dict:
        return {} if obj else self.prepopulated_fields  # an address stays what it was

    def has_delete_permission(self, request, obj=None) -> bool:
        """Nobody: articles and the readings that publishers are paid by hang on it. It is switched off instead."""
        return False

    def view_on_site(self, source: Source) -> str:
        return source.get_absolute_url()

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None) -> HttpResponse:
        context.update(tools=[("fetch_now", "Fetch its feeds now")] if obj else [])
        return super().render_change_form(request, context, add, change, form_url, obj)

    def save_model(self, request, obj: Source, form: SourceForm, change: bool) -> None:
        old = form.initial.get("permission")
        super().save_model(request, obj, form, change)
        if form.changes_permission:
            effect = permission.change_permission(obj, old, obj.permission, request.user)
            self.message_user(request, effect, messages.WARNING)

    def save_formset(self, request, form, formset, change: bool) -> None:
        super().save_formset(request, form, formset, change)
        if isinstance(formset, FeedFormSet):
            say(request, formset.forms)

    @admin.display(description="Permission", ordering="permission")
    def permission_word(self, source: Source) -> str:
        return source.permission

    @admin.display(description="Switched on", ordering="is_active", boolean=True)
    def switched_on(self, source: Source) -> bool:
        return source.is_active

    @admin.display(description="Feeds")
    def worst_feed(self, source: Source) -> SafeString | str:
        judged = worst_health(source.feeds.all(), timezone.now())
        return health_line(judged) if judged else "no feeds"

    @admin.action(description="Fetch now", permissions=["view"])
    def fetch_now(self, request: HttpRequest, queryset) -> HttpResponse | None:
        return fetch_soon(self, request, Feed.objects.filter(source__in=queryset))


@admin.register(Feed)
class FeedAdmin(admin.ModelAdmin):
    form = FeedForm
    autocomplete_fields = ["source"]
    list_display = ["address", "title_name", "section", "health", "last_new", "next_fetch"]
    list_filter = [HealthFilter, "section"]
    list_select_related = ["source"]
    list_per_page = 100
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    search_fields = ["url", "source__name"]
    readonly_fields = [
        "health_in_full",
        "history",
        "next_fetch",
        "last_fetched_at",
        "last_succeeded_at",
        "last_new_at",
        "last_status",
        "failure_count",
    ]
    actions = ["fetch_now"]
    change_form_template = "admin/change_form_with_tools.html"

    def get_queryset(self, request) -> QuerySet[Feed]:
        return with_host(super().get_queryset(request))

    def get_fieldsets(self, request, obj=None) -> list:
        facts = (None, {"fields": ["source", "url", "section", "is_active"]})
        return [facts, ("How it behaves", {"fields": self.readonly_fields})] if obj else [facts]

    def save_model(self, request, obj: Feed, form: FeedForm, change: bool) -> None:
        if change:
            form.save_changes()
        else:
            super().save_model(request, obj, form, change)
        say(request, [form])

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None) -> HttpResponse:
        context.update(tools=[("fetch_now", "Fetch now")] if obj else [])
        return super().render_change_form(request, context, add, change, form_url, obj)

    @admin.display(description="Address", ordering="url")
    def address(self, feed: Feed) -> str:
        return feed.url

    @admin.display(description="Health")
    def health(self, feed: Feed) -> SafeString:
        return health_line(judge(feed, timezone.now()))

    @admin.display(description="Health")
    def health_in_full(self, feed: Feed) -> SafeString:
        return health_line(judge(feed, timezone.now()), notes(feed, timezone.now()))

    @admin.display(description="Last 30 days")
    def history(self, feed: Feed) -> SafeString:
        return draw_history(feed, timezone.now())

    @admin.display(description="Title", ordering="source__name")
    def title_name(self, feed: Feed) -> str:
        return feed.source.name

    @admin.display(description="Last new", ordering="last_new_at")
    def last_new(self, feed: Feed) -> str:
        return in_words(feed.last_new_at) if feed.last_new_at else "-"

    @admin.display(description="Next fetch", ordering="next_fetch_at")
    def next_fetch(self, feed: Feed) -> str:
        if not feed.is_active or not feed.source.is_active or feed.gone_at or feed.quarantined_at:
            return "not by itself"
        return in_words(feed.next_fetch_at) if feed.next_fetch_at else "as soon as possible"

    @admin.action(description="Fetch now", permissions=["view"])
    def fetch_now(self, request: HttpRequest, queryset) -> HttpResponse | None:
        return fetch_soon(self, request, queryset)


def in_words(instant: datetime) -> str:
    return moment(instant, timezone.now(), timezone.get_current_timezone())


def fetch_soon(desk: admin.ModelAdmin, request: HttpRequest, feeds: QuerySet[Feed]) -> HttpResponse | None:
    """Make the feeds due, those that were gone or set aside too, and wake a worker; the page waits for no publisher."""
    due = list(feeds.filter(is_active=True, source__is_active=True)[: settings.FEED_BATCH_SIZE])
    if not due:
        desk.message_user(
            request, "Nothing is fetched: what you chose has no feed that is switched on.", messages.WARNING
        )
        return back(desk, request)
    Feed.objects.filter(pk__in=[feed.pk for feed in due]).update(
        next_fetch_at=None, gone_at=None, quarantined_at=None, lost_count=0
    )
    LogEntry.objects.log_actions(request.user.pk, due, CHANGE, "Fetch now.")
    named = permission.count_of(len(due), "feed")
    if not hand_over("articles.tasks.refresh_feeds"):
        desk.message_user(
            request,
            f"{named} made due, but no worker could be told: the message broker does not answer. "
            "They are fetched at the next round.",
            messages.ERROR,
        )
        return back(desk, request)
    desk.message_user(
        request, f"{named} due now, and a worker is told. Load this page again in a moment.", messages.SUCCESS
    )
    return back(desk, request)
