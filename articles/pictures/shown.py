"""What pages show of pictures, by settings.IMAGES: our own copies, links to publishers, or none."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.db.models import BooleanField, ExpressionWrapper, Q, Value
from django.db.models.expressions import Combinable

from articles.models import Article, PictureState, StoredPicture
from articles.pictures.keys import key_of
from articles.pictures.markup import urls_in, with_own_pictures, without_first, without_pictures
from articles.pictures.shapes import Kept

LARGE_PICTURE = 640  # pixels; narrower ones would be blown up where a picture stands large
UNKNOWN_SIZE = (1200, 800)  # pixels; a place is held in any case, so that a page never jumps


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture above an article or on its card, ready for articles/pages/drawing.picture()."""

    src: str
    small_src: str  # where it stands small
    srcset: str  # "" where there is no choice
    width: int
    height: int
    known_width: int | None  # pixels; None where nobody has said
    is_own: bool


def picture_of(article: Article) -> Shown | None:
    """Costs no query where the article came with its picture."""
    if settings.IMAGES == "off" or not article.image_url:
        return None
    if settings.IMAGES == "link":
        return _linked(article)
    return _own(kept(article.picture)) if article.picture_id and article.picture else None


def has_picture() -> Combinable:
    """Annotation of articles: whether picture_of would give one."""
    if settings.IMAGES == "off":
        return Value(False)
    condition = ~Q(image_url="")
    if settings.IMAGES == "proxy":
        condition &= Q(picture__isnull=False)
    return ExpressionWrapper(condition, output_field=BooleanField())


def preview_url(article: Article) -> str:
    """The absolute address of the largest, for those who link to us; "" for none."""
    shown = picture_of(article)
    if shown is None:
        return ""
    return settings.SITE_URL + kept(article.picture).path if shown.is_own and article.picture else article.image_url


def with_pictures(html: str, article: Article) -> str:
    """Clean HTML with its pictures as they may be shown. One query, only where it names any.

    The one that stands large above the article is not shown again where its text begins.
    """
    if "<img " not in html:
        return html
    if settings.IMAGES == "off":
        return without_pictures(html)
    above = picture_of(article)
    if above is not None and (above.known_width is None or above.known_width >= LARGE_PICTURE):
        html = without_first(html, article.image_url)
    if settings.IMAGES == "link":
        return html
    ready = ready_pictures(urls_in(html))
    if article.picture_id and article.picture and article.picture.url != article.image_url:
        # It was taken out of the text to stand above it.
        ready.pop(article.picture.url, None)
    return with_own_pictures(html, ready)


def ready_pictures(urls: Iterable[str]) -> dict[str, Kept]:
    """Address -> what we keep of it."""
    keys = [key_of(url) for url in urls]
    rows = StoredPicture.objects.filter(key__in=keys, state=PictureState.READY)
    return {picture.url: kept(picture) for picture in rows}


def kept(picture: StoredPicture) -> Kept:
    return Kept(picture.key, picture.width or 0, picture.height or 0, tuple(picture.widths))


def _own(own: Kept) -> Shown:
    return Shown(own.src, own.src, own.srcset, own.width, own.height, own.width, is_own=True)


def _linked(article: Article) -> Shown:
    small, widths = article.thumbnail_url, (article.thumbnail_width, article.image_width)
    srcset = f"{small} {widths[0]}w, {article.image_url} {widths[1]}w" if small and all(widths) else ""
    width, height = article.image_width or UNKNOWN_SIZE[0], article.image_height or UNKNOWN_SIZE[1]
    return Shown(
        article.image_url, small or article.image_url, srcset, width, height, article.image_width, is_own=False
    )
