"""An article as search engines read it: schema.org's NewsArticle. Only what is public anyway; never the body."""

from __future__ import annotations

import json
from typing import Any

from django.utils.safestring import SafeString, mark_safe

from articles.models import Article

# The part that is walled, for crawlers that ask: the class is in the page with the text and in the one with the wall.
WALLED_SELECTOR = ".wall-text"
# "</script" ends a script whatever surrounds it; two of Unicode's line ends end a line of JavaScript.
ESCAPES = {ord(character): f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}


def news_article(
    article: Article, *, url: str, description: str, image_url: str, is_free: bool | None
) -> dict[str, Any]:
    """`url` is the canonical address; `is_free` is None where only the publisher has the text. No empty values."""
    source = article.source
    publisher = {"@type": "NewsMediaOrganization", "name": source.name, "url": source.homepage}
    facts = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "mainEntityOfPage": url,
        "headline": article.headline,
        "description": description,
        "image": [image_url] if image_url else None,
        "datePublished": article.published_at.isoformat(timespec="seconds"),
        "dateModified": (article.updated_at or article.published_at).isoformat(timespec="seconds"),
        "author": {"@type": "Person", "name": article.author} if article.author else publisher,
        "publisher": publisher,
        "inLanguage": article.language,
        "articleSection": article.section_name,
        "license": source.licence_url,
        "isAccessibleForFree": is_free,
        "hasPart": walled_part() if is_free is False else None,
    }
    return {name: value for name, value in facts.items() if value is not None and value != ""}


def walled_part() -> dict[str, Any]:
    return {"@type": "WebPageElement", "isAccessibleForFree": False, "cssSelector": WALLED_SELECTOR}


def script_json(facts: dict[str, Any]) -> SafeString:
    """JSON that no text in it can break out of a <script>."""
    return mark_safe(json.dumps(facts, ensure_ascii=False).translate(ESCAPES))
