from __future__ import annotations

import time

import pytest

from articles.ingest.boilerplate import MAX_LINE, is_boilerplate, repeated_endings, without_edges, without_lines
from articles.ingest.prose import text_of_clean
from tests.articles.ingest.answers import digested
from tests.publishers import item, rss

LINES = [
    "Read more at paper.example.",
    "Read more »",
    "Read more of this story at Paper.",
    "Continue reading on »",
    "Read the full story at The Paper.",
    "Learn more about our ads at https://paper.example/ads.",
    "Follow Jo Ash on Twitter: @joash.",
    "Share this article on Facebook, Twitter and by e-mail",
    "Download our app for iPhone and Android.",
    "Leave a comment below.",
    "Copyright The Paper 2025",
    "(c) 2025 The Paper",
    "[Read more...]",
    "Continue reading",
    "Continue reading The ships came home at The Paper",
    "The post The ships came home appeared first on The Paper.",
    "Sign up for our free weekly newsletter.",
    "Follow us on Mastodon and Bluesky.",
    "© 2025 The Paper. All rights reserved.",
    "Advertisement",
    "Lire la suite sur le site…",
    "L’article Les navires est apparu en premier sur Le Journal.",
    "Abonnez-vous à notre newsletter",
    "Suivez-nous sur Facebook",
    "Weiterlesen",
    "Der Beitrag Die Schiffe erschien zuerst auf Die Zeitung.",
    "Abonnieren Sie unseren Newsletter!",
    "Leer más…",
    "La entrada Los barcos se publicó primero en El Diario.",
    "Suscríbete a nuestro boletín",
    "Leia mais",
    "Siga-nos no Instagram.",
    "Leggi anche: Il porto",
    "L'articolo Le navi proviene da Il Giornale.",
    "Lees verder",
    "Volg ons op Mastodon",
    "Читать далее",
    "اقرأ المزيد",
    "続きを読む",
]
SENTENCES = [
    "Read more books, doctors advise.",
    "Keep reading and you will learn that the quartermaster did it.",
    "Follow the money, said the judge. It leads home.",
    "The post was late.",
    "The post office in Harwick was where she first appeared.",
    "He told us to continue reading. We did so.",
    "Copyright is a right that authors have.",
    "Like this, she said, and folded the sail.",
    "Ler mais é preciso, disse o autor.",
    "Leer más nos hace libres, dijo la ministra.",
    "Weiterlesen wollte sie nicht, sagte sie.",
    "Lire plusieurs livres à la fois fatigue",
    "Sign up for the navy, they said, and see the world.",
    "The ships came home.",
    "Copyright holders have known since 2019 what the court would say.",
    "(c) the council must publish its accounts by March.",
    "Like many teenagers on TikTok, she never finished the film.",
    "Find him on X and he will answer within the minute, as he has done since March.",
    "Share this story, and the others that nobody tells.",
    "Download the tax app and you are a customer, whether you like it or not.",
    "Continue reading to your children when they can read themselves, the study says.",
    "Learn more about a city from its markets than from its museums, she says.",
    "Click here for a divorce: what began as a joke is now a business.",
    "Leave a comment like that beneath an article and you hear from a lawyer.",
    "Read the full report and weep.",
    "The story of how it began first appeared in a magazine in 1974.",
    "The post office in Bath first appeared on maps in 1799.",
    "Folgen Sie uns auf den Berg, sagte der Führer.",
    "Volg ons via de dijk naar het oude dorp.",
]


@pytest.mark.parametrize("line", LINES)
def test_what_a_system_or_a_marketing_desk_wrote_is_known_in_many_languages(line):
    assert is_boilerplate(line)


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_sentence_of_an_author_is_left_alone_however_it_begins(sentence):
    assert not is_boilerplate(sentence)


@pytest.mark.parametrize("line", LINES)
def test_a_long_paragraph_is_an_author_s(line):
    assert not is_boilerplate(f"{line} " + "The ships came home to the harbour. " * 9)


def p(*texts: str) -> list[str]:
    return [f"<p>{text}</p>" for text in texts]


def test_only_the_edges_of_a_text_are_judged():
    text = p("Advertisement", "One.", "Read more »", "Two.", "Follow us on Mastodon.", "© 2025 The Paper")
    assert without_edges(text) == p("One.", "Read more »", "Two.")


def test_other_blocks_stay_at_the_edges():
    text = ["<h2>Read more</h2>", *p("One."), "<ul><li>Weiterlesen</li></ul>"]
    assert without_edges(text) == text
    picture = ['<p><img src="https://paper.example/a.jpg" alt="">Read more</p>']
    assert without_edges(picture) == picture


@pytest.mark.parametrize(
    ("paragraph", "own"),
    [
        ("The ships came. Continue reading", "The ships came."),
        ('The ships came <a href="https://x.example/">Read more</a>', "The ships came"),
        ("The ships came.<br>Read more »", "The ships came."),
        ('He left. The post <a href="https://x.example/">He left. Why?</a> appeared first on X.', "He left."),
        ("<em>The ships came. Read more</em>", "<em>The ships came. Read more</em>"),
        ("The ships came. He said: read more", "The ships came. He said: read more"),
        (
            'Who can, please <a href="https://x.example/">read more about the post</a> and write to us',
            'Who can, please <a href="https://x.example/">read more about the post</a> and write to us',
        ),
        ('<strong>Who can?</strong> <a href="https://x.example/">Read more</a> at X', "<strong>Who can?</strong>"),
    ],
)
def test_what_hangs_on_the_last_paragraph_is_cut_off(paragraph, own):
    assert without_edges(p(paragraph)) == p(own)


def test_lines_that_editors_gave_are_dropped_wherever_they_stand():
    text = p("One.", "Support the <em>Tide</em>: give now.", "Two.")
    assert without_lines(text, ("Support the Tide",)) == p("One.", "Two.")
    assert without_lines(text, ()) == text


def test_no_line_takes_long_to_judge_f44():
    hostile = ["the post " + "a first appeared " * 16, " ." * 149, "read more on " * 22, "© 20 " * 50, "follow " * 42]
    started = time.process_time()
    for line in hostile:
        for length in range(0, MAX_LINE, 10):
            is_boilerplate(line[:length])
    assert time.process_time() - started < 2


# In a feed ---------------------------------------------------------------------------------------

BEG = "The Tide lives from its readers: become one of them this spring."


def entry(number: int, *endings: str) -> str:
    paragraphs = "".join(p(f"Report number {number} begins here.", f"It ends on quay {number}.", *endings))
    return item(number, text=f"<![CDATA[{paragraphs}]]>")


def texts(update) -> str:
    return " ".join(
        text_of_clean(draft.body_html) + text_of_clean(draft.opening_html) + draft.standfirst for draft in update.drafts
    )


@pytest.mark.parametrize("permission", ["full", "open", "teaser"])
def test_body_opening_and_teaser_are_without_it(permission):
    lines = ("Sign up for our newsletter.", "The post It ends appeared first on The Tide.")
    found = texts(digested(rss(entry(1, *lines)), permission=permission))
    assert "Report number 1" in found
    assert "newsletter" not in found
    assert "appeared first" not in found


@pytest.mark.parametrize("permission", ["full", "teaser"])
def test_lines_of_the_source_are_dropped_from_body_opening_and_teaser(permission):
    found = texts(digested(rss(entry(1, BEG)), permission=permission, boilerplate=("The Tide lives",)))
    assert "It ends on quay 1." in found
    assert "readers" not in found


def test_a_last_paragraph_that_three_entries_share_is_nobody_s():
    assert BEG not in texts(digested(rss(*(entry(number, BEG) for number in range(3)))))
    assert BEG in texts(digested(rss(*(entry(number, BEG) for number in range(2)), entry(3))))


def test_several_such_paragraphs_go_together():
    found = texts(digested(rss(*(entry(number, "Listen to us on the wireless.", BEG) for number in range(3)))))
    assert BEG not in found
    assert "wireless" not in found
    assert "It ends on quay 2." in found


def test_one_new_entry_is_compared_with_those_that_are_known_already():
    old = [entry(number, BEG) for number in range(2)]
    known = {draft.entry_id: draft.content_hash for draft in digested(rss(*old)).drafts}
    update = digested(rss(entry(7, BEG), *old), known=known)
    assert [draft.entry_id for draft in update.drafts] == ["id-7"]
    assert BEG not in texts(update)


def test_a_text_of_one_paragraph_is_never_emptied_because_others_say_the_same():
    update = digested(rss(*(item(number, text="The harbour is closed today.") for number in range(5))))
    assert all(draft.body_html == "<p>The harbour is closed today.</p>" for draft in update.drafts)


def test_endings_are_counted_once_for_each_entry():
    document = "<item>a line that is long enough to be found</item>" * 2
    assert repeated_endings(["a line that is long enough to be found"], document) == frozenset()
    assert repeated_endings(["short"], "<item>short</item>" * 9) == frozenset()
    assert repeated_endings([], "") == frozenset()
