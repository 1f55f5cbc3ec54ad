"""The four laws, as far as imports and names can show them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MAY_IMPORT = {
    "newssite": {"newssite", "articles", "accounts", "billing"},
    "articles": {"articles", "accounts", "billing"},
    "accounts": {"accounts", "billing"},
    "billing": {"billing"},
}
PURE = [
    "accounts/addresses.py",
    "accounts/browsers.py",
    "accounts/letters.py",
    "articles/countries.py",
    "articles/sections.py",
    "articles/catalogue/opml.py",
    "articles/demo/edition.py",
    "articles/demo/feeds.py",
    "articles/ingest/apart.py",
    "articles/pages/encoded.py",
    "articles/quick/deflate.py",
    "articles/fulltext/extract.py",
    "articles/fulltext/hosts.py",
    "articles/fulltext/read.py",
    "articles/fulltext/shapes.py",
    "articles/ingest/boilerplate.py",
    "articles/ingest/shapes.py",
    "articles/ingest/canonical.py",
    "articles/ingest/clean.py",
    "articles/ingest/dates.py",
    "articles/ingest/digest.py",
    "articles/ingest/discovery.py",
    "articles/ingest/language.py",
    "articles/ingest/lazy_images.py",
    "articles/ingest/sections.py",
    "articles/ingest/health.py",
    "articles/ingest/history.py",
    "articles/ingest/parse.py",
    "articles/ingest/restrictions.py",
    "articles/ingest/robots.py",
    "articles/ingest/place.py",
    "articles/ingest/quick_xml.py",
    "articles/ingest/schedule.py",
    "articles/newsletter/choose.py",
    "articles/newsletter/letter.py",
    "articles/newsletter/report.py",
    "articles/newsletter/when.py",
    "articles/newsletter/words.py",
    "articles/interests/learn.py",
    "articles/pages/changes.py",
    "articles/pages/chosen.py",
    "articles/pages/coverage.py",
    "articles/pages/directory.py",
    "articles/pages/inputs.py",
    "articles/pages/keyset.py",
    "articles/pages/plan.py",
    "articles/pages/reasons.py",
    "articles/pages/timeline.py",
    "articles/pages/words.py",
    "articles/pictures/encode.py",
    "articles/pictures/keys.py",
    "articles/pictures/lead.py",
    "articles/pictures/markup.py",
    "articles/pictures/shapes.py",
    "articles/search/hits.py",
    "articles/search/query.py",
    "articles/search/spelling.py",
    "articles/search/terms.py",
    "articles/stories/cluster.py",
    "articles/stories/copies.py",
    "articles/stories/fingerprint.py",
    "articles/stories/rank.py",
    "articles/stories/related.py",
    "articles/stories/vectors.py",
    "articles/stories/voices.py",
    "articles/topics/keys.py",
    "articles/websub/protocol.py",
    "billing/banner.py",
    "billing/entitlement.py",
    "billing/facts.py",
    "billing/gateway/errors.py",
    "billing/gateway/snapshot.py",
    "billing/history.py",
    "billing/letters.py",
    "billing/membership_page.py",
    "billing/overview.py",
    "billing/phrases.py",
    "billing/trial_line.py",
    "billing/words.py",
]
IMPURE = {"django", "aiohttp", "socket", "requests", "urllib.request", "http.client", "celery", "redis", "stripe"}
CLOCKS = {"now", "utcnow", "today", "time", "monotonic"}
VAGUE_NAMES = {"utils", "helpers", "services", "signals", "misc", "common"}
BODY_READERS = {
    "articles/reading.py",
    "articles/ingest/store.py",
    "articles/models/__init__.py",
    "articles/models/article.py",
}


def modules(app: str) -> Iterator[Path]:
    return (path for path in sorted((ROOT / app).rglob("*.py")) if "migrations" not in path.parts)


def imports(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


@pytest.mark.parametrize("app", MAY_IMPORT)
def test_arrows_between_the_apps_point_one_way(app):
    forbidden = set(MAY_IMPORT) - MAY_IMPORT[app]
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules(app)
        for name in imports(path)
        if name.split(".")[0] in forbidden
    ]
    assert wrong == []


@pytest.mark.parametrize("name", PURE)
def test_pure_modules_touch_no_framework_network_or_clock(name):
    path = ROOT / name
    wrong = {found for found in imports(path) if any(found == bad or found.startswith(f"{bad}.") for bad in IMPURE)}
    assert wrong == set()
    clocks = [
        ast.unparse(node.func)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CLOCKS
    ]
    assert clocks == []


def test_only_reading_and_ingest_know_the_table_of_bodies():
    readers = {
        str(path.relative_to(ROOT)) for app in MAY_IMPORT for path in modules(app) if "ArticleBody" in path.read_text()
    }
    assert readers == BODY_READERS


def test_ingest_and_pages_do_not_know_each_other():
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for folder, bad in (
            ("articles/ingest", "articles.pages"),
            ("articles/pages", "articles.ingest"),
            ("articles/ingest", "articles.stories"),
        )
        for path in modules(folder)
        for name in imports(path)
        if name.startswith(bad)
    ]
    assert wrong == []


def test_no_module_has_a_name_that_says_nothing():
    vague = [str(path.relative_to(ROOT)) for app in MAY_IMPORT for path in modules(app) if path.stem in VAGUE_NAMES]
    assert vague == []


def test_stripe_is_imported_by_the_gateway_only():
    wrong = [
        str(path.relative_to(ROOT))
        for app in MAY_IMPORT
        for path in modules(app)
        if any(name.split(".")[0] == "stripe" for name in imports(path)) and "gateway" not in path.parts
    ]
    assert wrong == []
