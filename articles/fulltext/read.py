"""What the child does: a page's bytes to an article's text, cleaned and cut exactly as a feed's is. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from articles.fulltext.extract import ExtractedPage, extract
from articles.fulltext.shapes import PageAnswer, PageQuestion
from articles.ingest import pictures
from articles.ingest.boilerplate import without_lines
from articles.ingest.clean import clean_blocks
from articles.ingest.digest import with_text
from articles.ingest.document import decode, with_allowed_signs
from articles.ingest.prose import one_line, plain_text, text_of_clean
from articles.ingest.robots import page_refusal
from articles.ingest.shapes import ArticleDraft, Picture

LEAST_WORDS = 60  # of a text that is an article and not a notice
NO_ARTICLE = "No article could be made out on the page."
NAMES_LICENCE = "The page names licence terms for machines (RSL): the agreement must cover them."
DECLARED_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s{0,9}=\s{0,9}["']?([\w.:-]{1,40})""", re.I)

BLANK = ArticleDraft(
    entry_id="",
    content_hash="",
    canonical_url=None,
    headline="",
    standfirst="",
    opening_html="",
    body_html="",
    author="",
    language="",
    categories=(),
    word_count=0,
    picture=None,
    thumbnail=None,
    published_at=datetime(1970, 1, 1, tzinfo=UTC),
    updated_at=None,
)


def read(question: PageQuestion) -> PageAnswer:
    markup = with_allowed_signs(decode(question.body, {"content-type": _content_type(question)}))
    asked = page_refusal(markup, question.headers, question.user_agent)
    if asked.reason:
        return PageAnswer(None, asked.reason, asked.is_noindex)
    page = extract(markup, question.url)
    draft = _draft(page, question) if page else BLANK
    if draft.word_count < LEAST_WORDS:
        return PageAnswer(None, NO_ARTICLE, asked.is_noindex)
    return PageAnswer(draft, NAMES_LICENCE if asked.names_licence else "", asked.is_noindex)


def _content_type(question: PageQuestion) -> str:
    """With the character set that the page declares, where its header names none."""
    said = question.headers.get("content-type", "")
    declared = DECLARED_CHARSET.search(question.body[:4096])
    if "charset" in said.lower() or declared is None:
        return said
    return f"text/html; charset={declared[1].decode('ascii', 'replace')}"


def _draft(page: ExtractedPage, question: PageQuestion) -> ArticleDraft:
    blocks = clean_blocks(page.body_html, question.url, question.allowed)
    blocks = _without_headline(blocks, {question.headline, one_line(page.title)})
    blocks = without_lines(blocks, question.boilerplate)
    lead = _lead(page, blocks, question)
    draft = replace(BLANK, standfirst=question.standfirst, picture=lead, thumbnail=lead)
    return with_text(draft, pictures.without_leading(blocks, lead))


def _lead(page: ExtractedPage, blocks: Sequence[str], question: PageQuestion) -> Picture | None:
    """The one that the feed named, else the page's."""
    if question.image_url:
        return Picture(question.image_url)
    shared = [Picture(page.image_url)] if page.image_url else []
    return pictures.lead_of(pictures.usable(shared, question.url, question.allowed), blocks)


def _without_headline(blocks: list[str], headlines: set[str]) -> list[str]:
    """Without a first heading that says what stands above the text already."""
    first = blocks[0] if blocks else ""
    names = {plain_text(headline).casefold() for headline in headlines}
    if first.startswith(("<h2>", "<h3>")) and text_of_clean(first).casefold() in names:
        return blocks[1:]
    return blocks
