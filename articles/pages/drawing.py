"""A card's markup. In Python, because it is what pages have most of: sixty cards cost a template more than all else on
a front page. What stands here is text and structure; what it looks like stands in site.css under the same names.

stories()  several cards: story()
story()    a card: source_line(), headline, standfirst, coverage(), angles(), picture()
rank()     a card in a ranked list

Every word of a card is plain text, and every word and address is escaped here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, tzinfo
from html import escape
from typing import Any, NamedTuple

from django.utils import timezone
from django.utils.safestring import SafeString

from articles.pages import words
from articles.pages.cards import Angle, Card, source_url
from articles.quick.holes import Kind, written

SIZES = "(width < 40rem) 30vw, 24rem"  # of a picture on a card, for the browser's choice
SAVE_ICON = '<svg class="i" viewBox="0 0 20 20" aria-hidden="true"><use href="#i-save"/></svg>'
OURS = ' lang="en" dir="ltr"'  # our own words, on a card in another language
THEIRS = ' referrerpolicy="no-referrer"'  # a publisher's server is not told who looks
AT_ONCE, LATER = ' fetchpriority="high"', ' loading="lazy" decoding="async"'


class Clock(NamedTuple):
    """Looked at once for several cards."""

    now: datetime
    zone: tzinfo


def clock() -> Clock:
    return Clock(timezone.now(), timezone.get_current_timezone())


def story(
    card: Card,
    *,
    heading: str,  # "h1" to "h4"
    size: str = "",  # "h1" to "h3"
    variant: str = "",  # more classes
    thin: bool = False,
    can_save: bool = False,
    plain: bool = False,  # source and headline only
    in_list: bool = False,  # no standfirst, no picture
    no_dek: bool = False,
    no_picture: bool = False,
    is_large: bool = False,
    is_first: bool = False,  # its picture loads at once
    at: Clock | None = None,
) -> SafeString:
    article = card.article
    can_have_picture = card.has_picture and not (plain or in_list or no_picture)
    classes = _classes("story", "story--row" if can_have_picture and not is_large else "", variant)
    parts = [f'<article class="{classes}"{_language(article.language)}', ' dir="rtl">\n' if article.is_rtl else ">\n"]
    parts += (source_line(card, can_save=can_save, at=at), "\n")
    if article.is_opinion and article.author and not plain:
        parts.append(f'<p class="author">{escape(article.author)}</p>\n')
    shape = _classes("hed", size, "thin" if thin or card.is_thin else "", "long" if card.is_long else "")
    parts.append(f'<{heading} class="{shape}"><a href="{escape(card.url)}">{escape(card.headline)}</a></{heading}>\n')
    if not plain:
        if card.dek and not (in_list or no_dek):
            parts.append(f'<p class="dek">{escape(card.dek)}</p>\n')
        parts.append(below_headline(card))
        if can_have_picture and (card.has_large_picture or not is_large):
            parts += (picture(card, variant=card.picture_variant, is_large=is_large, is_first=is_first), "\n")
    parts.append("</article>\n")
    return SafeString("".join(parts))


def stories(cards: Iterable[Card], *, dek_or_picture: bool = False, **options: Any) -> SafeString:
    """Each as story() draws it; with `dek_or_picture` those that have a picture do without their standfirst."""
    at = clock()
    drawn = (story(card, no_dek=dek_or_picture and card.has_picture, at=at, **options) for card in cards)
    return SafeString("".join(drawn))


def below_headline(card: Card) -> SafeString:
    """The editor's note, why it stands here, who else covers it."""
    parts = []
    if card.note:
        parts.append(f'<p class="note"{OURS}>{escape(card.note)}</p>\n')
    if card.why:
        parts.append(f'<p class="why"{OURS}>{escape(card.why)}</p>\n')
    if card.also_count:
        label = "Also covered by"
        parts += (coverage(card.also_count, card.also_url, label, is_rtl=card.article.is_rtl), "\n")
    if card.angles:
        parts += (angles(card.angles), "\n")
    return SafeString("".join(parts))


def rank(card: Card) -> SafeString:
    article = card.article
    direction = ' dir="rtl"' if article.is_rtl else ""
    why = f'<p class="why"{OURS}>{escape(card.why)}</p>' if card.why else ""
    return SafeString(
        f'<li><article class="story"{_language(article.language)}{direction}>'
        f'<span class="num serif" aria-hidden="true"></span><p class="src">{_source(card)}</p>\n'
        f'<h3 class="hed"><a href="{escape(card.url)}">{escape(card.headline)}</a></h3>{why}</article></li>'
    )


def source_line(card: Card, *, can_save: bool = False, at: Clock | None = None) -> SafeString:
    """Who reported it, how long ago, save."""
    article = card.article
    ours = OURS if article.is_rtl else ""
    if card.time_note:
        time = f"<time{ours}>{escape(card.time_note)}</time>"
    else:
        then, (now, zone) = article.published_at, at or clock()
        age = words.age(then, now, zone)
        time = f'<time datetime="{then.astimezone(zone).isoformat()}"{ours}>{age}</time>'
    read = written(Kind.IS_READ, article.pk, card.is_read)
    return SafeString(f'<p class="src">{_source(card)} {time}{read}{_save_button(card) if can_save else ""}</p>')


def _source(card: Card) -> str:
    if card.kicker:
        return f'<a href="{escape(card.kicker_url)}" lang="en">{escape(card.kicker)}</a>'
    source = card.article.source
    return f'<a href="{source_url(source.slug)}">{escape(source.name)}</a>'


def _save_button(card: Card) -> str:
    pressed = written(Kind.IS_SAVED, card.article.pk, card.is_saved)
    return (
        f'<button class="save" form="save" name="id" value="{card.article.pk}" aria-pressed="{pressed}"'
        f' aria-label="Save: {escape(card.headline)}">{SAVE_ICON}</button>'
    )


def coverage(count: int, url: str, label: str, *, is_rtl: bool = False) -> SafeString:
    """How many other titles, with a tick for each; `url` of the story page."""
    width, ours = words.ticks_width(count), OURS if is_rtl else ""
    return SafeString(
        f'<p class="also"><svg class="ticks" width="{width}" height="8" aria-hidden="true"><use href="#tk"/></svg>'
        f'<a href="{escape(url)}"{ours}>{escape(label)} {count} title{"" if count == 1 else "s"}</a></p>'
    )


def angles(shown: Sequence[Angle]) -> SafeString:
    """Other titles' headlines on one event."""
    return SafeString(f'<ul class="angles">{"".join(map(_angle, shown))}</ul>')


def _angle(angle: Angle) -> str:
    direction = ' dir="rtl"' if angle.is_rtl else ""
    return (
        f'<li><a class="serif" href="{escape(angle.url)}"{_language(angle.language)}{direction}>'
        f"<b>{escape(angle.source_name)}</b> {escape(angle.headline)}</a></li>"
    )


def picture(
    card: Card,
    *,
    variant: str = "",
    is_large: bool = False,
    is_first: bool = False,  # it loads at once
    has_caption: bool = False,
    sizes: str = SIZES,
) -> SafeString:
    """Of a card that has one."""
    shown, article = card.picture, card.article
    src, choice, caption = escape(shown.src if is_large else shown.small_src), "", ""
    if shown.srcset and (is_large or shown.is_own):
        choice = f' srcset="{escape(shown.srcset)}" sizes="{sizes}"'
    if has_caption and article.image_caption:
        caption = f"<figcaption>{escape(article.image_caption)}</figcaption>"
    return SafeString(
        f'<figure class="{_classes("fig", variant)}"><img src="{src}"{choice}'
        f' width="{shown.width}" height="{shown.height}" alt="{escape(article.image_alt)}"'
        f"{'' if shown.is_own else THEIRS}{AT_ONCE if is_first else LATER}>{caption}</figure>"
    )


def _classes(*names: str) -> str:
    return " ".join(filter(None, names))


def _language(tag: str) -> str:
    return "" if tag == "en" else f' lang="{escape(tag)}"'
