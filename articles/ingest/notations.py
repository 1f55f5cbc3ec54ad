"""Formulas, and readings above signs, as plain text: their elements are not let through, but what they say is. Pure.

Nothing here is trusted: what comes out goes through clean.py like everything else.
"""

from __future__ import annotations

import html
import re

from articles.ingest.prose import TAG

MATH = re.compile(r"<math\b([^<>]*+)>((?:[^<]++|<(?!/?math\b))*+)</math\s*>", re.I)
ALTTEXT = re.compile(r"""\balttext\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.I)
TEX = re.compile(r"<annotation\b(?=[^<>]*application/x-tex\b)[^<>]*+>([^<]*)</annotation", re.I)
ANNOTATION = re.compile(r"<(annotation(?:-xml)?)\b[^<>]*+>(?:[^<]++|<(?!/?\1\b))*+</\1\s*>", re.I)
SHOWN = ("katex-html", "mwe-math-fallback")  # classes of what shows the same formula without such elements
RUBY = re.compile(r"<ruby\b[^<>]*+>(?:[^<]++|<(?!/?ruby\b))*+</ruby\s*>", re.I)
READING = re.compile(r"<rt\b[^<>]*+>([^<]*)(?:</rt\s*>)?", re.I)


def with_plain_notations(markup: str) -> str:
    """The same HTML with a formula's source or signs in its place, and readings in brackets behind what they are of."""
    if "<math" in markup and not any(name in markup for name in SHOWN):
        markup = MATH.sub(_formula, markup)
    if "<ruby" in markup:
        markup = RUBY.sub(_with_readings, markup)
    return markup


def _formula(match: re.Match[str]) -> str:
    """Its source or its description where one stands with it, else its signs in a row."""
    source, description = TEX.search(match[2]), ALTTEXT.search(match[1])
    text = source[1] if source else ""
    if not text and description:
        text = description[1] or description[2] or ""
    text = text or " ".join(TAG.sub("", ANNOTATION.sub("", match[2])).split())
    return html.escape(html.unescape(text).strip(), quote=False)


def _with_readings(match: re.Match[str]) -> str:
    """Where brackets stand already, for whoever shows no readings, they serve."""
    return match[0] if "<rp" in match[0] else READING.sub(r"(\1)", match[0])
