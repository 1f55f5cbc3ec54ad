"""Random and grammar-built HTML through everything that touches a publisher's markup. The same examples every time."""

from __future__ import annotations

import re
import time
from html import escape

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from articles.ingest.boilerplate import without_edges
from articles.ingest.clean import (
    ATTRIBUTES,
    MAX_LENGTH,
    PARTS,
    TAGS,
    blocks_of,
    clean_html,
    is_picture_url,
    opening,
)
from articles.ingest.prose import plain_text, teaser, text_of_clean, word_count
from tests.articles.ingest.answers import digested
from tests.publishers import item, rss

BASE = "https://paper.example/a/b"
OWN = {"rel", "loading", "referrerpolicy"}
TAG = re.compile(r"<(/?)([a-zA-Z][^\s/>]*)([^>]*)>")
UNSHOWN = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]")
ATTRIBUTE = re.compile(r'\s([^\s=>"]+)(?:="([^"]*)")?')

quick = settings(
    derandomize=True, deadline=None, database=None, max_examples=60, suppress_health_check=list(HealthCheck)
)

OTHERS = """
    div span section svg math style script noscript iframe form textarea template title select option video picture
    source details summary q del center font marquee plaintext xmp mtext mglyph foreignObject desc
"""
names = st.sampled_from(sorted(TAGS | set(OTHERS.split())))
attributes = st.sampled_from(
    [
        'href="javascript:alert(1)"',
        "href=/x",
        'href="//h.example/?a=1&b=2"',
        "src=x onerror=alert(1)",
        'src="https://i.example/a.jpg" width="640" height="480"',
        "src='data:,' srcset='a.jpg 1x, b.jpg 2x'",
        'data-src="/lazy.jpg"',
        'class="wp-caption-text"',
        'style="width:1px"',
        "hidden",
        'alt="a > b"',
        "colspan=3 rowspan='999'",
        'start="4"',
        'id="x" name=y class=z',
        'title="</p><img src=x onerror=alert(1)>"',
        "='\"",
    ]
)
texts = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        [
            "The ships came home. ",
            "&lt;b&gt;",
            "&amp;lt;",
            "&#0;",
            "&nbsp;",
            "<!--",
            "-->",
            "]]>",
            "<![CDATA[",
            "</",
            "<",
        ]
    ),
    st.sampled_from(["Continue reading", "Read more »", "<br><br>", "\n", "\u202e", "\ud800", "`", "\x00", "日本語。"]),
)


def element(children: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.builds(
        lambda name, written, inside, is_closed: (
            f"<{name} {' '.join(written)}>{''.join(inside)}{f'</{name}>' if is_closed else ''}"
        ),
        names,
        st.lists(attributes, max_size=3),
        st.lists(children, max_size=4),
        st.booleans(),
    )


grammar = st.lists(st.recursive(texts, element, max_leaves=12), max_size=6).map("".join)
noise = st.text(alphabet=st.sampled_from("<>/\"'=&;!-[] abiprsvgx\n\x00\u202e`"), max_size=200)
markup = st.one_of(grammar, noise, st.text(max_size=200))


def assert_within_policy(html: str) -> None:
    open_tags: list[str] = []
    for closing, name, written in TAG.findall(html):
        assert name in TAGS
        if closing:
            assert open_tags.pop() == name
            continue
        found = dict(ATTRIBUTE.findall(written))
        assert set(found) <= (ATTRIBUTES.get(name, set()) | OWN) - {"style", "hidden"}
        assert found.get("href", "https://").startswith(("http://", "https://"))
        assert name != "img" or is_picture_url(found["src"].replace("&amp;", "&"))
        if name not in {"br", "hr", "img"}:
            open_tags.append(name)
    assert open_tags == []
    assert re.sub(r"<[a-z/][^>]*>", "", html).count("<") == 0


@quick
@given(markup)
def test_cleaned_html_holds_nothing_but_what_the_policy_names(html):
    cleaned = clean_html(html, BASE)
    assert_within_policy(cleaned)
    assert len(cleaned) <= MAX_LENGTH
    blocks = list(blocks_of(cleaned))
    assert "".join(blocks) == cleaned
    assert all(re.match(r"<(?:p|h2|h3|blockquote|ul|ol|dl|figure|table|pre|hr)[ >]", block) for block in blocks)
    for block in blocks:
        assert block.startswith(("<ul", "<ol", "<dl", "<fig", "<tab", "<blo", "<pre")) or not PARTS & {
            name for _, name, _ in TAG.findall(block)
        }


@quick
@given(markup)
def test_cleaning_twice_changes_no_word_and_adds_no_tag(html):
    once = clean_html(html, BASE)
    twice = clean_html(once, BASE)
    assert text_of_clean(twice) == text_of_clean(once)
    assert {name for _, name, _ in TAG.findall(twice)} <= {name for _, name, _ in TAG.findall(once)} | {"p", "tbody"}
    assert_within_policy(twice)


@quick
@given(markup)
def test_plain_text_and_what_is_cut_from_it_hold_no_markup_and_no_controls(html):
    text = plain_text(html)
    assert not UNSHOWN.search(text)
    assert word_count(teaser(text, 10)) <= 10
    assert teaser(text, 10).rstrip("…").rstrip() in text


@quick
@given(markup)
def test_an_opening_and_a_text_without_its_edges_are_parts_of_the_text(html):
    cleaned = clean_html(html, BASE)
    own = without_edges(list(blocks_of(cleaned)))
    assert_within_policy("".join(own))
    assert text_of_clean("".join(own)) in text_of_clean(cleaned)
    public = opening("".join(own))
    assert_within_policy(public)
    assert word_count(text_of_clean(public)) * 4 <= max(word_count(text_of_clean("".join(own))), 0)


@settings(quick, max_examples=30)
@given(st.lists(st.tuples(markup, markup), min_size=1, max_size=4))
def test_a_feed_of_anything_is_digested(pairs):
    body = rss(*(item(number, title=escape(a), text=escape(b)) for number, (a, b) in enumerate(pairs)))
    started = time.process_time()
    update = digested(body.encode("utf-8", "replace"))
    assert time.process_time() - started < 2
    assert update.surprises == ()
    assert update.outcome == "failed" or len(update.drafts) == len(pairs)
    for draft in update.drafts:
        assert draft.headline
        assert not UNSHOWN.search(draft.headline)
        assert_within_policy(draft.body_html)
        assert_within_policy(draft.opening_html)
