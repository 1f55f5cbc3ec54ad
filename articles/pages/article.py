"""The article page: the text for who may read it, the wall or the way to the publisher for everybody else."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from html import unescape

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.html import strip_tags
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import Truncator
from django.views.decorators.http import require_safe

from accounts.context import reader_of
from accounts.models import User
from articles.languages import language_name, main_language
from articles.models import Article, Permission, Topic
from articles.muting import NO_MUTES, Mutes, mutes_of
from articles.pages.below import build_below
from articles.pages.cards import Card, card_of, cards_of, recounted, saved_ids_of, with_angles
from articles.pages.choices import Choices, choices_of
from articles.pages.linked_data import news_article, script_json
from articles.pages.mutes import Muted, mutes_that_hide
from articles.pages.story import Report, report_of
from articles.pages.told import told_mutes
from articles.pages.wall import Wall, wall_for
from articles.pictures.shown import preview_url, with_pictures
from articles.quick.holes import Told, tell
from articles.reading import OpenArticle, counts, open_article
from articles.topics.store import topics_of
from billing.plans import current_offer
from billing.standing import standing_of

RELATED_COUNT = 4
ANGLE_COUNT = 4
REPORT_COUNT = 7
DESCRIPTION_LENGTH = 200
# Letters of an opening; the fade covers some six lines, and a shorter opening would fade as a whole.
FADED_LENGTH = 450


@dataclass(frozen=True, slots=True)
class Head:
    """What the page says of itself to machines."""

    description: str
    url: str
    canonical_url: str
    image_url: str
    robots: str
    linked_data: SafeString


@dataclass(frozen=True, slots=True)
class ArticlePage:
    card: Card
    head: Head
    standfirst: str
    text_html: SafeString
    is_whole: bool  # the text is here in full; else it is at most the opening
    is_faded: bool
    wall: Wall | None
    publisher_url: str
    language_name: str  # "" for English
    reports: list[Report]  # full coverage, for readers
    related: list[Card]
    topics: tuple[Topic, ...] = ()
    choices: Choices | None = None  # what of it a reader may follow or mute
    hidden_by: tuple[Muted, ...] = ()  # mutes that keep it from lists

    @property
    def article(self) -> Article:
        return self.card.article

    @property
    def shows_headline_only(self) -> bool:
        return self.article.source.permission == Permission.HEADLINE

    @property
    def is_opened_by_editors(self) -> bool:
        return self.is_whole and self.article.is_opened and self.article.source.permission == Permission.FULL

    @property
    def is_openly_licensed(self) -> bool:
        return self.is_whole and self.article.source.permission == Permission.OPEN


@require_safe
def article_page(request: HttpRequest, pk: int, slug: str) -> HttpResponse:
    now = timezone.now()
    article = find_article(pk)
    if article.withdrawn_at is not None:
        return withdrawn(request, article, now)
    if slug != article.slug:
        return HttpResponsePermanentRedirect(article.get_absolute_url())
    user = reader_of(request)
    opened = open_article(article, user, now, is_visit=is_visit(request))
    page = build_page(opened, user, now, mutes_of(user), told_mutes(request))
    context = {"page": page, "offer": current_offer()}
    if user is None:
        context["below"] = build_below(now)
    else:
        reads = opened.body_html is not None and counts(article, user)
        tell(Told(user.pk, opened.access, page.wall, reading_of=article.pk if reads else None))
    response = render(request, "articles/article.html", context)
    if article.is_walled and opened.body_html is not None:
        # Not left to the middleware: no copy of this page may outlive the right to read it.
        response["Cache-Control"] = "private, no-store"
    return response


def find_article(pk: int) -> Article:
    """Also one that was taken down; Http404 where there is none or its source is switched off."""
    article = Article.objects.select_related("source", "story", "picture").filter(pk=pk, source__is_active=True).first()
    if article is None:
        raise Http404(f"no article {pk}")
    return article


def withdrawn(request: HttpRequest, article: Article, now: datetime) -> HttpResponse:
    """That it is gone, and what else there is."""
    below = build_below(now, mutes_of(reader_of(request)))
    return render(request, "articles/withdrawn.html", {"article": article, "below": below}, status=410)


def is_visit(request: HttpRequest) -> bool:
    """Somebody looks at the page: not a HEAD request, not a browser that loads it in case somebody will."""
    purpose = request.headers.get("Sec-Purpose", "") + request.headers.get("Purpose", "")
    return request.method == "GET" and "prefetch" not in purpose.lower()


def build_page(
    opened: OpenArticle, user: User | None, now: datetime, mutes: Mutes = NO_MUTES, told: Collection[int] = ()
) -> ArticlePage:
    """The article itself is shown whatever is muted: it was asked for. A few more queries for readers.

    `told`: numbers of mutes that the reader has just been told of.
    """
    from articles.stories.run import related_articles  # late: numpy comes along, and most pages go without

    article = opened.article
    related = related_articles(article, RELATED_COUNT, now, mutes)
    topics = topics_of(article)
    saved_ids = saved_ids_of(user, [article, *related])
    is_whole = opened.body_html is not None
    wall = wall_for(opened.access, standing_of(user), now)
    hiding = mutes_that_hide(user, article) if user and mutes.hides(article) else ()
    text = with_pictures(opened.body_html if is_whole else public_opening(article), article)
    card = with_angles(recounted([card_of(article, saved_ids)], mutes), ANGLE_COUNT, mutes)[0]
    return ArticlePage(
        card=card,
        head=head_of(article, is_whole),
        standfirst=public_standfirst(article),
        text_html=mark_safe(text),  # both were cleaned before they were stored
        is_whole=is_whole,
        is_faded=wall is not None and len(text) >= FADED_LENGTH,
        wall=wall,
        publisher_url=publisher_url(article),
        language_name="" if main_language(article.language) == "en" else language_name(article.language),
        reports=other_reports(article, mutes) if user and card.also_count else [],
        related=recounted(cards_of(related, saved_ids), mutes),
        topics=tuple(topic for topic in topics if not mutes.hides_words(topic.name)),
        choices=choices_of(article, topics, user, mutes) if user else None,
        hidden_by=tuple(one for one in hiding if one.pk not in told),
    )


def other_reports(article: Article, mutes: Mutes = NO_MUTES) -> list[Report]:
    """What other titles say of the same event, newest first."""
    others = Article.objects.for_cards().filter(story=article.story_id, is_copy=False).exclude(source=article.source_id)
    return [report_of(other) for other in mutes.visible(others).newest()[:REPORT_COUNT]]


def public_standfirst(article: Article) -> str:
    """Not where the publisher lets us show the headline only, nor where it is all the text there is below."""
    if article.source.permission == Permission.HEADLINE or article.standfirst == text_of(article.opening_html):
        return ""
    return article.standfirst


def text_of(html: str) -> str:
    """Clean HTML without its tags, on one line."""
    return " ".join(unescape(strip_tags(html)).split())


def public_opening(article: Article) -> str:
    """HTML of what everybody may read; nothing where the publisher lets us show the headline only."""
    return "" if article.source.permission == Permission.HEADLINE else article.opening_html


def publisher_url(article: Article) -> str:
    """The report at its publisher's; the publisher's home where the feed gave no address."""
    return web_url(article.canonical_url) or web_url(article.source.homepage)


def web_url(url: str | None) -> str:
    """Only http(s) was stored; an address that got in by another way is not offered all the same."""
    return url if url and url.startswith(("https://", "http://")) else ""


def head_of(article: Article, is_whole: bool) -> Head:
    """The page is the article's home where we hold the text; else search engines are sent to its publisher."""
    url = settings.SITE_URL + article.get_absolute_url()
    holds_text = is_whole or article.is_walled
    canonical_url = url if holds_text else web_url(article.canonical_url) or url
    is_bare = article.source.permission == Permission.HEADLINE
    description = "" if is_bare else public_description(article)
    image_url = "" if is_bare else preview_url(article)
    facts = news_article(
        article,
        url=canonical_url,
        description=description,
        image_url=image_url,
        is_free=not article.is_walled if holds_text else None,
    )
    return Head(
        description=description,
        url=url,
        canonical_url=canonical_url,
        image_url=image_url,
        robots=robots_of(article),
        linked_data=script_json(facts),
    )


def robots_of(article: Article) -> str:
    """What the publisher asks of search engines is asked here too."""
    asked = ("noindex" if article.is_noindex else "", "noarchive" if article.is_walled else "")
    return ", ".join([*filter(None, asked), "max-image-preview:large"])


def public_description(article: Article) -> str:
    """The standfirst, or else the opening's first words: never a word that is not public."""
    return Truncator(article.standfirst or text_of(article.opening_html)).chars(DESCRIPTION_LENGTH)
