"""Which pictures are wanted, whose turn it is, and which stands above which article."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from articles.models import Article, Permission, PictureState, PictureUse, StoredPicture
from articles.pictures import lead
from articles.pictures.keys import key_of
from articles.pictures.lead import FIRST_IN_TEXT, LEAD, THUMBNAIL, Candidate
from articles.pictures.markup import MOST_IN_TEXT, urls_in
from articles.pictures.shapes import Encoded, Wanted
from articles.reading import pictures_in_texts

LEASE = timedelta(minutes=5)
# After the first and the second failure; after the third a picture is refused.
RETRIES = (timedelta(minutes=5), timedelta(hours=1))
# A refused picture that is named again after this is tried again.
REFUSED_FOR = timedelta(days=1)
RECENT = timedelta(days=3)  # whose pictures are looked after although nobody asked
JUST_WANTED = timedelta(hours=1)  # what is this young may be in somebody's hands
BATCH = 200


# Wanting -----------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Names:
    """What articles name: (article id, address) -> place, the first place where there are several."""

    places: dict[tuple[int, str], int] = field(default_factory=dict)

    def add(self, article_id: int, url: str, place: int) -> None:
        if url:
            self.places.setdefault((article_id, url), place)


@transaction.atomic
def want(article_ids: Collection[int], now: datetime) -> None:
    """Pictures that these articles name become wanted, and what they named before and no longer do is let go.

    An article whose picture we have already gets it at once.
    """
    names = _named_by(article_ids)
    ids = _want_pictures({url: place == LEAD for (_, url), place in names.places.items()}, now)
    uses = {(article_id, ids[url]): place for (article_id, url), place in names.places.items()}
    known = PictureUse.objects.filter(article__in=article_ids)
    gone = [pk for pk, *use in known.values_list("pk", "article_id", "picture_id") if tuple(use) not in uses]
    PictureUse.objects.filter(pk__in=gone).delete()
    _add_uses(uses)
    settle(article_ids, now)


def _named_by(article_ids: Collection[int]) -> _Names:
    """Three queries at most. A thumbnail is not among them: ours are made of the lead picture, if that can be had."""
    names, texts = _Names(), pictures_in_texts(article_ids)
    for pk, image_url, opening in Article.objects.filter(pk__in=article_ids).values_list(
        "pk", "image_url", "opening_html"
    ):
        names.add(pk, image_url, LEAD)
        in_text = dict.fromkeys([*urls_in(opening), *texts.get(pk, [])])
        for place, url in enumerate(list(in_text)[:MOST_IN_TEXT], FIRST_IN_TEXT):
            names.add(pk, url, place)
    return names


def _want_pictures(urls: Mapping[str, bool], now: datetime) -> dict[str, int]:
    """Address -> picture id. `urls` says of each whether it leads."""
    keys = {key_of(url): url for url in urls}
    leads = [key for key, url in keys.items() if urls[url]]
    StoredPicture.objects.bulk_create(
        # In one order everywhere: two workers that want the same ones would wait for each other for ever.
        [StoredPicture(key=key, url=keys[key], due_at=now, wanted_at=now) for key in sorted(keys)],
        update_conflicts=True,
        unique_fields=["key"],
        update_fields=["wanted_at"],
        batch_size=BATCH,
    )
    known = StoredPicture.objects.filter(key__in=keys)
    known.filter(key__in=leads, is_lead=False).update(is_lead=True)
    known.filter(state=PictureState.REFUSED, due_at__lte=now).update(
        state=PictureState.WANTED, attempt_count=0, reason=""
    )
    return {keys[key]: pk for key, pk in known.values_list("key", "pk")}


def _add_uses(uses: Mapping[tuple[int, int], int]) -> None:
    PictureUse.objects.bulk_create(
        [PictureUse(article_id=article, picture_id=picture, place=place) for (article, picture), place in uses.items()],
        update_conflicts=True,
        unique_fields=["article", "picture"],
        update_fields=["place"],
        batch_size=BATCH,
    )


def left_behind(now: datetime) -> list[int]:
    """Recent articles whose lead picture nobody has asked for: corrected ones, and what a worker has lost."""
    mine = PictureUse.objects.filter(article=OuterRef("pk"), place=LEAD, picture__url=OuterRef("image_url"))
    articles = Article.objects.visible().filter(~Exists(mine), published_at__gte=now - RECENT)
    return list(articles.exclude(image_url="").newest().values_list("pk", flat=True)[:BATCH])


# Claiming ----------------------------------------------------------------------------------------


def waiting() -> QuerySet[StoredPicture]:
    """Not tried yet."""
    return StoredPicture.objects.filter(state=PictureState.WANTED, attempt_count=0)


@transaction.atomic
def claim(now: datetime, limit: int) -> list[Wanted]:
    """At most `limit` pictures that are due, ours until their lease ends: those above articles first, the newest first.

    On SQLite the transaction itself is the lock.
    """
    due = StoredPicture.objects.filter(state=PictureState.WANTED, due_at__lte=now)
    if connection.features.has_select_for_update_skip_locked:
        due = due.select_for_update(skip_locked=True)
    rows = due.order_by("-is_lead", "-wanted_at", "pk").values_list("pk", "key", "url", "attempt_count")[:limit]
    claimed = [Wanted(*row) for row in rows]
    StoredPicture.objects.filter(pk__in=[one.picture_id for one in claimed]).update(due_at=lease_end(now))
    return claimed


def lease_end(now: datetime) -> datetime:
    return now + LEASE


def _mine(one: Wanted, lease: datetime) -> QuerySet[StoredPicture]:
    """The row, unless another worker has it since."""
    return StoredPicture.objects.filter(pk=one.picture_id, state=PictureState.WANTED, due_at=lease)


@transaction.atomic
def mark_ready(one: Wanted, encoded: Encoded, lease: datetime, now: datetime) -> bool:
    """Its files are in the storage. False where it is no longer ours."""
    is_written = _mine(one, lease).update(
        state=PictureState.READY,
        width=encoded.width,
        height=encoded.height,
        widths=[width for width, _ in encoded.files],
        byte_count=sum(len(body) for _, body in encoded.files),
        attempt_count=F("attempt_count") + 1,
        due_at=None,
        reason="",
    )
    if is_written:
        settle(_articles_of(one), now)
    return bool(is_written)


@transaction.atomic
def mark_failed(
    one: Wanted, reason: str, lease: datetime, now: datetime, *, not_before: datetime, is_final: bool = False
) -> bool:
    """To be tried again, or refused after the last try and where it `is_final`; whether it was refused."""
    is_refused = is_final or one.attempt_count >= len(RETRIES)
    _mine(one, lease).update(
        state=PictureState.REFUSED if is_refused else PictureState.WANTED,
        attempt_count=F("attempt_count") + 1,
        due_at=max(not_before, now + (REFUSED_FOR if is_refused else RETRIES[one.attempt_count])),
        reason=reason[:300],
    )
    settle(_articles_of(one), now)
    return is_refused


def put_back(one: Wanted, until: datetime, lease: datetime) -> None:
    """Claimed but not asked for: none the worse."""
    _mine(one, lease).update(due_at=until)


def _articles_of(one: Wanted) -> list[int]:
    uses = PictureUse.objects.filter(picture=one.picture_id).exclude(article__image_url="")
    return list(uses.values_list("article_id", flat=True))


# Choosing ----------------------------------------------------------------------------------------


def settle(article_ids: Collection[int], now: datetime) -> None:
    """The best picture that we have above each article; where only the thumbnail could help it is wanted."""
    candidates = _candidates(article_ids)
    changed, thumbnails = [], {}
    for article in Article.objects.filter(pk__in=article_ids).only(*SETTLED, "image_url", "thumbnail_url"):
        has_thumbnail = article.thumbnail_url not in {"", article.image_url}
        choice = lead.choose(candidates[article.pk] if article.image_url else (), has_thumbnail=has_thumbnail)
        if choice.wants_thumbnail:
            thumbnails[article.pk] = article.thumbnail_url
        if article.picture_id != choice.picture_id:
            article.picture_id = choice.picture_id
            changed.append(article)
    _take_sizes(changed)
    Article.objects.bulk_update(changed, SETTLED, batch_size=BATCH)
    if thumbnails:
        ids = _want_pictures(dict.fromkeys(thumbnails.values(), True), now)
        _add_uses({(article_id, ids[url]): THUMBNAIL for article_id, url in thumbnails.items()})
        settle(thumbnails, now)


SETTLED = ("picture", "image_width", "image_height")


def _candidates(article_ids: Collection[int]) -> defaultdict[int, list[Candidate]]:
    found: defaultdict[int, list[Candidate]] = defaultdict(list)
    uses = PictureUse.objects.filter(article__in=article_ids)
    columns = ("article_id", "picture_id", "place", "picture__width", "picture__state", "picture__attempt_count")
    for article_id, picture_id, place, width, state, attempt_count in uses.values_list(*columns):
        is_pending = state == PictureState.WANTED and attempt_count == 0
        width = width if state == PictureState.READY else None
        found[article_id].append(Candidate(picture_id, place, width, is_pending))
    return found


def _take_sizes(articles: Iterable[Article]) -> None:
    """What a feed says of a picture's size is hearsay; ours is measured."""
    pictures = StoredPicture.objects.in_bulk([article.picture_id for article in articles if article.picture_id])
    for article in articles:
        picture = pictures.get(article.picture_id) if article.picture_id else None
        if picture is not None and picture.url == article.image_url:
            article.image_width, article.image_height = picture.width, picture.height


# Forgetting --------------------------------------------------------------------------------------


def let_go(now: datetime) -> None:
    """Uses that are over: the article was taken down, or its source lets us show less than before."""
    is_beyond = Q(article__source__permission=Permission.HEADLINE) | Q(
        article__source__permission=Permission.TEASER, place__gte=FIRST_IN_TEXT
    )
    PictureUse.objects.filter(Q(article__withdrawn_at__isnull=False) | is_beyond).delete()


def unused(now: datetime, kept_for: timedelta, limit: int) -> list[StoredPicture]:
    """What no article has named for so long, and what is named by none at all."""
    is_named = Exists(PictureUse.objects.filter(picture=OuterRef("pk")))
    is_old, is_orphan = Q(wanted_at__lt=now - kept_for), Q(~is_named, wanted_at__lt=now - JUST_WANTED)
    return list(StoredPicture.objects.filter(is_old | is_orphan).order_by("pk")[:limit])


@transaction.atomic
def hide(pictures: Collection[StoredPicture]) -> None:
    """No page names them from now on; the rows stay until their files are gone."""
    ids = [picture.pk for picture in pictures]
    Article.objects.filter(picture__in=ids).update(picture=None)
    StoredPicture.objects.filter(pk__in=ids).update(state=PictureState.REFUSED, reason="Nobody names it any more.")


def delete(pictures: Collection[StoredPicture]) -> None:
    StoredPicture.objects.filter(pk__in=[picture.pk for picture in pictures]).delete()
