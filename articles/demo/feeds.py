"""The fictional press in print: RSS, Atom and a plain page for each article. Pure."""

from __future__ import annotations

import html
from collections.abc import Iterable
from datetime import datetime
from email.utils import format_datetime
from xml.sax.saxutils import escape, quoteattr

from articles.demo.edition import PICTURE_WIDTHS, DemoArticle, DemoTitle

CONTENT = 'xmlns:content="http://purl.org/rss/1.0/modules/content/"'
DUBLIN_CORE = 'xmlns:dc="http://purl.org/dc/elements/1.1/"'
MEDIA = 'xmlns:media="http://search.yahoo.com/mrss/"'


def article_url(press_url: str, article: DemoArticle) -> str:
    return f"{press_url}/{article.title}/{article.key}/"


def feed_url(press_url: str, slug: str, section: str) -> str:
    return f"{press_url}/{slug}/{section}.xml"


def feed_document(
    title: DemoTitle, section: str, articles: Iterable[DemoArticle], base: datetime, now: datetime, press_url: str
) -> str:
    """The feed as of `now`: articles that are dated later are not in it yet. Newest first."""
    printed = sorted(
        (article for article in articles if article.published_at(base) <= now), key=lambda article: article.hours_ago
    )
    write = _atom if title.format == "atom" else _rss
    return write(title, section, printed, base, press_url)


def _rss(title: DemoTitle, section: str, articles: list[DemoArticle], base: datetime, press_url: str) -> str:
    items = "\n".join(_rss_item(article, base, press_url) for article in articles)
    return f"""<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" {CONTENT} {DUBLIN_CORE} {MEDIA}>
<channel>
<title>{escape(title.name)}: {escape(section)}</title>
<link>{press_url}/{title.slug}/</link>
<description>{escape(title.description)}</description>
<language>{title.language}</language>
<ttl>5</ttl>
{items}
</channel>
</rss>
"""


def _rss_item(article: DemoArticle, base: datetime, press_url: str) -> str:
    author = f"<dc:creator>{escape(article.author)}</dc:creator>" if article.author else ""
    return f"""<item>
<guid isPermaLink="false">{article.key}</guid>
<title>{escape(article.headline)}</title>
<link>{article_url(press_url, article)}</link>
<pubDate>{format_datetime(article.published_at(base))}</pubDate>
{author}{_categories(article, "<category>{}</category>")}
<description>{escape(html.escape(article.standfirst, quote=False))}</description>
<content:encoded>{escape(_content(article, press_url))}</content:encoded>
{_pictures(article, press_url)}
</item>"""


def _atom(title: DemoTitle, section: str, articles: list[DemoArticle], base: datetime, press_url: str) -> str:
    newest = articles[0].published_at(base) if articles else base
    entries = "\n".join(_atom_entry(article, base, press_url) for article in articles)
    return f"""<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" {MEDIA} xml:lang="{title.language}">
<id>{press_url}/{title.slug}/{section}</id>
<title>{escape(title.name)}: {escape(section)}</title>
<link rel="alternate" href="{press_url}/{title.slug}/"/>
<link rel="self" href="{feed_url(press_url, title.slug, section)}"/>
<updated>{newest.isoformat()}</updated>
{entries}
</feed>
"""


def _atom_entry(article: DemoArticle, base: datetime, press_url: str) -> str:
    at = article.published_at(base).isoformat()
    author = f"<author><name>{escape(article.author)}</name></author>" if article.author else ""
    return f"""<entry>
<id>tag:press.example,2026:{article.key}</id>
<title>{escape(article.headline)}</title>
<link rel="alternate" href="{article_url(press_url, article)}"/>
<published>{at}</published>
<updated>{at}</updated>
{author}{_categories(article, '<category term="{}"/>')}
<summary>{escape(article.standfirst)}</summary>
<content type="html">{escape(_content(article, press_url))}</content>
{_pictures(article, press_url)}
</entry>"""


def _categories(article: DemoArticle, element: str) -> str:
    return "".join(element.format(escape(category, {'"': "&quot;"})) for category in article.categories)


def _content(article: DemoArticle, press_url: str) -> str:
    """The text with its picture first, as most publishers send it: alt text and caption have no other place."""
    if not article.image:
        return article.body_html
    width = PICTURE_WIDTHS[-1]
    return (
        f'<figure><img src="{_picture_url(article, press_url, width)}" alt="{html.escape(article.alt)}" '
        f'width="{width}" height="{_height(width)}"/>'
        f"<figcaption>{html.escape(article.caption, quote=False)}</figcaption></figure>\n{article.body_html}"
    )


def _pictures(article: DemoArticle, press_url: str) -> str:
    if not article.image:
        return ""
    return "".join(
        f"<media:content url={quoteattr(_picture_url(article, press_url, width))} "
        f'medium="image" type="image/webp" width="{width}" height="{_height(width)}"/>'
        for width in PICTURE_WIDTHS
    )


def _picture_url(article: DemoArticle, press_url: str, width: int) -> str:
    return f"{press_url}/pictures/{article.image}-{width}.webp"


def _height(width: int) -> int:
    return round(width * 2 / 3)


def article_page(title: DemoTitle, article: DemoArticle) -> str:
    """What "Read it at …" leads to: the fictional publisher's own page."""
    return f"""<!doctype html>
<html lang="{article.language}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{html.escape(article.headline)} | {html.escape(title.name)}</title></head>
<body><p>{html.escape(title.name)}</p>
<h1>{html.escape(article.headline)}</h1>
<p>{html.escape(article.standfirst)}</p>
<p lang="en" dir="ltr">A title of the demo edition. Its articles are read on the site that carries them.</p></body>
</html>
"""
