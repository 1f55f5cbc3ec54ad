from __future__ import annotations

import time

import pytest

from articles.ingest.prose import is_blank, plain_text, shortened, teaser, without_boilerplate, word_count


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>A &amp; B</p><p>C</p>", "A & B C"),
        ("5 &lt; 6", "5 < 6"),
        ("a<script>b</script>c", "ac"),
        ("  two\n lines \u2028 ", "two lines"),
        ("\u202eevil\u202c \u2066x\u2069", "evil x"),
        ("a\0b\x1fc\ud800d\ufffee", "abcde"),
        ("&#xD800;&#0;", "��"),
        ("عودة 👩‍👩‍👧 \u200fx", "عودة 👩‍👩‍👧 \u200fx"),
    ],
)
def test_plain_text_is_what_can_be_seen_f36_f37(markup, text):
    assert plain_text(markup) == text


@pytest.mark.parametrize("markup", ["<a" * 2_000_000, "<div>" * 50_000, "<![" * 1_000_000, "&" * 1_000_000])
def test_plain_text_of_hostile_markup_takes_no_time_f44(markup):
    started = time.process_time()
    plain_text(markup)
    assert time.process_time() - started < 2


@pytest.mark.parametrize("text", ["", " \n", "\u200b\u2060", "\u3164", "\u2800\ufe0f", "\u00ad\u200e"])
def test_what_cannot_be_seen_is_blank(text):
    assert is_blank(text)
    assert not is_blank(text + "x")


@pytest.mark.parametrize(
    ("text", "count"), [("two words", 2), ("日本語の文章", 3), ("ภาษาไทย", 2), ("", 0), ("a—b… c", 2)]
)
def test_words_are_counted_in_scripts_without_blanks_too(text, count):
    assert word_count(text) == count


def test_a_teaser_ends_with_a_sentence_where_one_ends_in_time():
    assert teaser("One two three. Four five six seven. Eight nine ten.", 8) == "One two three. Four five six seven."
    assert teaser("One. " + "word " * 20, 10) == "One. word word word word word word word word word…"
    assert teaser("「港が開いた。」船が帰ってきた、夜のうちに", 6) == "「港が開いた。」"
    assert teaser("short", 60) == "short"
    assert teaser("anything at all", 0) == ""


def test_a_long_line_is_cut_between_words():
    assert shortened("one two three", 10) == "one two…"
    assert len(shortened("x" * 1000, 500)) == 500


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("The ships came [...]", "The ships came…"),
        ("The ships came. The post Ships appeared first on The Paper.", "The ships came."),
        ("The ships came. Continue reading Ships at The Paper", "The ships came."),
        ("The ships came. Continue reading…", "The ships came."),
        ("Teach them. Continue reading to them, he says.", "Teach them. Continue reading to them, he says."),
        ("The post was late...", "The post was late…"),
        ("The post office first appeared on maps in 1799.", "The post office first appeared on maps in 1799."),
        ("Nothing to cut.", "Nothing to cut."),
    ],
)
def test_what_publishing_systems_append_is_taken_off(text, own):
    assert without_boilerplate(text) == own
