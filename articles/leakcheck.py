"""Does text from behind the wall show anywhere in public? Asked of a running site, as an outsider asks it.

pick_articles()  walled articles drawn by chance
decoy            an article of ours that no page may show at all (articles/decoy.py)
surfaces()       every public address, and those of the picked articles in every form a reader or crawler may try
leaks_in()       an answer -> the walled sentences in it: of the picked articles and of every article it names

The database says what to look for; what is looked at comes through the fetch function alone.
"""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from html import unescape
from http.client import HTTPException
from random import Random
from urllib.parse import urlencode

from django.urls import reverse

from articles.decoy import SLUG, decoy, decoy_texts
from articles.models import Article, ArticleQuerySet, Permission, Source
from articles.reading import open_article, walled_texts
from articles.sections import SECTIONS
from articles.topics.store import topics_of

NEWEST_COUNT = 5000  # the articles that the sample is drawn from
SOURCE_COUNT = 50
SENTENCES_EACH = 3
SHORTEST_SENTENCE = 60  # letters; a shorter one may stand elsewhere by chance
TIMEOUT_SECONDS = 30
MOST_BYTES = 20 * 1024 * 1024
CRAWLER = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
# Not the health check: it answers 503 where feeds are late, and tells nothing else.
PUBLIC_ROUTES = (
    *("front", "picks", "briefing", "sources", "search", "plans", "app", "offline", "account_login", "account_signup"),
    *("how_we_choose", "fetcher", "privacy", "terms"),
    *("feeds", "feed_top", "feed_picks", "sitemap", "news_sitemap", "robots", "manifest", "service_worker"),
)

ENDS_BLOCK = re.compile(r"</(?:p|h[1-6]|li|blockquote|figcaption)>|<br */?>", re.I)
ENDS_SENTENCE = re.compile(r"(?<=[.!?؟。])[\"'”’»)]*\s+")
TAG = re.compile(r"<[^>]*>")
UNICODE_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
NO_WORD = re.compile(r"[\W_]+")
NAMES_ARTICLE = re.compile(r"/article/([0-9]{1,18})/")


class CannotTell(Exception):
    """An address could not be looked at, so nothing can be said of it; the message names it."""


@dataclass(frozen=True, slots=True)
class Request:
    path: str
    headers: dict[str, str] = field(default_factory=dict)


# Answers with the status and the whole text. CannotTell where the site does not answer.
Fetch = Callable[[Request], tuple[int, str]]


@dataclass(frozen=True, slots=True)
class Secret:
    """A walled sentence in plain words, cut in two: a search may repeat what was asked, but not what follows it."""

    article_id: int
    asked: str
    hidden: str


@dataclass(frozen=True, slots=True)
class Leak:
    path: str
    article_id: int


@dataclass(frozen=True, slots=True)
class Result:
    articles: int  # whose walled sentences were looked for
    sentences: int
    addresses: int
    leaks: tuple[Leak, ...]


class Vault:
    """The secrets of walled articles, read once each."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.by_article: dict[int, list[Secret]] = {}

    def secrets_of(self, article_ids: Iterable[int]) -> list[Secret]:
        wanted = set(article_ids)
        unknown = wanted - self.by_article.keys()
        if unknown:
            articles = list(walled_articles().filter(pk__in=unknown))
            texts, public = walled_texts(articles), self._public_words(articles)
            found = {pk: hidden_sentences(pk, html, public)[:SENTENCES_EACH] for pk, html in texts.items()}
            self.by_article |= {pk: found.get(pk, []) for pk in unknown}
        return [secret for pk in wanted for secret in self.by_article[pk]]

    def public_words_of(self, article_ids: Collection[int]) -> str:
        """What these articles themselves show to everybody."""
        articles = no_decoy(Article.objects.for_cards()).filter(pk__in=article_ids)
        return " | ".join(words for article in articles for words in words_of(self._public_text(article)))

    def _public_words(self, articles: Collection[Article]) -> str:
        """What these articles and the others of their stories show to everybody: the same words may stand in both."""
        stories = {article.story_id for article in articles if article.story_id}
        shown = {article.pk: article for article in (*articles, *Article.objects.for_cards().filter(story__in=stories))}
        return " | ".join(plain(self._public_text(article)) for article in shown.values())

    def _public_text(self, article: Article) -> str:
        # Never what the wall itself says of a licensed text: where it is down, all of it would pass for public.
        is_free = article.is_opened or article.source.permission == Permission.OPEN
        body_html = open_article(article, None, self.now, is_visit=False).body_html if is_free else None
        fields = (article.headline, article.standfirst, article.image_caption, article.image_alt, article.opening_html)
        return "\n".join((*fields, body_html or ""))


def check_site(fetch: Fetch, sample: int, chance: Random, now: datetime) -> Result:
    """The same seed and archive give the same check. CannotTell where the site fails to answer."""
    articles = pick_articles(sample, chance)
    vault = Vault(now)
    hidden = secrets_of_decoy()
    picked = [*vault.secrets_of(article.pk for article in articles), *hidden]
    if articles and len(picked) == len(hidden):
        raise CannotTell(f"none of {len(articles)} walled articles has a hidden sentence to look for")
    requests = [*surfaces(articles, picked), *decoy_surfaces(hidden)]
    leaks: list[Leak] = []
    for request in requests:
        answer = look_at(fetch, request)
        named = {int(pk) for pk in NAMES_ARTICLE.findall(answer)}
        secrets = {*picked, *vault.secrets_of(named)}
        if leaks_in(request.path, answer, secrets):
            # A search quotes the public words of what it finds, and reports of one event may share them.
            public = vault.public_words_of(named)
            leaks += leaks_in(request.path, answer, [secret for secret in secrets if secret.hidden not in public])
    found = [secrets for secrets in (*vault.by_article.values(), hidden) if secrets]
    return Result(len(found), sum(map(len, found)), len(requests), tuple(dict.fromkeys(leaks)))


def secrets_of_decoy() -> list[Secret]:
    """Every sentence of it, its headline too; none where this site has no decoy."""
    article = decoy()
    return hidden_sentences(article.pk, decoy_texts(article), public="") if article else []


def decoy_surfaces(secrets: Collection[Secret]) -> Iterator[Request]:
    """Its own addresses, which answer that there is nothing. The slug is not its headline's: a page may repeat it."""
    for article_id in {secret.article_id for secret in secrets}:
        yield from article_surfaces(reverse("article", args=[article_id, "decoy"]))
        yield Request(reverse("article_short", args=[article_id]))
        yield Request(reverse("article_history", args=[article_id]))
        yield Request(reverse("article_copy", args=[article_id]))


def walled_articles() -> ArticleQuerySet:
    whole = Article.objects.for_cards().filter(has_body=True, is_opened=False, source__permission=Permission.FULL)
    return no_decoy(whole)


def no_decoy(articles: ArticleQuerySet) -> ArticleQuerySet:
    """Nothing of it is public, even where a page, or a part of this check, takes it for an article like others."""
    return articles.exclude(source__slug=SLUG)


def pick_articles(sample: int, chance: Random) -> list[Article]:
    article_ids = list(walled_articles().newest().values_list("pk", flat=True)[:NEWEST_COUNT])
    chosen = chance.sample(article_ids, min(sample, len(article_ids)))
    return list(walled_articles().filter(pk__in=chosen).order_by("pk"))


def look_at(fetch: Fetch, request: Request) -> str:
    """Error pages are looked at too; a site that fails or refuses has not shown that it is clean."""
    status, answer = fetch(request)
    if status >= 500 or status == 429:
        raise CannotTell(f"{request.path} answered {status}")
    return answer


def leaks_in(path: str, answer: str, secrets: Iterable[Secret]) -> list[Leak]:
    forms = words_of(answer)
    return [Leak(path, secret.article_id) for secret in secrets if any(secret.hidden in words for words in forms)]


def words_of(answer: str) -> tuple[str, str]:
    """HTML, XML or JSON in plain words: with the tags, so attributes count, and without, so marked-up text does."""
    text = UNICODE_ESCAPE.sub(lambda match: chr(int(match[1], 16)), unescape(answer))
    return plain(text), plain(TAG.sub("", text))


def plain(text: str) -> str:
    """Small letters, one blank between words: quotes, dashes and line ends differ from format to format."""
    return NO_WORD.sub(" ", unescape(text).casefold()).strip()


def hidden_sentences(article_id: int, body_html: str, public: str) -> list[Secret]:
    """The first sentence behind the wall, the last one, then the others in order.

    `public` is in plain() words. A sentence that is public by half is no secret.
    """
    found = []
    for sentence in sentences_of(body_html):
        blank = sentence.rfind(" ", 0, len(sentence) // 2)
        cut = blank if blank > 0 else len(sentence) // 2  # some scripts have no blanks
        secret = Secret(article_id, asked=sentence[:cut].strip(), hidden=sentence[cut:].strip())
        if secret.asked not in public and secret.hidden not in public:
            found.append(secret)
    return [*found[:1], *found[:0:-1][:1], *found[1:-1]]


def sentences_of(body_html: str) -> Iterator[str]:
    """In plain words, those long enough to be nobody else's."""
    for block in ENDS_BLOCK.split(body_html):
        for sentence in ENDS_SENTENCE.split(unescape(TAG.sub("", block))):
            if len(words := plain(sentence)) >= SHORTEST_SENTENCE:
                yield words


def surfaces(articles: Collection[Article], secrets: Iterable[Secret]) -> Iterator[Request]:
    yield from (Request(reverse(name)) for name in PUBLIC_ROUTES)
    yield Request("/an-address-that-is-not-there/")
    for slug in SECTIONS:
        yield Request(reverse("section", args=[slug]))
        yield Request(reverse("feed_section", args=[slug]))
    for slug in Source.objects.filter(is_active=True).values_list("slug", flat=True)[:SOURCE_COUNT]:
        yield Request(reverse("source", args=[slug]))
    for topic in {topic for article in articles for topic in topics_of(article)}:
        yield Request(topic.get_absolute_url())
        yield Request(reverse("feed_topic", args=[topic.slug]))
    for story_id in {article.story_id for article in articles if article.story_id}:
        yield Request(reverse("story_short", args=[story_id]))
    for article in articles:
        yield from article_surfaces(article.get_absolute_url())
        yield Request(reverse("article_history", args=[article.pk]))
        yield Request(reverse("article_copy", args=[article.pk]))
    for secret in {secret.article_id: secret for secret in secrets}.values():
        yield Request(search_path(secret.asked))
        yield Request(search_path(f'"{secret.asked}"'))


def article_surfaces(path: str) -> Iterator[Request]:
    """A02, A06, A11: the page in other forms, and asked for by who claims to be somebody."""
    yield Request(path)
    for query in ("print=1", "amp=1", "format=json", "page=2", "preview=1", "full=1"):
        yield Request(f"{path}?{query}")
    for other in (f"{path.rstrip('/')}.json", f"{path}amp/", f"{path}print/", f"{path}page.css", path.upper()):
        yield Request(other)
    yield Request(path, {"User-Agent": CRAWLER})
    yield Request(path, {"Referer": "https://www.google.com/"})
    yield Request(path, {"Range": "bytes=0-"})
    yield Request(path, {"Accept": "application/json"})


def search_path(words: str) -> str:
    return f"{reverse('search')}?{urlencode({'q': words})}"


def over_http(site_url: str) -> Fetch:
    """A fetch function for a site elsewhere: no cookie, redirects followed."""

    def fetch(request: Request) -> tuple[int, str]:
        try:
            # The address is an operator's own word, checked to be http(s) by the command.
            asked = urllib.request.Request(site_url + request.path, headers=request.headers)  # noqa: S310
            with urllib.request.urlopen(asked, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310
                return answer.status, answer.read(MOST_BYTES).decode(errors="replace")
        except urllib.error.HTTPError as error:
            return error.code, error.read(MOST_BYTES).decode(errors="replace")
        except (OSError, HTTPException) as error:
            raise CannotTell(f"{site_url}{request.path} did not answer: {error}") from error

    return fetch
