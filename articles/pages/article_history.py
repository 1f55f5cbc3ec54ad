"""What an article said before: every change of its public words, the newest first. The text itself is never here."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from articles.languages import language_name, main_language
from articles.models import Article, ArticleVersion, Permission
from articles.pages.article import find_article, withdrawn
from articles.pages.changes import Piece, compare, is_changed, without, words_of
from articles.reading import walled_texts

SHOWN = 20  # changes: as many as are kept


@dataclass(frozen=True, slots=True)
class Wording:
    """What everybody could read at one time. Plain text; "" where there was none or we may not show it."""

    headline: str
    standfirst: str
    opening: str


@dataclass(frozen=True, slots=True)
class Change:
    at: datetime
    headline: tuple[Piece, ...]
    standfirst: tuple[Piece, ...]  # () where it stayed as it was
    opening: tuple[Piece, ...]

    @property
    def is_further_down(self) -> bool:
        """None of the words that everybody reads changed."""
        return not (is_changed(self.headline) or self.standfirst or self.opening)


@dataclass(frozen=True, slots=True)
class History:
    article: Article
    changes: list[Change]  # the newest first
    first: Wording  # as it appeared
    left_out: int  # changes that are not kept any more
    language_name: str  # "" for English


@require_safe
def history_page(request: HttpRequest, pk: int) -> HttpResponse:
    article = find_article(pk)
    if article.withdrawn_at is not None:
        return withdrawn(request, article, timezone.now())
    return render(request, "articles/article_history.html", {"history": history_of(article)})


def history_of(article: Article) -> History:
    """Two queries, where the article came with its source."""
    kept = list(ArticleVersion.objects.filter(article=article)[:SHOWN])
    is_bare = article.source.permission == Permission.HEADLINE
    newest_first = [wording(row, is_bare) for row in (article, *kept)]
    walled = words_of(walled_texts([article]).get(article.pk, "")) if kept else ""
    if walled:
        newest_first = [newest_first[0], *(public_part(one, newest_first[0], walled) for one in newest_first[1:])]
    changes = [
        change(old, new, version.replaced_at) for (new, old), version in zip(pairwise(newest_first), kept, strict=True)
    ]
    return History(
        article=article,
        changes=changes,
        first=newest_first[-1],
        left_out=max(0, article.version_count - len(kept)),
        language_name="" if main_language(article.language) == "en" else language_name(article.language),
    )


def wording(row: Article | ArticleVersion, is_bare: bool) -> Wording:
    """An opening that only repeats the standfirst is left out, as on the article's own page."""
    if is_bare:
        return Wording(row.headline, "", "")
    opening = words_of(row.opening_html)
    return Wording(row.headline, "" if row.standfirst == opening else row.standfirst, opening)


def public_part(old: Wording, today: Wording, walled: str) -> Wording:
    """What was an opening once may stand behind the wall by now: a report that grows at its top."""
    shown = "\n".join((today.headline, today.standfirst, today.opening))
    return replace(old, standfirst=without(walled, old.standfirst, shown), opening=without(walled, old.opening, shown))


def change(old: Wording, new: Wording, at: datetime) -> Change:
    return Change(
        at,
        compare(old.headline, new.headline),
        differences(old.standfirst, new.standfirst),
        differences(old.opening, new.opening),
    )


def differences(old: str, new: str) -> tuple[Piece, ...]:
    pieces = compare(old, new)
    return pieces if is_changed(pieces) else ()
