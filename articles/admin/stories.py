"""Stories: found, looked at, merged, split, a report moved; decided and written in articles/stories/editors.py."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.views.decorators.http import require_POST

from articles.admin.states import moment
from articles.admin.story_list import HandFilter, TitlesFilter, is_placed, stories_called
from articles.admin.story_reports import MOST_SHOWN, StoryRows, ids_in, rows_among, rows_of, seen_in
from articles.models import Story, StoryMove
from articles.stories import editors
from articles.stories.editors import MOST_STORIES, Done, Refused
from billing.lists import NewestPaginator

FOUND = 20
UNREADABLE = "What was asked for could not be read."


@admin.register(Story)
class StoryAdmin(admin.ModelAdmin):
    list_display = ["headline", "section", "titles", "reports", "score_words", "last_report", "by_hand"]
    list_filter = ["section", TitlesFilter, HandFilter]
    list_select_related = ["lead"]
    list_per_page = 50
    ordering = ["-last_at", "-pk"]
    sortable_by = ()
    paginator = NewestPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    search_fields = ["lead__headline"]
    search_help_text = "Words of any report’s headline, opening, author or title; a story’s address, or number: #12."
    actions = ["merge_chosen"]
    change_form_template = "admin/articles/story/change_form.html"
    fields = ()  # the template says what there is to say

    def has_add_permission(self, request) -> bool:
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        """Nobody: its facts follow from its reports. Which reports those are is said by other pages."""
        return False

    def has_delete_permission(self, request, obj=None) -> bool:
        return False

    def has_edit_permission(self, request) -> bool:
        return request.user.has_perm("articles.change_story")

    def view_on_site(self, story: Story) -> str:
        return story.get_absolute_url()

    def get_queryset(self, request):
        return super().get_queryset(request).annotate(has_placed=is_placed())

    def get_search_results(self, request, queryset, search_term):
        if not search_term.strip():
            return queryset, False
        return stories_called(search_term, queryset), False

    # What the columns say

    @admin.display(description="Leading report")
    def headline(self, story: Story) -> str:
        return str(story)

    @admin.display(description="Titles")
    def titles(self, story: Story) -> int:
        return story.title_count

    @admin.display(description="Reports")
    def reports(self, story: Story) -> int:
        return story.article_count

    @admin.display(description="Score")
    def score_words(self, story: Story) -> str:
        return f"{story.score:.2f}"

    @admin.display(description="Last report")
    def last_report(self, story: Story) -> str:
        return moment(story.last_at, timezone.now(), timezone.get_current_timezone())

    @admin.display(description="By hand")
    def by_hand(self, story: Story) -> str:
        return "placed" if story.has_placed else ""

    # A story's own page

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None) -> HttpResponse:
        shown = rows_of(
            obj, timezone.now(), timezone.get_current_timezone(), ids_in(request.GET.get("ticked", "")) or ()
        )
        context.update(
            title=str(obj),
            subtitle=None,
            shown=shown,
            may_edit=self.has_edit_permission(request),
            is_placed=any(row.placed for row in shown.rows),
            moved_to=None if shown.rows else heir_of(obj),
        )
        return super().render_change_form(request, context, add, change, form_url, obj)

    # What editors do

    def get_urls(self) -> list:
        acts: list[tuple[str, str, Callable]] = [
            ("merge/", "merge", self.merge),
            ("<int:pk>/find/", "find", self.find),
            ("<int:pk>/move/", "move", self.move),
            ("<int:pk>/split/", "split", require_POST(self.split)),
            ("<int:pk>/release/", "release", require_POST(self.release)),
        ]
        own = [path(route, self.editors_only(view), name=f"articles_story_{name}") for route, name, view in acts]
        return [*own, *super().get_urls()]

    def editors_only(self, view: Callable) -> Callable:
        def guarded(request: HttpRequest, **asked) -> HttpResponse:
            if not self.has_edit_permission(request):
                raise PermissionDenied
            return view(request, **asked)

        return self.admin_site.admin_view(guarded)

    @admin.action(description="Merge into one story", permissions=["edit"])
    def merge_chosen(self, request: HttpRequest, queryset) -> HttpResponse | None:
        ids = list(queryset.values_list("pk", flat=True)[: MOST_STORIES + 1])
        if 1 < len(ids) <= MOST_STORIES:
            return HttpResponseRedirect(merge_url(ids))
        self.message_user(request, f"Tick two stories or more, {MOST_STORIES} at the most.", messages.WARNING)
        return None

    def find(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The other story, by typing: for the whole of this one, or for the articles that were ticked."""
        if request.method == "POST":  # ticks come from a form; its answer has an address of its own
            ticked = ids_in(",".join(request.POST.getlist("article")))
            if not ticked:
                return self.refused(request, Refused("Tick the reports that belong elsewhere."), story_page(pk))
            return HttpResponseRedirect(f"{act_url('find', pk)}?{urlencode({'articles': join(ticked)}, safe=',')}")
        story = get_object_or_404(Story.objects.select_related("lead"), pk=pk)
        ticked, text = ids_in(request.GET.get("articles", "")), request.GET.get("q", "").strip()
        if ticked is None:
            return HttpResponseBadRequest(UNREADABLE)
        found = [(one, next_page(pk, one.pk, ticked)) for one in self.candidates(request, story, text)]
        return self.page(request, "find", story=story, found=found, text=text, articles=join(ticked), count=len(ticked))

    def candidates(self, request: HttpRequest, story: Story, text: str) -> Sequence[Story]:
        """Found by `text`; without one the newest, which are most often meant."""
        shown = self.get_queryset(request).select_related("lead__source").filter(lead__isnull=False)
        others = shown.exclude(pk=story.pk)
        found = stories_called(text, others) if text else others
        return list(found.order_by("-last_at", "-pk")[:FOUND])

    def move(self, request: HttpRequest, pk: int) -> HttpResponse:
        """GET shows what will be moved and where to, POST moves it."""
        asked = request.POST if request.method == "POST" else request.GET
        ticked, into = ids_in(asked.get("articles", "")), ids_in(asked.get("into", ""))
        if ticked is None or not into:
            return HttpResponseBadRequest(UNREADABLE)
        if request.method == "POST":
            act = editors.move(pk, ticked, into[0], request.user, timezone.now())
            return self.answer(request, act, story_page(pk))
        story, other = self.stories([pk, into[0]])
        now, zone = timezone.now(), timezone.get_current_timezone()
        moved, standing = rows_among(story, ticked, now, zone), rows_of(other, now, zone)
        return self.page(request, "move", story=story, moved=moved, standing=standing, articles=join(ticked))

    def merge(self, request: HttpRequest) -> HttpResponse:
        """GET shows the stories and asks which one stays, POST merges them."""
        asked = request.POST if request.method == "POST" else request.GET
        ids, into = ids_in(asked.get("stories", "")), ids_in(asked.get("into", ""))
        if not ids or into is None:
            return HttpResponseBadRequest(UNREADABLE)
        if request.method == "POST":
            seen = seen_in(request.POST.getlist("seen"))
            if seen is None:
                return HttpResponseBadRequest(UNREADABLE)
            act = editors.merge(ids, into[0] if into else 0, seen, request.user, timezone.now())
            return self.answer(request, act, merge_url(ids, into))
        if not 1 < len(ids) <= MOST_STORIES:
            return HttpResponseBadRequest(f"From 2 to {MOST_STORIES} stories are merged at once.")
        now, zone = timezone.now(), timezone.get_current_timezone()
        shown = [rows_of(story, now, zone) for story in self.stories(ids)]
        kept = into[0] if into else largest(shown)
        return self.page(request, "merge", shown=shown, kept=kept, stories=join(ids))

    def split(self, request: HttpRequest, pk: int) -> HttpResponse:
        ticked = ids_in(",".join(request.POST.getlist("article")))
        if ticked is None:
            return HttpResponseBadRequest(UNREADABLE)
        return self.answer(request, editors.split(pk, ticked, request.user, timezone.now()), story_page(pk))

    def release(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.answer(request, editors.release(pk, request.user, timezone.now()), story_page(pk))

    def stories(self, ids: Sequence[int]) -> list[Story]:
        """In the order asked for; Http404 where one is missing."""
        found = Story.objects.select_related("lead").in_bulk(ids)
        if missing := [pk for pk in ids if pk not in found]:
            raise Http404(f"no story {missing[0]}")
        return [found[pk] for pk in ids]

    def page(self, request: HttpRequest, name: str, **context) -> HttpResponse:
        context = {**self.admin_site.each_context(request), "opts": self.opts, **context}
        return TemplateResponse(request, f"admin/articles/story/{name}.html", context)

    def answer(self, request: HttpRequest, act: Done | Refused, where_from: str) -> HttpResponse:
        """To what was done; back to where it was asked for where nothing was."""
        if isinstance(act, Refused):
            return self.refused(request, act, where_from)
        words = act.words
        if act.article_ids:
            undo = f"{story_page(act.story_id)}?{urlencode({'ticked': join(act.article_ids[:MOST_SHOWN])}, safe=',')}"
            words = format_html('{} <a href="{}">Tick what came in, to undo it</a>', act.words, undo)
        self.message_user(request, words, messages.SUCCESS)
        return HttpResponseRedirect(story_page(act.story_id))

    def refused(self, request: HttpRequest, act: Refused, where_from: str) -> HttpResponse:
        self.message_user(request, f"Nothing was changed. {act.why}", messages.ERROR)
        return HttpResponseRedirect(where_from)


def heir_of(story: Story) -> Story | None:
    move = StoryMove.objects.select_related("story__lead").filter(old_story_id=story.pk).first()
    return move.story if move else None


def largest(shown: Sequence[StoryRows]) -> int:
    """The story that most readers know: the one with most reports, of equals the oldest."""
    return max(shown, key=lambda one: (one.article_count, -one.story.pk)).story.pk


def story_page(pk: int) -> str:
    return reverse("admin:articles_story_change", args=[pk])


def act_url(name: str, pk: int) -> str:
    return reverse(f"admin:articles_story_{name}", args=[pk])


def merge_url(ids: Sequence[int], into: Sequence[int] = ()) -> str:
    asked = {"stories": join(ids), **({"into": join(into)} if into else {})}
    return f"{reverse('admin:articles_story_merge')}?{urlencode(asked, safe=',')}"


def next_page(story_id: int, other_id: int, ticked: Sequence[int]) -> str:
    """Where what will be done is shown: a move of what was ticked, else a merge of both."""
    if not ticked:
        return merge_url([story_id, other_id])
    asked = {"articles": join(ticked), "into": str(other_id)}
    return f"{act_url('move', story_id)}?{urlencode(asked, safe=',')}"


def join(ids: Sequence[int]) -> str:
    return ",".join(map(str, ids))
