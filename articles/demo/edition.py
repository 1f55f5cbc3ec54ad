"""The demo edition's files as plain values. Pure, apart from reading the files that come with it."""

from __future__ import annotations

import html
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
PICTURE_WIDTHS = (640, 1200)


@dataclass(frozen=True, slots=True)
class DemoTitle:
    slug: str
    name: str
    country: str
    description: str
    format: str  # rss | atom
    language: str = "en"
    weight: float = 1.0
    licence: str = ""  # an open one, under which everybody may read all of it
    licence_url: str = ""


@dataclass(frozen=True, slots=True)
class DemoArticle:
    key: str
    title: str  # slug of its title
    section: str
    hours_ago: float  # below zero: appears later, so that the edition goes on while one looks
    headline: str
    standfirst: str
    author: str
    place: str
    image: str  # name of a picture, "" for none
    caption: str
    alt: str
    categories: tuple[str, ...]
    language: str
    body_html: str
    event: str  # slug of what it reports, "" where it stands alone
    is_wire_copy: bool

    def published_at(self, base: datetime) -> datetime:
        return base - timedelta(hours=self.hours_ago)


@dataclass(frozen=True, slots=True)
class Edition:
    titles: tuple[DemoTitle, ...]
    articles: tuple[DemoArticle, ...]

    def feed(self, slug: str, section: str) -> list[DemoArticle]:
        return [article for article in self.articles if article.title == slug and article.section == section]

    def sections_of(self, slug: str) -> list[str]:
        return sorted({article.section for article in self.articles if article.title == slug})


@cache
def load_edition() -> Edition:
    titles = tuple(DemoTitle(**row) for row in _rows(FOLDER / "titles.toml", "title"))
    rows = [row for path in sorted((FOLDER / "edition").glob("*.toml")) for row in _rows(path, "article")]
    languages = {title.slug: title.language for title in titles}
    return Edition(titles, tuple(_articles(rows, languages)))


def _rows(path: Path, name: str) -> list[dict[str, Any]]:
    with path.open("rb") as file:
        rows: list[dict[str, Any]] = tomllib.load(file)[name]
    return rows


def _articles(rows: list[dict[str, Any]], languages: Mapping[str, str]) -> Iterable[DemoArticle]:
    bodies = {row["key"]: row.get("body", "") for row in rows}
    for row in rows:
        wire = row.get("wire", "")
        yield DemoArticle(
            key=row["key"],
            title=row["title"],
            section=row["section"],
            hours_ago=float(row["hours_ago"]),
            headline=row["headline"],
            standfirst=row.get("standfirst", ""),
            author=row.get("author", ""),
            place=row.get("place", ""),
            image=row.get("image", ""),
            caption=row.get("caption", ""),
            alt=row.get("alt", ""),
            categories=tuple(row.get("categories", ())),
            language=row.get("language", languages[row["title"]]),
            body_html=body_html(bodies[wire] if wire else row["body"], row.get("place", "")),
            event=row.get("event", ""),
            is_wire_copy=bool(wire),
        )


def body_html(text: str, place: str) -> str:
    """Paragraphs divided by empty lines, "## " headings, "> " quotations and "- " lists as HTML."""
    blocks = [block.strip() for block in re.split(r"\n\s*\n", text.strip())]
    parts = [_block(block) for block in blocks if block]
    if place and parts and parts[0].startswith("<p>"):
        parts[0] = f"<p><strong>{html.escape(place, quote=False)}.</strong> {parts[0][3:]}"
    return "\n".join(parts)


def _block(block: str) -> str:
    if block.startswith("## "):
        return f"<h2>{html.escape(block[3:], quote=False)}</h2>"
    if block.startswith("> "):
        quotation = " ".join(line.removeprefix(">").strip() for line in block.splitlines())
        return f"<blockquote><p>{html.escape(quotation, quote=False)}</p></blockquote>"
    if block.startswith("- "):
        items = "".join(f"<li>{html.escape(line[2:], quote=False)}</li>" for line in block.splitlines())
        return f"<ul>{items}</ul>"
    return f"<p>{html.escape(' '.join(block.split()), quote=False)}</p>"
