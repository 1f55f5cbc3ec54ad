"""Which articles' pages we want. Models only: ingest asks here too."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from statistics import median

from django.db.models import Q, QuerySet

from articles.fulltext.hosts import belongs
from articles.models import Article, ArticlePage, Feed, PageState, Permission

SHORT_WORDS = 250  # a feed's text below this is taken for an excerpt
USUAL_ARTICLES = 50  # of a source, whose median length is its usual one
BATCH = 200


def want_pages(article_ids: Collection[int], now: datetime) -> int:
    """Rows for those of the articles whose page is worth a visit; how many. New articles, and those a feed changed.

    Worth it is what has no text, a short one, or one of less than half the title's usual length; and again every
    article whose text came from its page, because a change of the feed says that the page has changed.
    """
    candidates = list(
        Article.objects.filter(allowed("source__"), pk__in=article_ids, withdrawn_at=None)
        .exclude(canonical_url=None)
        .exclude(page__state=PageState.WANTED)
        .select_related("source", "page")
    )
    if not candidates:
        return 0
    source_ids = {article.source_id for article in candidates}
    feed_urls, usual = feed_urls_of(source_ids), {pk: _usual_words(pk) for pk in source_ids}
    wanted = [
        ArticlePage(article=article, due_at=now)
        for article in candidates
        if _is_wanted(article, usual[article.source_id])
        and belongs(article.canonical_url or "", article.source.homepage, feed_urls[article.source_id])
    ]
    ArticlePage.objects.bulk_create(
        wanted,
        update_conflicts=True,
        unique_fields=["article"],
        update_fields=["state", "attempt_count", "due_at", "reason"],
        batch_size=BATCH,
    )
    return len(wanted)


def has_page_text(article_ids: Iterable[int]) -> set[int]:
    """Those of the articles whose text came from their page: what a feed holds of it must not take its place.

    Not so once the publisher has refused: the next change in the feed brings back the feed's text.
    """
    taken = ArticlePage.objects.exclude(fetched_at=None).exclude(state=PageState.REFUSED)
    taken = taken.filter(article__has_body=True)  # A permission may have been lowered, and raised again.
    return set(taken.filter(pk__in=list(article_ids)).values_list("pk", flat=True))


def allowed(source: str = "") -> Q:
    """The sources whose pages the agreement lets us read; `source` is the path to them, with "__" at its end."""
    facts = {"is_active": True, "permission": Permission.FULL, "fetches_pages": True}
    return Q(**{f"{source}{name}": value for name, value in facts.items()})


def feed_urls_of(source_ids: Iterable[int]) -> dict[int, tuple[str, ...]]:
    urls: defaultdict[int, tuple[str, ...]] = defaultdict(tuple)
    for source_id, url in Feed.objects.filter(source__in=list(source_ids)).values_list("source_id", "url"):
        urls[source_id] += (url,)
    return urls


def _is_wanted(article: Article, usual_words: float) -> bool:
    page: ArticlePage | None = getattr(article, "page", None)
    if page is not None and page.state == PageState.TAKEN:
        return True
    return not article.has_body or article.word_count < max(SHORT_WORDS, usual_words / 2)


def _usual_words(source_id: int) -> float:
    """0 where the source has too few texts to tell."""
    newest: QuerySet[Article] = Article.objects.filter(source=source_id, has_body=True).newest()
    counts = list(newest.values_list("word_count", flat=True)[:USUAL_ARTICLES])
    return median(counts) if len(counts) >= 5 else 0
