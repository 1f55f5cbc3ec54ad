"""Find an article, pick it, take it down, open it. Its facts come from the publisher and are not edited here."""

from __future__ import annotations

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.db.models import Exists, Max, OuterRef
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from articles.admin import desk, versions
from articles.admin.article_list import PublishedFilter, ReachFilter, SourceFilter, SourceForm
from articles.admin.states import pick_state
from articles.admin.tools import back, is_on_page
from articles.models import Article, Permission, Pick
from articles.pages.words import age
from articles.search.find import matching
from articles.search.query import parse_query
from billing.lists import NewestPaginator

FEW = 50


class TakeDownForm(forms.Form):
    reason = forms.CharField(
        max_length=300,
        label="Why",
        widget=forms.TextInput(attrs={"class": "vTextField", "autofocus": True}),
        help_text="Kept in the log. Readers are told that the article was taken down, not why.",
    )


class ArticleForm(forms.ModelForm):
    class Meta:
        model = Article
        fields = ()
        labels = {
            "published_at": "Published",
            "first_seen_at": "Came in",
            "withdrawn_reason": "Why it was taken down",
        }


@admin.register(Article)
class ArticleAdmin(admin.ModelAdmin):
    form = ArticleForm
    list_display = ["headline", "title_name", "section", "published", "reach", "in_picks"]
    list_filter = [PublishedFilter, "section", ReachFilter, SourceFilter]
    list_select_related = ["source"]
    list_per_page = 50
    ordering = ["-published_at", "-pk"]
    sortable_by = ()
    paginator = NewestPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    search_fields = ["headline"]
    search_help_text = 'Words of headline, opening, author or title; "a phrase"; source:slug; after:2026-01-31.'
    actions = ["add_to_picks", "take_down", "put_back", "open_to_everybody", "close_again"]
    change_form_template = "admin/change_form_with_tools.html"
    # Never the text: a page of the admin is no place to read what readers pay for.
    readonly_fields = fields = [
        "headline",
        "source",
        "section",
        "standfirst",
        "author",
        "language",
        "published_at",
        "first_seen_at",
        "publishers_link",
        "reach",
        "withdrawn_reason",
        "story",
        "picks",
        "said_before",
    ]

    @property
    def media(self) -> forms.Media:
        return super().media + SourceForm().media + forms.Media(js=[forms.Script("js/admin-filters.js", type="module")])

    def get_queryset(self, request):
        return (
            super()
            .get_queryset(request)
            .annotate(is_picked=Exists(desk.on_desk(timezone.now()).filter(article=OuterRef("pk"))))
        )

    def get_object(self, request, object_id, from_field=None) -> Article | None:
        article = super().get_object(request, object_id, from_field)
        if article is not None:
            article.are_picks_open = request.user.has_perm("articles.view_pick")
        return article

    def has_add_permission(self, request) -> bool:
        return False

    def has_delete_permission(self, request, obj=None) -> bool:
        """Nobody: readings that publishers are paid by hang on it. It is taken down instead."""
        return False

    def has_pick_permission(self, request) -> bool:
        return request.user.has_perm("articles.add_pick")

    def view_on_site(self, article: Article) -> str:
        return article.get_absolute_url()

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None) -> HttpResponse:
        useful = tools_for(obj)
        tools = [
            (name, words) for name, words in self.get_action_choices(request, default_choices=[]) if name in useful
        ]
        context.update(tools=tools, show_save=False, show_save_and_continue=False, title="Article")
        return super().render_change_form(request, context, add, change, form_url, obj)

    # What the columns and the page say

    @admin.display(description="Published")
    def published(self, article: Article) -> str:
        return age(article.published_at, timezone.now(), timezone.get_current_timezone())

    @admin.display(description="Who may read it")
    def reach(self, article: Article) -> SafeString:
        kind, words = reach_of(article)
        return format_html('<span class="state state--{}">{}</span>', kind, words)

    @admin.display(description="Our Picks")
    def in_picks(self, article: Article) -> str:
        return "picked" if article.is_picked else ""

    @admin.display(description="Title")
    def title_name(self, article: Article) -> str:
        return article.source.name

    @admin.display(description="At the publisher")
    def publishers_link(self, article: Article) -> str | SafeString:
        url = article.canonical_url or ""
        if not url.startswith(("https://", "http://")):
            return url or "-"
        return format_html('<a href="{}" rel="noreferrer">{}</a>', url, url)

    @admin.display(description="Picks")
    def picks(self, article: Article) -> str | SafeString:
        picks = list(article.picks.order_by("-starts_at")[:20])
        if not picks:
            return "Never in Our Picks."
        if not article.are_picks_open:
            return format_html_join("", "{}<br>", ((state_of(pick, article),) for pick in picks))
        return format_html_join(
            "",
            '<a href="{}">{}</a><br>',
            ((pick_url(pick), state_of(pick, article)) for pick in picks),
        )

    @admin.display(description="What it said before")
    def said_before(self, article: Article) -> str | SafeString:
        return versions.draw(article)

    # Finding

    def get_search_results(self, request, queryset, search_term):
        """Through the site's own search: `ferry "of two minds" source:baltic-wire after:2026-01-31`."""
        if is_for_a_pick(request):
            queryset = queryset.visible()
        if not search_term.strip():
            return queryset, False
        query = parse_query(search_term, is_unfinished=True)
        has_something = not query.is_empty or query.has_filters
        return matching(query, queryset) if has_something else queryset.none(), False

    def autocomplete_label(self, article: Article) -> str:
        return f"{article.headline} · {article.source.name} · {self.published(article)}"

    # Actions: the list's and, one article at a time, its page's

    def few(self, request: HttpRequest, queryset, why_none: str = "") -> list[Article]:
        """The articles chosen; none, and it is said why, where there are none or somebody chose the whole list."""
        articles = list(queryset[: FEW + 1])
        if len(articles) > FEW:
            self.message_user(request, f"Choose {FEW} articles at the most. Nothing was changed.", messages.ERROR)
            return []
        if not articles:
            self.message_user(request, f"Nothing was changed: {why_none}.", messages.WARNING)
        return articles

    def done(self, request: HttpRequest, articles: list[Article], past: str) -> None:
        LogEntry.objects.log_actions(request.user.pk, articles, CHANGE, f"{past}.")
        self.message_user(request, f"{past}: {titles_of(articles)}", messages.SUCCESS)

    @admin.action(description="Add to Our Picks", permissions=["pick"])
    def add_to_picks(self, request: HttpRequest, queryset) -> HttpResponse | None:
        for article in self.few(request, queryset):
            if why := why_not_pickable(article):
                self.message_user(request, f"Not added: “{article.headline}”. {why}", messages.WARNING)
                continue
            pick = pick_now(article, request.user)
            LogEntry.objects.log_actions(request.user.pk, [pick], ADDITION, "Added from the list of articles.")
            self.message_user(
                request,
                format_html('Live now: “{}”. <a href="{}">Write why, or change its dates</a>', pick, pick_url(pick)),
                messages.SUCCESS,
            )
        return back(self, request)

    @admin.action(description="Take down", permissions=["change"])
    def take_down(self, request: HttpRequest, queryset) -> HttpResponse | None:
        articles = self.few(request, queryset.filter(withdrawn_at=None), "what you chose is down already")
        if not articles:
            return back(self, request)
        form = TakeDownForm(request.POST if "reason" in request.POST else None)
        if not form.is_valid():
            return TemplateResponse(
                request, "admin/articles/article/take_down.html", self._asking(request, articles, form)
            )
        reason = form.cleaned_data["reason"]
        change(articles, withdrawn_at=timezone.now(), withdrawn_reason=reason)
        self.done(request, articles, f"Taken down ({reason})")
        return back(self, request)

    def _asking(self, request: HttpRequest, articles: list[Article], form: TakeDownForm) -> dict:
        return {
            **self.admin_site.each_context(request),
            "title": "Take down",
            "opts": self.opts,
            "articles": articles,
            "form": form,
            "is_on_page": is_on_page(request),
        }

    @admin.action(description="Put back", permissions=["change"])
    def put_back(self, request: HttpRequest, queryset) -> HttpResponse | None:
        articles = self.few(
            request, queryset.filter(withdrawn_at__isnull=False), "nothing that you chose was taken down"
        )
        if not articles:
            return back(self, request)
        change(articles, withdrawn_at=None, withdrawn_reason="")
        self.done(request, articles, "Put back")
        return back(self, request)

    @admin.action(description="Open to everybody", permissions=["change"])
    def open_to_everybody(self, request: HttpRequest, queryset) -> HttpResponse | None:
        walled = queryset.filter(has_body=True, is_opened=False, source__permission=Permission.FULL)
        articles = self.few(request, walled, "none of them is behind the wall")
        if not articles:
            return back(self, request)
        change(articles, is_opened=True)
        self.done(request, articles, "Opened to everybody")
        return back(self, request)

    @admin.action(description="Close again", permissions=["change"])
    def close_again(self, request: HttpRequest, queryset) -> HttpResponse | None:
        articles = self.few(request, queryset.filter(is_opened=True), "none of them was opened")
        if not articles:
            return back(self, request)
        change(articles, is_opened=False)
        self.done(request, articles, "Closed again")
        return back(self, request)


def state_of(pick: Pick, article: Article) -> str:
    zone = timezone.get_current_timezone()
    return pick_state(pick.starts_at, pick.ends_at, desk.why_hidden(article), timezone.now(), zone).words


def reach_of(article: Article) -> tuple[str, str]:
    """Who may read an article's text: a kind for its colour, and words."""
    if why := desk.why_hidden(article):
        return "gone", why
    if article.is_walled:
        return "walled", "members and trial readers"
    if not article.has_body:
        return "plain", "everybody: headline and opening"
    if article.source.permission == Permission.FULL:
        return "live", "everybody, opened by an editor"
    return "plain", "everybody"


def tools_for(article: Article) -> set[str]:
    """The actions that would change something about this article now."""
    return {
        "put_back" if article.withdrawn_at else "take_down",
        "open_to_everybody" if article.is_walled else "",
        "close_again" if article.is_opened else "",
        "" if why_not_pickable(article) else "add_to_picks",
    }


def change(articles: list[Article], **facts) -> None:
    Article.objects.filter(pk__in=[article.pk for article in articles]).update(**facts)


def why_not_pickable(article: Article) -> str:
    """A sentence, empty where it may be picked from now on."""
    if why := desk.why_hidden(article):
        return f"Readers cannot see it: {why}."
    if desk.picks_of_article(article, timezone.now(), None).exists():
        return "It is in Our Picks already, or will be."
    return ""


def pick_now(article: Article, editor) -> Pick:
    """Live from this minute, after everything else."""
    last = Pick.objects.aggregate(last=Max("position"))["last"] or 0
    starts_at = timezone.now().replace(second=0, microsecond=0)
    return Pick.objects.create(article=article, position=last + 1, starts_at=starts_at, editor=editor)


def pick_url(pick: Pick) -> str:
    return reverse("admin:articles_pick_change", args=[pick.pk])


def titles_of(articles: list[Article]) -> str:
    first, *more = articles
    return f"“{first.headline}”" + (f" and {len(more)} more" if more else "")


def is_for_a_pick(request: HttpRequest) -> bool:
    return request.GET.get("model_name") == "pick" and "field_name" in request.GET
