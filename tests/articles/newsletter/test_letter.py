"""What a letter says of its lead."""

from articles.newsletter.letter import MOST_OPENING, lead_text


def test_an_opening_is_cut_between_words():
    text = lead_text("Dockers came back. " * 40, "")
    assert text.endswith(("back…", "came…", "Dockers…"))
    assert len(text) <= MOST_OPENING + 1


def test_an_opening_without_blanks_is_as_long_as_any():
    text = lead_text("東京 " + "港の労働者が仕事に戻り、船が動き始めた。" * 40, "")
    assert len(text) > MOST_OPENING - 10


def test_without_an_opening_the_standfirst_stands():
    assert lead_text(" ", "The dockers came back.") == "The dockers came back."
