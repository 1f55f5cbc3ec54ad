"""What ingest reads from the database and writes to it. Few queries a feed, one transaction each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from articles.ingest.clean import paragraph
from articles.ingest.digest import TEASER_WORDS
from articles.ingest.prose import teaser, text_of_clean
from articles.ingest.shapes import ArticleDraft, FeedState, FeedUpdate, Picture
from articles.models import Article, ArticleBody, Entry, Feed, Permission, Source

LEASE = timedelta(minutes=10)  # a worker that dies holds its feeds no longer
KNOWN_ENTRIES = 400  # whose hashes go along to the next fetch
KEPT_ENTRIES = 2000  # of one feed: some invent a new id for everything at every fetch
BATCH = 200

TEXT_FIELDS = (
    *("headline", "standfirst", "opening_html", "author", "language", "categories", "word_count", "has_body"),
    *("image_url", "image_width", "image_height", "image_alt", "image_caption", "thumbnail_url", "thumbnail_width"),
    *("published_at", "updated_at", "canonical_url"),
)


# Claiming ----------------------------------------------------------------------------------------


def living_feeds() -> QuerySet[Feed]:
    return Feed.objects.filter(is_active=True, source__is_active=True)


def claim_due_feeds(now: datetime, limit: int) -> list[FeedState]:
    """At most `limit` feeds that are due, now ours until their lease ends; those that wait longest first."""
    due = living_feeds().filter(Q(next_fetch_at=None) | Q(next_fetch_at__lte=now), gone_at=None)
    while feeds := list(due.select_related("source").order_by("next_fetch_at", "pk")[:limit]):
        # Where another worker has taken all of these in the meantime, there may be more behind them.
        if claimed := _claim(feeds, now):
            return claimed
    return []


def claim(urls: Iterable[str], now: datetime) -> list[FeedState]:
    """The feeds with these addresses, due or not, gone or not. Left out: switched off or unknown."""
    return _claim(living_feeds().filter(url__in=list(urls)).select_related("source").order_by("pk"), now)


@transaction.atomic
def _claim(feeds: Iterable[Feed], now: datetime) -> list[FeedState]:
    return [state_of(feed) for feed in feeds if take_lease(feed, now)]


def take_lease(feed: Feed, now: datetime) -> bool:
    """Compare and set: who finds another next_fetch_at than it has seen came second."""
    seen = Feed.objects.filter(pk=feed.pk, next_fetch_at=feed.next_fetch_at)
    return seen.update(next_fetch_at=now + LEASE) == 1


def state_of(feed: Feed) -> FeedState:
    return FeedState(
        feed_id=feed.pk,
        url=feed.url,
        source_id=feed.source_id,
        permission=feed.source.permission,
        section=feed.section,
        language=feed.source.language,
        etag=feed.etag,
        last_modified=feed.last_modified,
        body_hash=feed.body_hash,
        failure_count=feed.failure_count,
        last_new_at=feed.last_new_at,
    )


def with_known(state: FeedState) -> FeedState:
    """With the hashes of the entries seen last. Apart from claiming: most feeds answer that nothing is new."""
    recent = Entry.objects.filter(feed=state.feed_id).order_by("-seen_at")[:KNOWN_ENTRIES]
    return replace(state, known=dict(recent.values_list("entry_id", "content_hash")))


# Applying ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Stored:
    """What an update became: ids of articles that were not there before, and how many were changed."""

    new_ids: tuple[int, ...] = ()
    changed: int = 0


@transaction.atomic
def apply(update: FeedUpdate, now: datetime) -> Stored:
    """Store one update. Nothing is written for a feed or source that was switched off meanwhile.

    Where the permission was changed meanwhile the drafts are cut wrongly: they are dropped, the feed is due at once.
    """
    if update.drafts:
        # Feeds of one source name the same articles, and its permission must not move while we store.
        Source.objects.select_for_update(of=["self"]).filter(feeds=update.feed_id).first()
    feed = living_feeds().select_related("source").filter(pk=update.feed_id).first()
    if feed is None:
        return Stored()
    if update.drafts and update.permission != feed.source.permission:
        Feed.objects.filter(pk=feed.pk).update(next_fetch_at=None)
        return Stored()
    stored = _store_drafts(feed, update.drafts, now) if update.drafts else Stored()
    _write_feed(feed, update, stored, now)
    return stored


@transaction.atomic
def apply_quiet(updates: Sequence[FeedUpdate], now: datetime) -> None:
    """Answers of 304, a whole batch in two queries."""
    quiet = living_feeds().filter(pk__in=[update.feed_id for update in updates])
    quiet.update(
        failure_count=0,
        last_outcome="not_modified",
        last_status=304,
        last_reason="",
        last_fetched_at=now,
        last_succeeded_at=now,
        gone_at=None,
    )
    dates = [Feed(pk=update.feed_id, next_fetch_at=update.next_fetch_at) for update in updates]
    living_feeds().bulk_update(dates, ["next_fetch_at"], batch_size=BATCH)


def _write_feed(feed: Feed, update: FeedUpdate, stored: Stored, now: datetime) -> None:
    is_good = update.outcome not in {"failed", "gone"}
    Feed.objects.filter(pk=feed.pk).update(
        next_fetch_at=update.next_fetch_at,
        failure_count=update.failure_count,
        last_outcome=update.outcome,
        last_status=update.status,
        last_reason=update.reason,
        etag=update.etag,
        last_modified=update.last_modified,
        body_hash=update.body_hash,
        last_fetched_at=now,
        last_succeeded_at=now if is_good else feed.last_succeeded_at,
        last_new_at=now if stored.new_ids else feed.last_new_at,
        gone_at=(feed.gone_at or now) if update.outcome == "gone" else None,
    )


def _store_drafts(feed: Feed, drafts: Sequence[ArticleDraft], now: datetime) -> Stored:
    desk = _Desk(feed, now)
    desk.load(drafts)
    for draft in drafts:
        desk.place(draft)
    desk.save()
    return Stored(tuple(article.pk for article in desk.new), len(desk.changed))


@dataclass(slots=True)
class _Desk:
    """The drafts of one fetch beside what is stored already: decided one by one, written together."""

    feed: Feed
    now: datetime
    by_entry: dict[str, Article] = field(default_factory=dict)
    by_url: dict[str, Article] = field(default_factory=dict)
    ours: set[int] = field(default_factory=set)  # articles that this feed has named before
    new: list[Article] = field(default_factory=list)
    changed: dict[int, Article] = field(default_factory=dict)
    moved: list[Article] = field(default_factory=list)  # to another section
    bodies: list[tuple[Article, str]] = field(default_factory=list)
    entries: list[tuple[ArticleDraft, Article]] = field(default_factory=list)

    def load(self, drafts: Sequence[ArticleDraft]) -> None:
        ids = [draft.entry_id for draft in drafts]
        urls = [draft.canonical_url for draft in drafts if draft.canonical_url]
        known = dict(Entry.objects.filter(feed=self.feed, entry_id__in=ids).values_list("entry_id", "article_id"))
        wanted = Q(pk__in=list(known.values())) | Q(source=self.feed.source_id, canonical_url__in=urls)
        articles = {article.pk: article for article in Article.objects.filter(wanted)}
        self.by_entry = {entry_id: articles[pk] for entry_id, pk in known.items()}
        self.by_url = {article.canonical_url: article for article in articles.values() if article.canonical_url}
        named = Entry.objects.filter(feed=self.feed, article__in=articles)
        self.ours = set(named.values_list("article_id", flat=True)) if articles else set()

    def place(self, draft: ArticleDraft) -> None:
        article = self.by_entry.get(draft.entry_id) or self.by_url.get(draft.canonical_url or "")
        if article is None:
            article = Article(source_id=self.feed.source_id, section=self.feed.section, first_seen_at=self.now)
            self.new.append(article)
            self.write(article, draft)
        elif article.pk in self.ours:
            self.changed[article.pk] = article
            self.write(article, draft)
        elif article.pk and article.section == "top" != self.feed.section:
            # Another feed of the title says more exactly where it belongs; the text stays as it came first.
            article.section = self.feed.section
            self.moved.append(article)
        self.entries.append((draft, article))

    def write(self, article: Article, draft: ArticleDraft) -> None:
        """The publisher's facts onto the article. What editors decided about it is not among them."""
        _fill(article, draft)
        if draft.canonical_url and draft.canonical_url not in self.by_url:
            article.canonical_url = draft.canonical_url
            self.by_url[draft.canonical_url] = article
        self.bodies.append((article, draft.body_html))

    def save(self) -> None:
        Article.objects.bulk_create(self.new, batch_size=BATCH)
        Article.objects.bulk_update(self.changed.values(), TEXT_FIELDS, batch_size=BATCH)
        Article.objects.bulk_update(self.moved, ["section"], batch_size=BATCH)
        self.save_bodies()
        Entry.objects.bulk_create(
            [
                Entry(
                    feed=self.feed,
                    entry_id=draft.entry_id,
                    content_hash=draft.content_hash,
                    article=article,
                    seen_at=self.now,
                )
                for draft, article in self.entries
            ],
            update_conflicts=True,
            unique_fields=["feed", "entry_id"],
            update_fields=["content_hash", "article", "seen_at"],
            batch_size=BATCH,
        )
        self.forget_old_entries()

    def save_bodies(self) -> None:
        htmls = {article.pk: html for article, html in self.bodies}
        ArticleBody.objects.bulk_create(
            [ArticleBody(article_id=pk, html=html) for pk, html in htmls.items() if html],
            update_conflicts=True,
            unique_fields=["article"],
            update_fields=["html"],
            batch_size=BATCH,
        )
        emptied = [pk for pk, html in htmls.items() if not html and pk in self.changed]
        if emptied:
            ArticleBody.objects.filter(article__in=emptied).delete()

    def forget_old_entries(self) -> None:
        mine = Entry.objects.filter(feed=self.feed).order_by("-seen_at", "-pk")
        oldest = mine.values_list("seen_at", flat=True)[KEPT_ENTRIES : KEPT_ENTRIES + 1]
        for seen_at in list(oldest):
            Entry.objects.filter(feed=self.feed, seen_at__lte=seen_at).delete()


def _fill(article: Article, draft: ArticleDraft) -> None:
    article.headline = draft.headline
    article.standfirst = draft.standfirst
    article.opening_html = draft.opening_html
    article.author = draft.author
    article.language = draft.language
    article.categories = list(draft.categories)
    article.word_count = draft.word_count
    article.has_body = bool(draft.body_html)
    article.updated_at = draft.updated_at
    # A date that moves forward is a publisher's wish to be on top again.
    article.published_at = min(draft.published_at, article.published_at or draft.published_at)
    _fill_pictures(article, draft.picture, draft.thumbnail)


def _fill_pictures(article: Article, picture: Picture | None, thumbnail: Picture | None) -> None:
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
    if permission == Permission.TEASER:
        effect = replace(effect, openings=_cut_openings(source))
    if permission == Permission.HEADLINE:
        effect = replace(effect, **_drop_texts(source))
    refetch_all(source)
    return effect


@transaction.atomic
def refetch_all(source: Source) -> None:
    """Forget what the source's feeds said last, so that the next fetch stores every entry again."""
    Feed.objects.filter(source=source).update(etag="", last_modified="", body_hash="", next_fetch_at=None)
    Entry.objects.filter(feed__source=source).update(content_hash="")


def _drop_bodies(source: Source) -> int:
    dropped, _ = ArticleBody.objects.filter(article__source=source).delete()
    Article.objects.filter(source=source).update(has_body=False, word_count=0)
    return dropped


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
