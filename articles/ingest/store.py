"""What ingest reads from the database and writes to it. Few queries a feed, one transaction each."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from operator import attrgetter
from secrets import token_hex
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q, QuerySet

from articles.fulltext.wanted import has_page_text
from articles.ingest import schedule
from articles.ingest.clean import paragraph
from articles.ingest.digest import TEASER_WORDS
from articles.ingest.prose import teaser, text_of_clean
from articles.ingest.rows import insert, select, utc_text, written_date
from articles.ingest.rows import update as update_row
from articles.ingest.sections import GENERAL, section_of
from articles.ingest.shapes import ArticleDraft, FeedState, FeedUpdate, Picture
from articles.models import (
    Article,
    ArticleBody,
    ArticleVersion,
    ArticleVersionBody,
    CategoryRule,
    Entry,
    Feed,
    Host,
    HubState,
    Permission,
    Source,
    host_of,
)
from articles.statements import Row, Statement

logger = logging.getLogger(__name__)

KNOWN_ENTRIES = 400  # whose hashes go along to the next fetch
KEPT_ENTRIES = 2000  # of one feed: some invent a new id for everything at every fetch
KEPT_VERSIONS = 20  # of one article
FETCHES_BETWEEN_TIDYING = 20
FEEDS_OF_A_HOST = 20  # in one batch: they wait for each other
LOSSES = 3  # of workers, after which a feed is set aside
BATCH = 200

TEXT_FIELDS = (
    *("headline", "standfirst", "opening_html", "author", "language", "categories", "word_count", "has_body"),
    *("image_url", "image_width", "image_height", "image_alt", "image_caption", "thumbnail_url", "thumbnail_width"),
    *("published_at", "updated_at", "canonical_url", "is_noindex", "version_count"),
)


# Claiming ----------------------------------------------------------------------------------------


def living_feeds() -> QuerySet[Feed]:
    return Feed.objects.filter(is_active=True, source__is_active=True)


def lease_length() -> timedelta:
    return timedelta(seconds=settings.FEED_LEASE_SECONDS)


def claim_due_feeds(now: datetime, limit: int) -> list[FeedState]:
    """At most `limit` feeds that are due, now ours until their lease ends; those that wait longest first.

    Their hosts are ours as well, so that no two workers visit one server at once. A feed that a worker never came
    back from is claimed alone, after all others: should it cost the next worker too, it cost that one nothing else.
    """
    mark_losses(now)
    while waiting := _waiting(now, 2 * limit):
        chosen = _few_of_each_host(waiting, limit)
        # Where another worker has taken all of these in the meantime, there may be more behind them.
        if claimed := _claim(chosen, CLAIM_DUE, now):
            return claimed
    suspect = list(_due(now).values_list("pk", "host")[:1])
    return _claim(suspect, CLAIM_DUE, now)


def claim(urls: Iterable[str], now: datetime) -> list[FeedState]:
    """The feeds with these addresses, due or not, gone or not. Left out: switched off, unknown, or in other hands."""
    wanted = living_feeds().filter(url__in=list(urls)).values_list("pk", "host")
    return _claim(wanted, CLAIM, now)


def mark_losses(now: datetime) -> None:
    """Count a loss for each feed whose lease ended without a word from its worker; set aside what had too many."""
    # Asked before every batch, and hardly ever so: without a transaction that writes.
    if _one_that_is_lost(now):
        _mark_losses(now)


@Statement
def _one_that_is_lost(now: datetime) -> QuerySet[Feed, Any]:
    return Feed.objects.filter(_is_due(now)).exclude(lease="").order_by().values_list("pk")[:1]


@transaction.atomic
def _mark_losses(now: datetime) -> None:
    # Made due by somebody while a worker had it: that worker's answer is dropped, and it is fetched anew.
    Feed.objects.filter(next_fetch_at=None).exclude(lease="").update(lease="")
    lost = Feed.objects.filter(next_fetch_at__lte=now).exclude(lease="")
    if not lost.exists():
        return
    lost.update(lease="", lost_count=F("lost_count") + 1)
    killers = Feed.objects.filter(lost_count__gte=LOSSES, quarantined_at=None)
    for feed in killers.only("pk", "url"):
        logger.error("feed set aside feed=%s url=%s: %d workers never came back from it", feed.pk, feed.url, LOSSES)
    killers.update(quarantined_at=now, next_fetch_at=None)


def _is_due(now: datetime) -> Q:
    return Q(next_fetch_at=None) | Q(next_fetch_at__lte=now)


def _due(now: datetime) -> QuerySet[Feed]:
    return _free(now).filter(_is_due(now)).order_by(F("next_fetch_at").asc(nulls_first=True), "pk")


def _free(now: datetime) -> QuerySet[Feed]:
    """Those that may be visited, due or not."""
    is_busy = Q(paused_until__gt=now) | Q(leased_until__gt=now)
    return (
        living_feeds()
        .filter(gone_at=None, quarantined_at=None, lease="")
        .exclude(host__in=Host.objects.filter(is_busy).values("name"))
    )


def _waiting(now: datetime, count: int) -> list[Row]:
    """(id, host) of the first so many that are due and that no worker was lost with.

    Two questions: in one PostgreSQL reads and sorts all that are due, for every batch anew.
    """
    new = _without_time(count)(now)
    return new if len(new) == count else [*new, *_past_their_time(count)(now)][:count]


@cache
def _without_time(count: int) -> Statement:
    return Statement(lambda now: _first(_free(now).filter(next_fetch_at=None).order_by("pk"), count))


@cache
def _past_their_time(count: int) -> Statement:
    return Statement(
        lambda now: _first(_free(now).filter(next_fetch_at__lte=now).order_by("next_fetch_at", "pk"), count)
    )


def _first(feeds: QuerySet[Feed], count: int) -> QuerySet[Feed, Any]:
    return feeds.filter(lost_count=0).values_list("pk", "host")[:count]


def _few_of_each_host(waiting: Iterable[Sequence[Any]], limit: int) -> list[tuple[int, str]]:
    counts: Counter[str] = Counter()
    chosen = []
    for pk, host in waiting:
        counts[host] += 1
        if counts[host] <= FEEDS_OF_A_HOST or host in settings.FEED_ALLOWED_PRIVATE_HOSTS:
            chosen.append((pk, host))
    return chosen[:limit]


# What is claimed may have become another worker's since it was looked for: it is compared as it is set.
CLAIM_DUE = """
UPDATE articles_feed SET lease = %s, next_fetch_at = %s
WHERE lease = '' AND (next_fetch_at IS NULL OR next_fetch_at <= %s) AND id IN (...) RETURNING id"""
CLAIM = """
UPDATE articles_feed SET lease = %s, next_fetch_at = %s
WHERE (lease = '' OR next_fetch_at <= %s) AND id IN (...) RETURNING id"""


@transaction.atomic
def _claim(feeds: Iterable[Sequence[Any]], statement: str, now: datetime) -> list[FeedState]:
    """Those of the feeds that are free, and whose hosts are, in one transaction. `feeds` are (id, host) pairs."""
    wanted = dict(feeds)
    lease = token_hex(16)
    hosts = lease_hosts(set(wanted.values()), lease, now)
    mine = [pk for pk, host in wanted.items() if host in hosts]
    until = now + lease_length()
    if not mine or not select(statement, lease, written_date(until), written_date(now), among=mine):
        free_hosts(lease)
        return []
    return [_state(*row) for row in _in_hand(lease, until)]


LEASE_HOSTS = """
UPDATE articles_host SET lease = %s, leased_until = %s WHERE id IN (
    SELECT id FROM articles_host WHERE (leased_until IS NULL OR leased_until <= %s) AND name IN (...) {}
) RETURNING name"""


def lease_hosts(names: Collection[str], lease: str, now: datetime) -> set[str]:
    """Those of the hosts that nobody visits now; they are ours then."""
    ours = _lease_known_hosts(names, lease, now)
    others = set(names) - ours
    if not others:
        return ours
    new = others - set(Host.objects.filter(name__in=others).values_list("name", flat=True))
    Host.objects.bulk_create([Host(name=name) for name in sorted(new)], ignore_conflicts=True, batch_size=BATCH)
    return ours | _lease_known_hosts(new, lease, now)


def _lease_known_hosts(names: Collection[str], lease: str, now: datetime) -> set[str]:
    if not names:
        return set()
    # Who finds a row locked leaves it to the other worker: waiting for each other's rows they could stand for ever.
    locked = "FOR UPDATE SKIP LOCKED" if connection.features.has_select_for_update_skip_locked else ""
    times = written_date(now + lease_length()), written_date(now)
    return {name for (name,) in select(LEASE_HOSTS.format(locked), lease, *times, among=sorted(names))}


def free_hosts(lease: str) -> None:
    """The visits of this claim are over; what they brought is taken in without the hosts."""
    Host.objects.filter(lease=lease).update(lease="", leased_until=None)


def pause_host(name: str, until: datetime, reason: str) -> None:
    """Nobody of ours visits this server before."""
    Host.objects.filter(name=name).exclude(paused_until__gt=until).update(paused_until=until, pause_reason=reason[:300])


def put_back(state: FeedState, until: datetime) -> None:
    """Claimed but not asked: due again as it was, and none the worse."""
    Feed.objects.filter(pk=state.feed_id, lease=state.lease).update(lease="", next_fetch_at=until)


STATE_COLUMNS = (
    *("pk", "url", "source_id", "source__permission", "section", "source__language", "etag", "last_modified"),
    *("body_hash", "failure_count", "last_new_at", "source__boilerplate", "host", "lease", "subscription__state"),
    *("moved_to", "moved_count", "ttl_minutes"),
)


def _states(feeds: QuerySet[Feed]) -> list[FeedState]:
    return [_state(*row) for row in feeds.order_by("pk").values_list(*STATE_COLUMNS)]


@Statement
def _in_hand(lease: str, until: datetime) -> QuerySet[Feed, Any]:
    # By the index of those in hand: naming each of them again would cost as much as claiming them.
    feeds = Feed.objects.filter(lease=lease, next_fetch_at=until).exclude(lease="")
    return feeds.order_by("pk").values_list(*STATE_COLUMNS)


def _state(*columns: Any) -> FeedState:
    *facts, boilerplate, host, lease, hub_state, moved_to, moved_count, ttl_minutes = columns
    lines = tuple(line.strip() for line in boilerplate.splitlines() if line.strip()) if boilerplate else ()
    is_pushed = hub_state == HubState.ACTIVE
    # By place: names would cost as much again, for every feed that is claimed.
    return FeedState(*facts, {}, lines, host, lease, is_pushed, moved_to, moved_count, ttl_minutes)


def state_of(feed: Feed) -> FeedState:
    """As it is fetched, claimed or not."""
    return _states(Feed.objects.filter(pk=feed.pk))[0]


def state_with_id(feed_id: int) -> FeedState | None:
    """None where the feed or its source is switched off, or gone from the database."""
    return next(iter(_states(living_feeds().filter(pk=feed_id))), None)


KNOWN = "SELECT entry_id, content_hash FROM articles_entry WHERE feed_id = %s ORDER BY seen_at DESC LIMIT %s"


def with_known(state: FeedState) -> FeedState:
    """With the hashes of the entries seen last. Apart from claiming: most feeds answer that nothing is new."""
    return replace(state, known=dict(select(KNOWN, state.feed_id, KNOWN_ENTRIES)))


# Applying ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Stored:
    """What an update became: ids of articles that were not there before, and of those that were changed."""

    new_ids: tuple[int, ...] = ()
    changed_ids: tuple[int, ...] = ()


@transaction.atomic
def apply(update: FeedUpdate, state: FeedState, now: datetime, moved_to: str = "") -> Stored:
    """Store one update. Nothing is written for a feed that was switched off or claimed by another meanwhile.

    Where the permission was changed meanwhile the drafts are cut wrongly: they are dropped, the feed is due at once.
    `moved_to` is where permanent redirects led, after which the feed has that address.
    """
    feed = _locked_feed(update)
    if feed is None or feed.lease != state.lease:
        return Stored()
    if update.drafts and update.permission != feed.permission:
        Feed.objects.filter(pk=feed.pk).update(next_fetch_at=None, lease="", lost_count=0)
        return Stored()
    stored = _store_drafts(feed, update.drafts, now) if update.drafts else Stored()
    _write_feed(feed, update, stored, now, schedule.moved(state, moved_to))
    return stored


@transaction.atomic
def apply_push(update: FeedUpdate, now: datetime) -> Stored:
    """Store what a hub has pushed. It tells nothing of the feed's own server: schedule and health stay.

    So do the validators, but where an article changed: a push may come late, or again, with what has been corrected
    since, so the next poll reads the whole feed and has the last word.
    """
    feed = _locked_feed(update)
    if feed is None or not update.drafts or update.permission != feed.permission:
        return Stored()
    stored = _store_drafts(feed, update.drafts, now)
    if stored.new_ids:
        Feed.objects.filter(pk=feed.pk).update(
            last_new_at=now, new_article_count=F("new_article_count") + len(stored.new_ids)
        )
    if stored.changed_ids:
        Feed.objects.filter(pk=feed.pk).update(etag="", last_modified="", body_hash="")
    return stored


@dataclass(frozen=True, slots=True)
class _Held:
    """A feed and its source as the transaction finds them that stores an update."""

    pk: int
    url: str
    section: str
    lease: str
    fetch_count: int
    source_id: int
    permission: str
    fetches_pages: bool


HELD = """
SELECT feed.id, feed.url, feed.section, feed.lease, feed.fetch_count,
    source.id, source.permission, source.fetches_pages
FROM articles_feed AS feed JOIN articles_source AS source ON source.id = feed.source_id
WHERE feed.id = %s AND feed.is_active AND source.is_active"""


def _locked_feed(update: FeedUpdate) -> _Held | None:
    """None where the feed or its source is switched off."""
    statement = HELD
    if update.drafts and connection.features.has_select_for_update_of:
        # Feeds of one source name the same articles, and its permission must not move while we store.
        statement += " FOR UPDATE OF source"
    return next((_Held(*row) for row in select(statement, update.feed_id)), None)


QUIET_POSTGRESQL = """
UPDATE articles_feed SET next_fetch_at = told.at, lease = '', lost_count = 0, failure_count = 0,
    last_outcome = 'not_modified', last_status = 304, last_reason = '', last_fetched_at = %(now)s,
    last_succeeded_at = %(now)s, gone_at = NULL, fetch_count = fetch_count + 1,
    not_modified_count = not_modified_count + 1
FROM unnest(%(feeds)s::bigint[], %(dates)s::timestamptz[]) AS told (feed, at)
WHERE id = told.feed AND lease = %(lease)s"""
QUIET_SQLITE = """
UPDATE articles_feed SET next_fetch_at = %s, lease = '', lost_count = 0, failure_count = 0,
    last_outcome = 'not_modified', last_status = 304, last_reason = '', last_fetched_at = %s,
    last_succeeded_at = %s, gone_at = NULL, fetch_count = fetch_count + 1,
    not_modified_count = not_modified_count + 1
WHERE id = %s AND lease = %s"""


@transaction.atomic
def apply_quiet(updates: Sequence[FeedUpdate], lease: str, now: datetime) -> None:
    """Answers of 304, a whole batch in one statement: most feeds have nothing new most of the time."""
    if not updates:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            feeds, dates = [one.feed_id for one in updates], [one.next_fetch_at for one in updates]
            cursor.execute(QUIET_POSTGRESQL, {"now": now, "feeds": feeds, "dates": dates, "lease": lease})
            return
        at = utc_text(now)
        rows = [(utc_text(one.next_fetch_at), at, at, one.feed_id, lease) for one in updates]
        cursor.executemany(QUIET_SQLITE, rows)


def _write_feed(feed: _Held, update: FeedUpdate, stored: Stored, now: datetime, moved: tuple[str, int]) -> None:
    is_good = update.outcome not in {"failed", "gone"}
    moved_to, moved_count = moved
    more: dict[str, object] = {}
    if is_good and moved_count >= schedule.MOVES and not Feed.objects.filter(url=moved_to).exists():
        logger.info("feed moved feed=%s from=%s to=%s", feed.pk, feed.url, moved_to)
        more |= {"url": moved_to, "host": host_of(moved_to)}
        moved_to, moved_count = "", 0
    if is_good:
        more["last_succeeded_at"] = now
    if stored.new_ids:
        more["last_new_at"] = now
    if update.outcome != "gone":
        more["gone_at"] = None
    else:
        Feed.objects.filter(pk=feed.pk, gone_at=None).update(gone_at=now)
    if update.entry_count:
        # What the publisher asks for stands in the document: an answer without one changes nothing about it.
        more |= {"refusal": update.refusal[:300], "ttl_minutes": update.ttl_minutes}
    update_row(
        Feed,
        feed.pk,
        {
            **more,
            "moved_to": moved_to,
            "moved_count": min(moved_count, schedule.MOVES),
            "lease": "",
            "lost_count": 0,
            "next_fetch_at": update.next_fetch_at,
            "failure_count": update.failure_count,
            "last_outcome": update.outcome,
            "last_status": update.status,
            "last_reason": update.reason,
            "etag": update.etag,
            "last_modified": update.last_modified,
            "body_hash": update.body_hash,
            "last_fetched_at": now,
        },
        {
            "fetch_count": 1,
            "failed_fetch_count": int(not is_good),
            "not_modified_count": int(update.outcome == "not_modified"),
            "wire_byte_count": update.wire_bytes,
            "new_article_count": len(stored.new_ids),
        },
    )


def _store_drafts(feed: _Held, drafts: Sequence[ArticleDraft], now: datetime) -> Stored:
    desk = _Desk(feed, now)
    desk.load(drafts)
    for draft in drafts:
        desk.place(draft)
    desk.save()
    return Stored(tuple(article.pk for article in desk.new if article.pk), tuple(desk.changed))


@dataclass(slots=True)
class _New:
    """An article that is about to be one: a model would cost more than storing it."""

    section: str
    headline: str = ""
    standfirst: str = ""
    opening_html: str = ""
    author: str = ""
    language: str = ""
    categories: list[str] = field(default_factory=list)
    word_count: int = 0
    has_body: bool = False
    image_url: str = ""
    image_width: int | None = None
    image_height: int | None = None
    image_alt: str = ""
    image_caption: str = ""
    thumbnail_url: str = ""
    thumbnail_width: int | None = None
    published_at: datetime | None = None
    updated_at: datetime | None = None
    canonical_url: str | None = None
    is_noindex: bool = False
    version_count: int = 0
    pk: int | None = None


NEW_FIELDS = ("source", "first_seen_at", "is_opened", "is_copy", "withdrawn_reason", "section", *TEXT_FIELDS)


NAMED = "SELECT entry_id, article_id, content_hash FROM articles_entry WHERE feed_id = %s AND entry_id IN (...)"
SAME_LINK = "SELECT id FROM articles_article WHERE source_id = %s AND canonical_url IN (...)"


@dataclass(slots=True)
class _Desk:
    """The drafts of one fetch beside what is stored already: decided one by one, written together."""

    feed: _Held
    now: datetime
    by_entry: dict[str, Article] = field(default_factory=dict)
    by_url: dict[str, Article | _New] = field(default_factory=dict)
    ours: set[int] = field(default_factory=set)  # articles that this feed has named before
    refetched: set[int] = field(default_factory=set)  # of those, the ones that we have asked for again ourselves
    from_page: set[int] = field(default_factory=set)  # whose text is that of the publisher's own page
    category_rules: Mapping[str, str] | None = None
    new: list[_New] = field(default_factory=list)
    changed: dict[int, Article] = field(default_factory=dict)
    moved: list[Article] = field(default_factory=list)  # to another section
    earlier: list[ArticleVersion] = field(default_factory=list)  # of what was changed
    bodies: list[tuple[Article | _New, str]] = field(default_factory=list)
    entries: list[tuple[ArticleDraft, Article | _New]] = field(default_factory=list)

    def load(self, drafts: Sequence[ArticleDraft]) -> None:
        """What is there of them: for most feeds, at most times, nothing, which two queries tell."""
        ids = [draft.entry_id for draft in drafts]
        links = [draft.canonical_url for draft in drafts if draft.canonical_url]
        urls = [*links, *map(_twin, links)]
        entries = select(NAMED, self.feed.pk, among=ids)
        same_link = select(SAME_LINK, self.feed.source_id, among=urls) if urls else []
        wanted = {article_id for _, article_id, _ in entries} | {article_id for (article_id,) in same_link}
        if not wanted:
            return
        articles = Article.objects.in_bulk(wanted)
        self.refetched = {article_id for _, article_id, content_hash in entries if not content_hash}
        self.by_entry = {entry_id: articles[article_id] for entry_id, article_id, _ in entries}
        self.by_url = {article.canonical_url: article for article in articles.values() if article.canonical_url}
        named = Entry.objects.filter(feed=self.feed.pk, article__in=articles)
        self.ours = set(named.values_list("article_id", flat=True))
        self.from_page = has_page_text(articles) if self.feed.fetches_pages else set()

    def place(self, draft: ArticleDraft) -> None:
        url = draft.canonical_url or ""
        article = self.by_entry.get(draft.entry_id) or self.by_url.get(url) or self.by_url.get(_twin(url))
        if article is None:
            article = _New(section_of(draft.categories, self.rules(), self.feed.section))
            self.new.append(article)
            self.write(article, draft)
        elif isinstance(article, Article):
            self.meet(article, draft)
        self.entries.append((draft, article))

    def rules(self) -> Mapping[str, str]:
        """The table of categories, where it is needed: a feed of one section says itself where its articles belong."""
        if self.category_rules is None:
            is_general = self.feed.section == GENERAL
            self.category_rules = dict(CategoryRule.objects.values_list("name", "section")) if is_general else {}
        return self.category_rules

    def meet(self, article: Article, draft: ArticleDraft) -> None:
        """An article that is stored already."""
        if article.pk in self.ours:
            if article.pk not in self.changed and article.pk not in self.refetched:
                self.earlier.append(_version_of(article, self.now))
            self.changed[article.pk] = article
            self.write(article, draft)
        elif article.section == "top" != self.feed.section:
            # Another feed of the title says more exactly where it belongs; the text stays as it came first.
            article.section = self.feed.section
            self.moved.append(article)

    def write(self, article: Article | _New, draft: ArticleDraft) -> None:
        """The publisher's facts onto the article. What editors decided about it is not among them."""
        _fill(article, draft)
        if article.pk not in self.from_page:
            _fill_text(article, draft)
            self.bodies.append((article, draft.body_html))
        if draft.picture or article.pk not in self.from_page:
            _fill_pictures(article, draft.picture, draft.thumbnail)
        url = draft.canonical_url
        # A publisher moves to https; a feed that still says http does not lead back.
        if url and url not in self.by_url and not (url.startswith("http:") and _twin(url) in self.by_url):
            article.canonical_url = url
            self.by_url[url] = article

    def save(self) -> None:
        facts = attrgetter("section", *TEXT_FIELDS)
        ours = (self.feed.source_id, self.now, False, False, "")
        rows = ((*ours, *facts(article)) for article in self.new)
        new_ids = insert(Article, NEW_FIELDS, rows, returning=True)
        for article, pk in zip(self.new, new_ids, strict=True):
            article.pk = pk
        if self.changed or self.moved:
            self.keep_earlier()
            Article.objects.bulk_update(self.changed.values(), TEXT_FIELDS, batch_size=BATCH)
            Article.objects.bulk_update(self.moved, ["section"], batch_size=BATCH)
        self.save_bodies()
        insert(
            Entry,
            ("feed", "entry_id", "content_hash", "article", "seen_at"),
            (
                (self.feed.pk, draft.entry_id, draft.content_hash, article.pk, self.now)
                for draft, article in self.entries
            ),
            key=("feed", "entry_id"),
            changes=("content_hash", "article", "seen_at"),
        )
        self.forget_old_entries()

    def keep_earlier(self) -> None:
        """What stood there before, where it reads differently now."""
        if not self.earlier:
            return
        old_bodies = dict(ArticleBody.objects.filter(article__in=self.changed).values_list("article_id", "html"))
        new_bodies = old_bodies | {article.pk: html for article, html in self.bodies}
        kept = [
            version
            for version in self.earlier
            if _reads_differently(version, self.changed[version.article_id])
            or old_bodies.get(version.article_id, "") != new_bodies.get(version.article_id, "")
        ]
        for version in kept:
            self.changed[version.article_id].version_count += 1
        ArticleVersion.objects.bulk_create(kept, batch_size=BATCH)
        ArticleVersionBody.objects.bulk_create(
            [
                ArticleVersionBody(version=version, html=old_bodies[version.article_id])
                for version in kept
                if version.article_id in old_bodies
            ],
            batch_size=BATCH,
        )
        for version in kept:
            if self.changed[version.article_id].version_count > KEPT_VERSIONS:
                _forget_versions(version.article_id)

    def save_bodies(self) -> None:
        htmls = {article.pk: html for article, html in self.bodies}
        rows = ((pk, html) for pk, html in htmls.items() if html)
        insert(ArticleBody, ("article", "html"), rows, key=("article",), changes=("html",))
        emptied = [pk for pk, html in htmls.items() if not html and pk in self.changed]
        if emptied:
            ArticleBody.objects.filter(article__in=emptied).delete()

    def forget_old_entries(self) -> None:
        """Now and then: counting them costs as much as storing some."""
        if (self.feed.fetch_count + 1) % FETCHES_BETWEEN_TIDYING:  # never at the first: there is nothing yet
            return
        mine = Entry.objects.filter(feed=self.feed.pk).order_by("-seen_at", "-pk")
        oldest = mine.values_list("seen_at", flat=True)[KEPT_ENTRIES : KEPT_ENTRIES + 1]
        for seen_at in list(oldest):
            Entry.objects.filter(feed=self.feed.pk, seen_at__lte=seen_at).delete()


def _twin(url: str) -> str:
    """The address that leads to the same page over https, or over http."""
    return f"http:{url[6:]}" if url.startswith("https:") else f"https:{url[5:]}"


def _version_of(article: Article, now: datetime) -> ArticleVersion:
    return ArticleVersion(
        article_id=article.pk,
        replaced_at=now,
        headline=article.headline,
        standfirst=article.standfirst,
        opening_html=article.opening_html,
    )


def _reads_differently(version: ArticleVersion, article: Article) -> bool:
    return (version.headline, version.standfirst, version.opening_html) != (
        article.headline,
        article.standfirst,
        article.opening_html,
    )


def _forget_versions(article_id: int) -> None:
    """All but the first, which is what was published, and the latest."""
    versions = ArticleVersion.objects.filter(article=article_id).order_by("-replaced_at", "-pk")
    surplus = list(versions.values_list("pk", flat=True)[KEPT_VERSIONS - 1 :])[:-1]
    ArticleVersion.objects.filter(pk__in=surplus).delete()


def _fill(article: Article | _New, draft: ArticleDraft) -> None:
    article.headline = draft.headline
    article.author = draft.author
    article.language = draft.language
    article.categories = list(draft.categories)
    article.updated_at = draft.updated_at
    # A date that moves forward is a publisher's wish to be on top again.
    article.published_at = min(draft.published_at, article.published_at or draft.published_at)


def _fill_text(article: Article | _New, draft: ArticleDraft) -> None:
    article.standfirst = draft.standfirst
    article.opening_html = draft.opening_html
    article.is_noindex = draft.is_noindex
    article.word_count = draft.word_count
    article.has_body = bool(draft.body_html)


def _fill_pictures(article: Article | _New, picture: Picture | None, thumbnail: Picture | None) -> None:
    article.image_url = picture.url if picture else ""
    article.image_width = picture.width if picture else None
    article.image_height = picture.height if picture else None
    article.image_alt = picture.alt[:300] if picture else ""
    article.image_caption = picture.caption[:400] if picture else ""
    article.thumbnail_url = thumbnail.url if thumbnail else ""
    article.thumbnail_width = thumbnail.width if thumbnail else None


# Permission --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PermissionEffect:
    """How many articles lost what when a permission was changed."""

    bodies: int = 0
    openings: int = 0
    pictures: int = 0


@transaction.atomic
def drop_beyond_permission(source: Source, permission: str) -> PermissionEffect:
    """Make `permission` the source's, and keep nothing that it does not allow.

    Every feed of the source is fetched anew: what a wider permission allows is stored then.
    """
    Source.objects.select_for_update().get(pk=source.pk)
    Source.objects.filter(pk=source.pk).update(permission=permission)
    source.permission = permission
    effect = PermissionEffect()
    if permission not in {Permission.OPEN, Permission.FULL}:
        effect = replace(effect, bodies=_drop_bodies(source))
        _drop_versions(source)
    if permission == Permission.TEASER:
        effect = replace(effect, openings=_cut_openings(source))
    if permission == Permission.HEADLINE:
        effect = replace(effect, **_drop_texts(source))
    refetch_all(source)
    return effect


@transaction.atomic
def refetch_all(source: Source) -> None:
    """Forget what the source's feeds said last, so that the next fetch stores every entry again."""
    Feed.objects.filter(source=source).update(etag="", last_modified="", body_hash="", next_fetch_at=None, lease="")
    Entry.objects.filter(feed__source=source).update(content_hash="")


def _drop_bodies(source: Source) -> int:
    dropped, _ = ArticleBody.objects.filter(article__source=source).delete()
    Article.objects.filter(source=source).update(has_body=False, word_count=0)
    return dropped


def _drop_versions(source: Source) -> None:
    """What articles said before was kept under the wider permission."""
    ArticleVersion.objects.filter(article__source=source).delete()
    Article.objects.filter(source=source).exclude(version_count=0).update(version_count=0)


def _cut_openings(source: Source) -> int:
    """The opening becomes a teaser of the standfirst, or of itself; how many became shorter."""
    articles = Article.objects.filter(source=source).only("standfirst", "opening_html")
    cut, shorter = [], 0
    for article in articles.iterator(chunk_size=500):
        before = article.opening_html
        article.standfirst = teaser(article.standfirst or text_of_clean(before), TEASER_WORDS)
        article.opening_html = paragraph(article.standfirst)
        shorter += len(article.opening_html) < len(before)
        cut.append(article)
    Article.objects.bulk_update(cut, ["standfirst", "opening_html"], batch_size=500)
    return shorter


def _drop_texts(source: Source) -> dict[str, int]:
    articles = Article.objects.filter(source=source)
    counts = {
        "openings": articles.exclude(opening_html="", standfirst="").count(),
        "pictures": articles.exclude(image_url="", thumbnail_url="").count(),
    }
    articles.update(
        **dict.fromkeys(("standfirst", "opening_html", "image_url", "image_alt", "image_caption", "thumbnail_url"), ""),
        **dict.fromkeys(("image_width", "image_height", "thumbnail_width"), None),
    )
    return counts


# Full text ---------------------------------------------------------------------------------------


def replace_body(article: Article, draft: ArticleDraft) -> None:
    """The text of the article's own page in the place of the feed's; the page's picture only where there is none.

    To be called in a transaction that holds the article and its source.
    """
    names = ["standfirst", "opening_html", "word_count", "has_body"]
    article.standfirst, article.opening_html = draft.standfirst, draft.opening_html
    article.word_count, article.has_body = draft.word_count, True
    if draft.picture and not article.image_url:
        _fill_pictures(article, draft.picture, draft.thumbnail)
        names += ["image_url", "image_width", "image_height", "image_alt", "image_caption"]
        names += ["thumbnail_url", "thumbnail_width"]
    article.save(update_fields=names)
    ArticleBody.objects.update_or_create(article=article, defaults={"html": draft.body_html})
