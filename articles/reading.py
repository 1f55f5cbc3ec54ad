"""The only way to a body. It decides, loads and counts; lists, feeds and templates cannot come here."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import DatabaseError, transaction
from django.db.models import Model

from accounts.models import User
from articles.models import Article, ArticleBody, Permission, Reading
from articles.pictures.markup import urls_in
from billing.entitlement import Access, access_of
from billing.standing import rules, standing_of

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class OpenArticle:
    """An article as one reader may see it; body_html is None behind the wall and where we may hold no text."""

    article: Article
    access: Access
    body_html: str | None


def open_article(article: Article, user: User | None, now: datetime, *, is_visit: bool = True) -> OpenArticle:
    """Decide, then load. `article` comes with its source; `user` is None for visitors.

    A visit that shows licensed text is counted as a Reading; a HEAD request or a prefetch is no visit.
    """
    access = access_to(article, user, now)
    # The permission of today counts: text stored under an earlier agreement stays unread.
    if not access.is_granted or article.source.permission not in {Permission.OPEN, Permission.FULL}:
        return OpenArticle(article, access, None)
    body_html = ArticleBody.objects.filter(article=article).values_list("html", flat=True).first()
    if body_html is not None and is_visit:
        count_reading(article, user, now)
    return OpenArticle(article, access, body_html)


def access_to(article: Article, user: User | None, now: datetime) -> Access:
    """Only licensed text is walled: everything else that we hold is public."""
    if not article.is_walled:
        return Access.FREE
    return access_of(standing_of(user), now, rules())


def reads_licensed(user: User | None, now: datetime) -> bool:
    """Whether licensed text is open to this reader: then a search looks through it too."""
    return access_of(standing_of(user), now, rules()).is_granted


def texts_for(articles: Iterable[Article], user: User | None, now: datetime) -> dict[int, str]:
    """Article id -> whole text of those that this reader may read, for a few words of it under a search.

    Decided article by article as open_article() does; `articles` come with their sources. Not a visit.
    """
    readable = [
        article.pk
        for article in articles
        if article.has_body
        and article.source.permission in {Permission.OPEN, Permission.FULL}
        and access_to(article, user, now).is_granted
    ]
    if not readable:
        return {}
    return dict(ArticleBody.objects.filter(article__in=readable).values_list("article_id", "html"))


def counts(article: Article, user: User) -> bool:
    return not user.is_staff and article.source.permission == Permission.FULL


def count_reading(article: Article, user: User | None, now: datetime) -> None:
    """Once per reader and article, for licensed text only: open licences ask for credit, not for a share.

    Staff are paid to look and are not counted. Licensed text that an editor opened to everybody is: the
    publisher's work was read by one of our readers all the same.
    """
    if user is None or not counts(article, user):
        return
    store_reading(article.pk, user.pk, now)


def store_reading(article_id: int, user_id: int, now: datetime) -> None:
    """For a reading that counts; a second one of the same reader changes nothing."""
    try:
        with transaction.atomic():
            rows = [Reading(user_id=user_id, article_id=article_id, read_at=now)]
            Reading.objects.bulk_create(rows, ignore_conflicts=True)
    except DatabaseError:
        # A full disk or a busy database must not close an article to somebody who may read it.
        logger.exception("reading not counted article=%d", article_id)


def body_version(version: Callable[[str, type[Model]], str]) -> str:
    """SQL: the version of the whole text of article `a`, by an expression for one row. Tells no word of it."""
    return f'(SELECT {version("b", ArticleBody)} FROM "{ArticleBody._meta.db_table}" b WHERE b.article_id = a.id)'  # noqa: S608


def walled_texts(articles: Iterable[Article]) -> dict[int, str]:
    """Article id -> whole text of those that stand behind the wall, for the leak check to look for elsewhere."""
    walled_ids = [article.pk for article in articles if article.is_walled]
    return dict(ArticleBody.objects.filter(article__in=walled_ids).values_list("article_id", "html"))


def pictures_in_texts(article_ids: Collection[int]) -> dict[int, list[str]]:
    """Article id -> addresses of the pictures in its whole text, for those that have any; no word of the text."""
    bodies = ArticleBody.objects.filter(article__in=article_ids, html__contains="<img ")
    return {article_id: urls_in(html) for article_id, html in bodies.values_list("article_id", "html")}
