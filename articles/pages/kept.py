"""Reading without a connection: which of a reader's saved articles a browser keeps, and the copy that it keeps.

Only what everybody may read whole: on a device nobody can take a text back from who no longer may read it. The service
worker (templates/pwa/service_worker.js) asks for the list as the reader and for every copy as nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.context import reader_of
from accounts.models import User
from articles.languages import main_language
from articles.models import Article, Permission, Saved
from articles.pages.article import build_page, find_article
from articles.reading import open_article

MOST_KEPT = 30


@dataclass(frozen=True, slots=True)
class KeptLine:
    article: Article
    url: str  # of the copy; another one where the text has changed
    is_foreign: bool


@require_safe
def kept_page(request: HttpRequest) -> HttpResponse:
    """The page for no connection, with what is on the device. Kept there itself: it names nobody and has no forms.

    204 for who is not signed in. Never the way to sign in: the worker would follow it, and asking for that page gives
    up a sign-in that waits for its second step.
    """
    user = reader_of(request)
    if user is None:
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    articles = kept_articles(user)
    context = {
        "lines": [line_of(article) for article in articles],
        "minutes_note": reading_time(sum(article.reading_minutes for article in articles)),
        "now": timezone.localtime(),
        "reader": None,
    }
    return render(request, "articles/kept.html", context)


@require_safe
def copy_page(request: HttpRequest, pk: int) -> HttpResponse:
    """An article as it is kept on devices: for everybody, and Http404 where not everybody may read all of it."""
    now = timezone.now()
    opened = open_article(find_article(pk), None, now, is_visit=False)
    if opened.article.withdrawn_at is not None or opened.body_html is None:
        raise Http404(f"article {pk} is not to be kept")
    return render(request, "articles/copy.html", {"page": build_page(opened, None, now), "reader": None})


def kept_articles(user: User) -> list[Article]:
    """Of what the reader has saved, newest first. What is saved was chosen: no mute takes it away."""
    is_public = Q(article__source__permission=Permission.OPEN) | Q(
        article__source__permission=Permission.FULL, article__is_opened=True
    )
    mine = Saved.objects.filter(
        is_public, user=user, article__has_body=True, article__withdrawn_at=None, article__source__is_active=True
    )
    rows = mine.select_related("article__source").order_by("-saved_at", "-pk")[:MOST_KEPT]
    return [row.article for row in rows]


def line_of(article: Article) -> KeptLine:
    return KeptLine(article, copy_url(article), is_foreign=main_language(article.language) != "en")


def copy_url(article: Article) -> str:
    return f"{reverse('article_copy', args=[article.pk])}?{article.version_count}-{article.word_count}"


def reading_time(minutes: int) -> str:
    """ "37 minutes of reading"; "" where nobody knows."""
    return f"{minutes} minute{'' if minutes == 1 else 's'} of reading" if minutes else ""
