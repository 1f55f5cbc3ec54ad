"""Cases of other parsers' test suites, where they are at hand: what they expect of a feed, asked of ours.

A case is asked what our shapes hold (titles, links, ids, dates, authors, texts, languages, what addresses start from);
what they do not hold, an icon or a copyright, is not asked, nor how another parser spells what its sanitiser let pass.
Where we differ, tests/data/deviations.json names the case and why; a case that differs no longer has to leave it.
"""

from __future__ import annotations

import html
import importlib.util
import json
import os
import re
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from types import ModuleType
from urllib.parse import urljoin

import pytest

from articles.ingest.canonical import absolute, canonical_url
from articles.ingest.clean import clean_html
from articles.ingest.document import decode
from articles.ingest.parse import parse_feed
from articles.ingest.prose import plain_text
from articles.ingest.shapes import Failed, Fetched, ParsedEntry, ParsedFeed
from tests.articles.ingest.answers import FEED_URL

FOLDER = Path(os.environ.get("FEED_EXPECTATIONS") or Path(__file__).parents[4] / "shared" / "feeds" / "expect")
DEVIATIONS = Path(__file__).parents[2] / "data" / "deviations.json"

pytestmark = pytest.mark.skipif(
    not (FOLDER / "cases.json").is_file(), reason="no folder of expectations: set FEED_EXPECTATIONS to one"
)

ADDRESS = re.compile(r"""(?<=\s)((?:href|src)=['"])([^'"]*)""")
RSS_WITH_DATE = (
    '<rss version="2.0"><channel><item><guid>1</guid><title>A</title><pubDate>{}</pubDate></item></channel></rss>'
)


class NotOurs(Exception):
    """The case asks for something that our shapes do not hold."""


@cache
def cases() -> list[dict]:
    if not (FOLDER / "cases.json").is_file():
        return []
    return [case for case in json.loads((FOLDER / "cases.json").read_text())["cases"] if case["relevance"] == "core"]


@cache
def reference() -> ModuleType:
    specification = importlib.util.spec_from_file_location("check_cases", FOLDER / "check_cases.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def deviations() -> dict[str, str]:
    by_reason = json.loads(DEVIATIONS.read_text())
    return {case_id: reason for reason, case_ids in by_reason.items() for case_id in case_ids}


@pytest.mark.parametrize("kind", sorted({case["kind"] for case in cases()}))
def test_a_feed_holds_what_other_parsers_find_in_it(kind):
    known = deviations()
    differing = {case["id"]: wrong for case in cases() if case["kind"] == kind and (wrong := difference(case))}
    unexplained = {case_id: wrong for case_id, wrong in differing.items() if case_id not in known}
    assert not unexplained
    mended = [case["id"] for case in cases() if case["kind"] == kind and case["id"] in set(known) - set(differing)]
    assert not mended, "these differ no longer: take them off the list"


def test_every_deviation_names_a_case():
    assert set(deviations()) <= {case["id"] for case in cases()}


def test_most_cases_are_asked():
    asked = [case for case in cases() if list(_questions(case))]
    assert len(asked) >= 800


def difference(case: dict) -> str:
    """The first question whose answer is another one with us; "" where none is."""
    return next((question for question, is_right in _questions(case) if not is_right), "")


def _questions(case: dict) -> Iterator[tuple[str, bool]]:
    """What the case asks of our shapes, and whether we hold that."""
    if "expected_url" in case:
        yield "the address", _is_expected_address(case)
    elif "string" in case:
        feed = parse_feed(_fetched(RSS_WITH_DATE.format(html.escape(case["string"])).encode(), FEED_URL, {}))
        found, must_parse = _moment(feed.entries[0].published_at), case.get("rule") == "must parse"
        yield "the date", found is not None if must_parse else found == case["expected_utc"]
    elif "html" in case:
        cleaned = clean_html(case["html"], case["base_url"] or FEED_URL)
        yield from ((forbidden, forbidden not in cleaned) for forbidden in case["must_not_contain"])
    elif case.get("file"):
        yield from _asked_of_a_file(case)


def _is_expected_address(case: dict) -> bool:
    found = case["url"] if "miniflux" in case["id"] else absolute(case["url"], case["base_url"])
    return (canonical_url(found) or "") == case["expected_url"]


def _asked_of_a_file(case: dict) -> Iterator[tuple[str, bool]]:
    body = (FOLDER / case["file"]).read_bytes()
    response = _fetched(body, case.get("fetched_from") or FEED_URL, case.get("http_headers") or {})
    feed = parse_feed(response)
    for expected in case["expects"] or []:
        path = expected.get("path") or expected.get("native") or []
        if case["kind"] == "sanitize" and path != ["bozo"]:
            continue
        try:
            yield ".".join(map(str, path)), _agrees(expected, path, feed, response)
        except NotOurs:
            continue
    if case.get("must_not_contain") and isinstance(feed, ParsedFeed):
        shown = "".join(map(_shown, feed.entries))
        yield from ((forbidden, forbidden not in shown) for forbidden in case["must_not_contain"])


def _fetched(body: bytes, url: str, headers: dict[str, str]) -> Fetched:
    return Fetched(url, 200, {"content-type": "text/xml", **headers}, body, len(body), 0.1)


def _shown(entry: ParsedEntry) -> str:
    texts = (clean_html(markup, FEED_URL) for markup in (entry.summary_html, entry.content_html))
    return "".join([html.escape(plain_text(entry.title_html)), *texts])


def _agrees(expected: dict, path: list, feed: ParsedFeed | Failed, response: Fetched) -> bool:
    if path == ["bozo"]:
        if expected["op"] != "falsy":
            raise NotOurs  # We say nothing of what is ill-formed where it can be read.
        return isinstance(feed, ParsedFeed)
    if path == ["encoding"]:
        return _is_decoded_as(response, expected["value"])
    if isinstance(feed, Failed):
        return False
    held = _held(path, feed, response.url)
    if "iso" in expected or path[-1] in {"publishedParsed", "updatedParsed"}:
        return (expected.get("iso") or expected["value"])[:19] in {value and value[:19] for value in held}
    wanted = [expected.get("value")]
    if isinstance(wanted[0], str):
        # A title is plain text with us.
        wanted = [wanted[0].strip(), *([plain_text(wanted[0])] if "title" in str(path[-2:]) else [])]
    # The evaluator that comes with the cases knows the operators.
    evaluate = reference().evaluate
    return any(
        evaluate({**expected, "path": ["it"], "value": one}, {"it": value} if value else {})
        for value in held
        for one in wanted
    )


def _is_decoded_as(response: Fetched, encoding: str) -> bool:
    try:
        right = response.body.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        raise NotOurs from None
    return decode(response.body, response.headers) == right.lstrip("\ufeff \t\r\n")


def _held(path: list, feed: ParsedFeed, url: str) -> set:
    """Our value at another parser's path, in every spelling that means the same."""
    match path:
        case ["entries"] | ["items"]:
            return {feed.entries}
        case ["feed", "title"] | ["feed", "title_detail", "value"] | ["title"]:
            return {plain_text(feed.title)}
        case ["feed", "language"] | ["language"]:
            return {feed.language}
        case ["entries" | "items", int(number), *rest]:
            if number >= len(feed.entries):
                return {None}
            return _held_by(rest, feed.entries[number], feed, url)
    raise NotOurs


def _held_by(path: list, entry: ParsedEntry, feed: ParsedFeed, url: str) -> set:
    base_url = absolute(entry.base_url, url) if entry.base_url else url
    match path:
        case ["title"] | ["title_detail", "value"]:
            return {plain_text(entry.title_html)}
        case ["summary"] | ["description"] | ["summary_detail", "value"]:
            return _spellings(entry.summary_html, base_url)
        case ["content", 0, "value"] | ["content"] | ["content", "value"]:
            return _spellings(entry.content_html, base_url)
        case ["content", 0, "base"] | ["summary_detail" | "title_detail", "base"]:
            return {base_url}
        case ["link"]:
            return {entry.link, absolute(entry.link, url)}
        case ["id"] | ["guid"] | ["guid", "value"]:
            return {entry.entry_id}
        case ["published_parsed"] | ["publishedParsed"] | ["created_parsed"]:
            return {_moment(entry.published_at)}
        case ["updated_parsed"] | ["updatedParsed"]:
            return {_moment(entry.updated_at)}
        case ["author"] | ["authors", 0, "name"]:
            return {entry.author}
        case ["tags", int(number), "term"] | ["categories", int(number)]:
            return {entry.categories[number] if number < len(entry.categories) else None}
        case ["language"] | [_, "language"]:
            return {entry.language or feed.language}
        case ["image", "url"]:
            return {picture.url for picture in entry.pictures} or {None}
    raise NotOurs


def _spellings(markup: str, base_url: str) -> set[str]:
    """The text as HTML, as plain text, and with its addresses made absolute."""
    found = {markup, html.unescape(markup)}
    return found | {ADDRESS.sub(lambda link: link[1] + urljoin(base_url, link[2].strip()), one) for one in found}


def _moment(moment: datetime | None) -> str | None:
    return moment.isoformat()[:19] + "Z" if moment else None
