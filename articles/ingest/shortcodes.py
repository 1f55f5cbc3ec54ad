"""Shortcodes: what an author asked of the publishing system, and what nobody carried out for the feed. Pure.

`[gallery ids="1,2"]`, `[time-video id=”3”]`, `[embed]https://…[/embed]` are no words of the article. The words and the
picture inside `[caption …]…[/caption]` are. What a text shows as code stays: it may be about them.
"""

from __future__ import annotations

import re

KNOWN = "audio|caption|embed|gallery|playlist|video|vimeo|youtube"
QUOTE = r"(?:[\"'“”‘’″]|&(?:quot|ldquo|rdquo|Prime|#822[01]|#8243|#x201[cd]|#x2033);)"
SHORTCODE = re.compile(
    r"\[(?:embed\b[^\[\]<>]{0,300}+\][^\[\]<>]{0,500}+\[/embed"
    rf"|(?:{KNOWN})\s[^\[\]<>=]{{0,300}}+=[^\[\]<>]{{0,500}}+"
    rf"|[a-z][a-z0-9_-]{{2,30}}+\s{{1,3}}+[a-z][\w-]{{0,30}}+={QUOTE}[^\[\]<>]{{0,500}}+"
    rf"|/(?:{KNOWN}))\]"
)
CAPTIONED = re.compile(
    r"\[caption\s[^\[\]<>]{0,300}+\]\s*+((?:<a\b[^<>]*+>\s*+)?<img\b[^<>]*+>(?:\s*+</a>)?)\s*+"
    r"((?:[^<\[]++|<(?!/?(?:p|div|img)\b))*+)\[/caption\]",
    re.I,
)
CODE = re.compile(r"<(?:code|pre)\b", re.I)


def without_shortcodes(markup: str) -> str:
    if not SHORTCODE.search(markup) or CODE.search(markup):
        return markup
    return SHORTCODE.sub("", CAPTIONED.sub(_figure, markup))


def _figure(match: re.Match[str]) -> str:
    caption = match[2].strip()
    return f"<figure>{match[1]}{f'<figcaption>{caption}</figcaption>' if caption else ''}</figure>"
