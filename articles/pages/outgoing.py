"""What leaves the site for machines: our feeds, the sitemaps, robots.txt.

Headlines, standfirsts and links, the same for everybody: nothing here asks who reads, and nothing here ever held a
body. Sitemaps name only pages whose text is here to be read; a teaser's own address is at its publisher.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import StringIO

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.feedgenerator import Rss201rev2Feed
from django.utils.http import http_date, quote_etag
from django.utils.xmlutils import SimplerXMLGenerator
from django.views.decorators.http import require_safe

from articles.languages import main_language
from articles.models import Article, ArticleQuerySet, Permission, Pick, Source
from articles.pages import ranks
from articles.pages.following import newest_first
from articles.pages.picks import live_picks
from articles.sections import SECTIONS
from articles.topics.store import MOST_OFFERED, newest_on, offered_topics, topic_at

FEED_SIZE = 40
FEED_SECONDS = 300
SITEMAP_SECONDS = 3600
SITEMAP_SIZE = 5000  # keys in one file
SITEMAP_FILES = 40
SITEMAP_AGE = timedelta(days=92)
SITEMAP_XMLNS = {"xmlns": "http://www.sitemaps.org/schemas/sitemap/0.9"}
# Google News reads no more and no older.
NEWS_SITEMAP_SIZE = 1000
NEWS_SITEMAP_AGE = timedelta(hours=48)
NEWS_XMLNS = {"xmlns:news": "http://www.google.com/schemas/sitemap-news/0.9"}
# One character that XML 1.0 does not know makes a whole document unreadable.
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class FeedItem:
    article: Article  # with its source
    headline: str
    text: str
    changed_at: datetime


class CreditedFeed(Rss201rev2Feed):
    """RSS 2.0 that names the title each article comes from."""

    def add_item_elements(self, handler: SimplerXMLGenerator, item: dict) -> None:
        super().add_item_elements(handler, item)
        handler.addQuickElement("source", item["source_name"], {"url": item["source_url"]})


@require_safe
def feeds_page(request: HttpRequest) -> HttpResponse:
    return render(request, "articles/feeds.html", {"sections": section_names()})


@require_safe
def top_feed(request: HttpRequest) -> HttpResponse:
    leading = [candidate.article_id for candidate in ranks.leading(timezone.now())[:FEED_SIZE]]
    articles = Article.objects.for_cards().in_bulk(leading)
    items = [item_of(articles[pk]) for pk in leading if pk in articles]
    return feed(request, "Top News", reverse("front"), items)


@require_safe
def picks_feed(request: HttpRequest) -> HttpResponse:
    items = [item_of_pick(pick) for pick in live_picks(timezone.now(), FEED_SIZE)]
    return feed(request, "Our Picks", reverse("picks"), items)


@require_safe
def section_feed(request: HttpRequest, slug: str) -> HttpResponse:
    name = section_names().get(slug)
    if name is None:
        raise Http404(f"no section {slug}")
    articles = Article.objects.for_cards().in_section(slug).filter(is_copy=False).newest()[:FEED_SIZE]
    return feed(request, name, reverse("section", args=[slug]), [item_of(article) for article in articles])


@require_safe
def topic_feed(request: HttpRequest, slug: str) -> HttpResponse:
    topic = topic_at(slug)
    if topic is None or topic.slug != slug:
        raise Http404("no such topic")
    articles = Article.objects.for_cards().filter(pk__in=newest_on(topic), is_copy=False)
    items = [item_of(article) for article in newest_first(articles, None, timezone.now(), FEED_SIZE)]
    return feed(request, xml_text(topic.name), topic.get_absolute_url(), items)


def section_names() -> dict[str, str]:
    """The sections that have a page and a feed of their own; "top" is the front page."""
    return {slug: name for slug, name in SECTIONS.items() if slug != "top"}


def item_of(article: Article) -> FeedItem:
    """A headline is all there is where the publisher lets us show no more."""
    text = "" if article.source.permission == Permission.HEADLINE else article.standfirst
    return FeedItem(article, article.headline, text, last_change(article))


def item_of_pick(pick: Pick) -> FeedItem:
    """The editor's words where there are any; a pick is as new as its last change."""
    item = item_of(pick.article)
    return FeedItem(pick.article, pick.headline, pick.note or item.text, max(pick.changed_at, pick.starts_at))


def feed(request: HttpRequest, title: str, path: str, items: list[FeedItem]) -> HttpResponse:
    rss = CreditedFeed(
        title=f"{settings.SITE_NAME}: {title}",
        link=absolute(path),
        description=f"{title} on {settings.SITE_NAME}",
        feed_url=absolute(request.path),
        ttl=FEED_SECONDS // 60,
    )
    for item in items:
        article = item.article
        rss.add_item(
            title=xml_text(item.headline),
            link=absolute(article.get_absolute_url()),
            description=xml_text(item.text) or None,
            author_name=xml_text(article.author) or None,
            pubdate=article.published_at,
            # The short address stays when a headline, and with it the long one, changes.
            unique_id=absolute(reverse("article_short", args=[article.pk])),
            unique_id_is_permalink=True,
            source_name=xml_text(article.source.name),
            source_url=xml_text(article.source.homepage),
        )
    response = HttpResponse(rss.writeString("utf-8"), content_type=rss.content_type)
    return conditional(request, response, max((item.changed_at for item in items), default=None))


def conditional(request: HttpRequest, response: HttpResponse, changed_at: datetime | None) -> HttpResponse:
    """A 304 for who has these bytes already; anybody may keep them for five minutes."""
    etag = quote_etag(hashlib.blake2b(response.content, digest_size=16).hexdigest())
    last_modified = int(changed_at.timestamp()) if changed_at else None
    response["ETag"] = etag
    response["Cache-Control"] = f"public, max-age={FEED_SECONDS}"
    if last_modified:
        response["Last-Modified"] = http_date(last_modified)
    return get_conditional_response(request, etag=etag, last_modified=last_modified, response=response)


@require_safe
def sitemap(request: HttpRequest) -> HttpResponse:
    """Without `page` the list of files. A file covers a fixed stretch of keys and costs the same in any archive."""
    page = request.GET.get("page")
    if page is None:
        return sitemap_index(timezone.now())
    if page == "pages":
        return sitemap_of_pages()
    if not page.isascii() or not page.isdigit() or len(page) > 9:
        raise Http404("no such sitemap")
    return sitemap_of_articles(int(page), timezone.now())


def sitemap_index(now: datetime) -> HttpResponse:
    """A short query for each file, which stops at its newest article: one for all would read all of their rows."""
    newest_pk = Article.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    last = newest_pk // SITEMAP_SIZE
    address = absolute(reverse("sitemap"))
    entries = [{"loc": f"{address}?page=pages"}] + [
        {"loc": f"{address}?page={file}", "lastmod": came_at.isoformat(timespec="seconds")}
        for file in range(last, max(last - SITEMAP_FILES, -1), -1)
        for came_at in articles_in(file, now).order_by("-pk").values_list("first_seen_at", flat=True)[:1]
    ]
    return xml_response("sitemapindex", "sitemap", entries, SITEMAP_SECONDS)


def articles_in(file: int, now: datetime) -> ArticleQuerySet:
    first_pk = file * SITEMAP_SIZE
    return readable_articles(now - SITEMAP_AGE).filter(pk__gte=first_pk, pk__lt=first_pk + SITEMAP_SIZE)


def sitemap_of_articles(page: int, now: datetime) -> HttpResponse:
    articles = articles_in(page, now)
    entries = [
        {"loc": absolute(article.get_absolute_url()), "lastmod": last_change(article).isoformat(timespec="seconds")}
        for article in articles.only("headline", "published_at", "updated_at").order_by("pk")
    ]
    if not entries:
        raise Http404("no articles in this sitemap")
    return xml_response("urlset", "url", entries, SITEMAP_SECONDS)


def sitemap_of_pages() -> HttpResponse:
    paths = [reverse(name) for name in ("front", "picks", "sources", "plans", "how_we_choose", "feeds")]
    paths += [reverse("section", args=[slug]) for slug in section_names()]
    paths += [topic.get_absolute_url() for topic in offered_topics(timezone.now(), MOST_OFFERED)]
    slugs = Source.objects.filter(is_active=True).order_by("slug").values_list("slug", flat=True)
    paths += [reverse("source", args=[slug]) for slug in slugs[:SITEMAP_SIZE]]
    return xml_response("urlset", "url", [{"loc": absolute(path)} for path in paths], SITEMAP_SECONDS)


@require_safe
def news_sitemap(request: HttpRequest) -> HttpResponse:
    articles = readable_articles(timezone.now() - NEWS_SITEMAP_AGE).filter(is_copy=False).newest()
    entries = [
        {
            "loc": absolute(article.get_absolute_url()),
            "news:news": {
                "news:publication": {"news:name": settings.SITE_NAME, "news:language": main_language(article.language)},
                "news:publication_date": article.published_at.isoformat(timespec="seconds"),
                "news:title": article.headline,
            },
        }
        for article in articles[:NEWS_SITEMAP_SIZE]
    ]
    return xml_response("urlset", "url", entries, FEED_SECONDS, NEWS_XMLNS)


def readable_articles(since: datetime) -> ArticleQuerySet:
    """What a search engine may find here: whole texts, walled or not, published after `since`.

    Not what its publisher keeps from search engines.
    """
    return Article.objects.visible().filter(
        source__permission__in=[Permission.OPEN, Permission.FULL],
        has_body=True,
        is_noindex=False,
        published_at__gt=since,
    )


def last_change(article: Article) -> datetime:
    return max(article.published_at, article.updated_at or article.published_at)


Entry = dict[str, "str | Entry"]


def xml_response(
    root: str, element: str, entries: Iterable[Entry], seconds: int, xmlns: dict[str, str] | None = None
) -> HttpResponse:
    """<root> with one <element> for each entry; a nested dict is a nested element."""
    text = StringIO()
    xml = SimplerXMLGenerator(text, "utf-8")
    xml.startDocument()
    xml.startElement(root, SITEMAP_XMLNS | (xmlns or {}))
    for entry in entries:
        write_element(xml, element, entry)
    xml.endElement(root)
    xml.endDocument()
    response = HttpResponse(text.getvalue(), content_type="application/xml; charset=utf-8")
    response["Cache-Control"] = f"public, max-age={seconds}"
    return response


def write_element(xml: SimplerXMLGenerator, name: str, content: str | Entry) -> None:
    if isinstance(content, str):
        xml.addQuickElement(name, xml_text(content))
        return
    xml.startElement(name, {})
    for child, inner in content.items():
        write_element(xml, child, inner)
    xml.endElement(name)


def xml_text(text: str) -> str:
    return NOT_XML.sub("", text)


def absolute(path: str) -> str:
    """From the setting, not from the request: what a Host header says goes into no document that others keep."""
    return f"{settings.SITE_URL}{path}"


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    return render(request, "robots.txt", {"site_url": settings.SITE_URL}, content_type="text/plain; charset=utf-8")
