from __future__ import annotations

import time

import pytest

from articles.ingest.clean import clean_html
from articles.ingest.shortcodes import without_shortcodes

BASE = "https://paper.example/1"


@pytest.mark.parametrize(
    "written",
    [
        '[gallery ids="1,2"]',
        "[time-film not-tgx=”true”]",
        "[film-player id=&#8221;12&#8243; width=&#8221;600&#8243;]",
        "[video id=a1B2 autostart vertical video_text=The ferry sails again]",
        "[embed]https://films.example/1[/embed]",
        '[audio mp3="https://paper.example/a.mp3"][/audio]',
    ],
)
def test_what_the_system_was_asked_to_put_there_is_no_text(written):
    assert clean_html(f"<p>The ferry sails.</p><p>{written}</p><p>Twice.</p>") == "<p>The ferry sails.</p><p>Twice.</p>"
    assert clean_html(f"The ferry sails. {written}") == "<p>The ferry sails.</p>"


@pytest.mark.parametrize(
    "sentence",
    [
        "He said [sic] that it [the ferry] sails.",
        "[Reuters] The ferry sails.",
        "[Updated at 5 pm] The ferry sails.",
        "A line [where x=5] meets another.",
        'He wrote: <code>[gallery ids="1"]</code>.',
    ],
)
def test_what_an_author_wrote_in_brackets_stays(sentence):
    assert clean_html(f"<p>{sentence}</p>") == f"<p>{sentence}</p>"


def test_a_picture_keeps_its_caption():
    markup = '[caption id="a" width="300"]<img src="/p.jpg"> The <b>port</b>[/caption]<p>text</p>'
    found = clean_html(markup, BASE)
    assert found.startswith('<figure><img src="https://paper.example/p.jpg"')
    assert found.endswith("<figcaption>The <strong>port</strong></figcaption></figure><p>text</p>")
    assert "figcaption" not in clean_html('[caption id="a"]<img src="/p.jpg">[/caption]', BASE)


def test_hostile_brackets_cost_no_time_f44():
    started = time.process_time()
    for piece in ("[video " + "=" * 300, "[embed", '[a b="', "[caption x]<img ", "[caption x]<img>a"):
        without_shortcodes(piece * (400_000 // len(piece)))
    assert time.process_time() - started < 5
