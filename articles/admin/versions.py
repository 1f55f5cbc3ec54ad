"""What an article said before its publisher changed it, for editors: the public words, never the text."""

from __future__ import annotations

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from articles.models import Article
from articles.pages.article_history import history_of


def draw(article: Article) -> str | SafeString:
    if not article.version_count:
        return "Always the same, as far as we have seen."
    return render_to_string("admin/articles/article/versions.html", {"history": history_of(article)})
