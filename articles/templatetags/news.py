"""What every template may use; a builtin, so no template loads it."""

from datetime import datetime

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from articles.pages import words

register = template.Library()


@register.simple_tag
def icon(name: str, css: str = "i") -> SafeString:
    return format_html('<svg class="{}" viewBox="0 0 20 20" aria-hidden="true"><use href="#i-{}"/></svg>', css, name)


@register.filter
def age(then: datetime) -> str:
    return words.age(then, timezone.now(), timezone.get_current_timezone())


@register.filter
def ticks_width(count: int) -> int:
    return words.ticks_width(count)


@register.filter
def day(then: datetime) -> str:
    """A date in words in the reader's zone: "Saturday 22 November", with the year where it is another one."""
    return words.day(then, timezone.now(), timezone.get_current_timezone())
