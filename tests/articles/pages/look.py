"""What a reader sees of a page: its sections and the headlines in them."""

from __future__ import annotations

import re
from html import unescape

HEADLINE = re.compile(r'<h[1-4] class="hed[^"]*"><a href="[^"]*">([^<]*)</a>')


def part(page: str, heading_id: str) -> str:
    """The section that the heading with this id labels; empty where the page has none."""
    found = re.search(rf'<section[^>]*aria-labelledby="{heading_id}".*?</section>', page, re.S)
    return found[0] if found else ""


def headlines(html: str) -> list[str]:
    return [unescape(headline) for headline in HEADLINE.findall(html)]
