"""How stories are chosen: the rules with their true numbers, and any front page of the past with its reasons."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.context import reader_of
from articles.freshness import lasting
from articles.leakwatch import last_leak_check, last_pass
from articles.models import FrontSnapshot, Outcome
from articles.muting import mutes_of
from articles.pages import plan
from articles.pages.past_front import FRONTS_KEPT, SHOWINGS_KEPT, build_past_front, neighbours, parse_at
from articles.pages.showings import quarter_of
from articles.stories import rank
from articles.stories.rank import Audience

EXAMPLE = Audience(shown=100, opened=20)


@require_safe
def how_we_choose(request: HttpRequest) -> HttpResponse:
    typed = request.GET.get("at", "").strip()
    if typed:
        return past_front(request, parse_at(typed, timezone.get_current_timezone()), timezone.now())
    latest = FrontSnapshot.objects.order_by("-at").values_list("at", flat=True).first()
    facts = {"moment": moment_of(latest) if latest else "", "wall": wall_line(timezone.now())}
    return render(request, "articles/how_we_choose.html", {**rules(), **facts})


def wall_line(now: datetime) -> str:
    """What the last checks of the wall found, good or bad, in a sentence or two."""
    last = last_leak_check()
    if last is None or last.finished_at is None:
        return "It has not been checked yet."
    looked = f"{counted(last.address_count, 'address', 'addresses')}, {counted(last.article_count, 'article')}"
    if last.outcome == Outcome.PASSED:
        return f"Last checked {ago(last.finished_at, now)}: {looked}, nothing showed."
    if last.outcome == Outcome.FAILED:
        return f"Last checked {ago(last.finished_at, now)}: text showed where it should not. We were told at once."
    told = f"The check {ago(last.finished_at, now)} did not come to an end, so it says nothing."
    passed = last_pass()
    if passed is None or passed.finished_at is None:
        return told
    return f"{told} The one {ago(passed.finished_at, now)} did: nothing showed."


def ago(at: datetime, now: datetime) -> str:
    return f"{lasting(max(now - at, timedelta()))} ago"


def counted(count: int, one: str, many: str = "") -> str:
    return f"{count} {one if count == 1 else many or one + 's'}"


def rules() -> dict[str, int]:
    """The numbers are those that ranking uses, so that the page cannot say something else."""
    return {
        "half_life_hours": rank.HALF_LIFE // timedelta(hours=1),
        "pick_percent": round(rank.PICK_BONUS * 100),
        "read_hours": rank.READ_WITHIN_HOURS,
        "example_shown": round(EXAMPLE.shown),
        "example_opened": round(EXAMPLE.opened),
        "example_percent": round(rank.INTEREST_BONUS * EXAMPLE.interest * 100),
        "doubt": rank.DOUBT,
        "most_of_one_title": plan.MOST_OF_ONE_TITLE,
        "title_window": plan.TITLE_WINDOW,
        "day_percent": round(plan.DAY_SHARE * 100),
        "fronts_kept_months": FRONTS_KEPT // timedelta(days=30),
        "showings_kept_hours": SHOWINGS_KEPT // timedelta(hours=1),
        "version": rank.VERSION,
    }


def past_front(request: HttpRequest, at: datetime | None, now: datetime) -> HttpResponse:
    """400 for what is no date; 404 for what is to come, what was not kept and what is kept no more."""
    context: dict[str, object] = {"fronts_kept_months": FRONTS_KEPT // timedelta(days=30)}
    if at is None:
        return render(request, "articles/past_front.html", {**context, "problem": "no date"}, status=400)
    quarter_at = quarter_of(at)
    context |= {"asked_at": quarter_at, "moment": moment_of(quarter_at), "near": neighbours(quarter_at)}
    if at > now:
        return render(request, "articles/past_front.html", {**context, "problem": "to come"}, status=404)
    snapshot = FrontSnapshot.objects.filter(at=quarter_at).first()
    if snapshot is None:
        return render(request, "articles/past_front.html", {**context, "problem": "not kept"}, status=404)
    page = build_past_front(snapshot, mutes_of(reader_of(request)))
    if page is None:
        return render(request, "articles/past_front.html", {**context, "problem": "other rules"}, status=404)
    return render(request, "articles/past_front.html", {**context, "page": page})


def moment_of(at: datetime) -> str:
    """As the form writes it, on the reader's clock."""
    return f"{timezone.localtime(at):%Y-%m-%dT%H:%M}"
