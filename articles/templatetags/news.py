"""What every template may use; a builtin, so no template loads it."""

from datetime import datetime
from functools import lru_cache

from django import template
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.context import Reader
from accounts.pieces import account_piece, banner_piece
from articles.context import Site
from articles.pages import words
from articles.pages.cards import Card
from articles.quick.holes import Kind, hole, is_leaving_holes, written

register = template.Library()


@register.simple_tag
def icon(name: str, css: str = "i") -> SafeString:
    return format_html('<svg class="{}" viewBox="0 0 20 20" aria-hidden="true"><use href="#i-{}"/></svg>', css, name)


@register.filter
def age(then: datetime) -> str:
    return words.age(then, timezone.now(), timezone.get_current_timezone())


@register.filter
def ago(then: datetime) -> str:
    """The age beside another length of time: "2 h ago"; over two days the date."""
    shown = age(then)
    return f"{shown} ago" if shown.endswith((" min", " h", " d")) else shown


@register.filter
def ticks_width(count: int) -> int:
    return words.ticks_width(count)


@register.filter
def day(then: datetime) -> str:
    """A date in words in the reader's zone: "Saturday 22 November", with the year where it is another one."""
    return words.day(then, timezone.now(), timezone.get_current_timezone())


# The same on page after page: drawn once for all that stands in it.


@register.simple_tag
def sections_nav(here: str, is_reader: object) -> SafeString:
    return _sections_nav(here, bool(is_reader))


@lru_cache(maxsize=128)
def _sections_nav(here: str, is_reader: bool) -> SafeString:
    return render_to_string("components/sections_nav.html", {"site": Site, "here": here, "is_reader": is_reader})


@register.simple_tag
def footer_links(site: Site) -> SafeString:
    return _footer_links(site.source_count)


@lru_cache(maxsize=8)
def _footer_links(source_count: int) -> SafeString:
    return render_to_string("components/footer_links.html", {"site": Site, "source_count": source_count})


# What is one reader's on a page that is else the same for many: see articles/quick/.


@register.simple_tag
def account_link(reader: Reader) -> SafeString:
    return hole(Kind.ACCOUNT) if is_leaving_holes() else account_piece(reader)


@register.simple_tag
def reader_banner(reader: Reader) -> SafeString:
    return hole(Kind.BANNER) if is_leaving_holes() else banner_piece(reader)


@register.simple_tag
def saved_state(card: Card) -> SafeString:
    """ "true" or "false"."""
    return written(Kind.IS_SAVED, card.article.pk, card.is_saved)


@register.simple_tag
def saved_word(card: Card) -> SafeString:
    return written(Kind.SAVED_WORD, card.article.pk, card.is_saved)
