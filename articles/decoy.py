"""An article that nobody may ever see: its title is switched off, so no list, feed, search or page of ours shows it.

It is dated now and licensed, so wherever a page forgets to ask who may see what, it stands on top. All its words are
made up and stand nowhere else: the leak check (articles/leakcheck.py) looks for them everywhere.
"""

from __future__ import annotations

import secrets
from datetime import datetime

from django.db import transaction

from articles.freshness import newest_article_at
from articles.ingest.shapes import ArticleDraft
from articles.models import Article, Permission, Source
from articles.reading import walled_texts

SLUG = "decoy-of-the-leak-check"
NAME = "Decoy of the leak check (never shown)"
SECTION = "world"  # one that has a page and a feed
# A sentence is looked for only where it is long enough (SHORTEST_SENTENCE).
WORDS_IN_A_SENTENCE = 12


def decoy() -> Article | None:
    return Article.objects.filter(source__slug=SLUG).select_related("source").order_by("pk").first()


def decoy_texts(article: Article) -> str:
    """HTML: everything it says, its body too."""
    body_html = walled_texts([article]).get(article.pk, "")
    return f"<p>{article.headline}.</p><p>{article.standfirst}</p>{article.opening_html}{body_html}"


def put_on_top(now: datetime) -> Article | None:
    """The decoy, dated now; made where there is none yet. None before the first article of the site."""
    newest_at = newest_article_at()
    if newest_at is None:
        return None
    # An operator may have switched its title on, out of curiosity.
    Source.objects.filter(slug=SLUG).update(is_active=False, permission=Permission.FULL)
    article = decoy() or make_decoy(now, newest_at)
    Article.objects.filter(pk=article.pk).update(published_at=now)
    return article


@transaction.atomic
def make_decoy(now: datetime, first_seen_at: datetime) -> Article:
    """`first_seen_at` is the newest article's: the decoy must not pass for news that came in."""
    from articles.ingest.store import replace_body  # late: the parsers come along, and pages read what checks found

    facts = {"name": NAME, "homepage": "https://decoy.invalid/", "permission": Permission.FULL, "is_active": False}
    source, _ = Source.objects.get_or_create(slug=SLUG, defaults=facts)
    draft = make_draft(now)
    facts = {"section": SECTION, "headline": draft.headline, "published_at": now, "first_seen_at": first_seen_at}
    article = Article.objects.create(source=source, **facts)
    replace_body(article, draft)
    return article


def make_draft(now: datetime) -> ArticleDraft:
    opening_html, tail_html = f"<p>{sentence()}</p>", "".join(f"<p>{sentence()}</p>" for _ in range(3))
    return ArticleDraft(
        entry_id=SLUG,
        content_hash="",
        canonical_url=None,
        headline=sentence().rstrip("."),
        standfirst=sentence(),
        opening_html=opening_html,
        body_html=opening_html + tail_html,
        author="",
        language="en",
        categories=(),
        word_count=4 * WORDS_IN_A_SENTENCE,
        picture=None,
        thumbnail=None,
        published_at=now,
        updated_at=None,
    )


def sentence() -> str:
    """Twelve words that nobody has written before."""
    return " ".join(f"q{secrets.token_hex(4)}" for _ in range(WORDS_IN_A_SENTENCE)).capitalize() + "."
