from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from articles.pages.changes import Piece, compare, is_changed, words_of


def shown(pieces, without: str) -> list[str]:
    return " ".join(piece.text for piece in pieces if piece.kind != without).split()


def test_words_that_went_and_came_are_told_apart():
    assert compare("The bridge opens on Monday", "The new bridge opens on Tuesday") == (
        Piece("same", "The"),
        Piece("new", "new"),
        Piece("same", "bridge opens on"),
        Piece("gone", "Monday"),
        Piece("new", "Tuesday"),
    )


def test_what_stayed_is_no_change():
    assert not is_changed(compare("The bridge", "The bridge"))
    assert not is_changed(compare("", ""))
    assert not is_changed(compare("a  b", "a b"))
    assert is_changed(compare("The bridge", ""))


def test_blocks_stand_on_lines_of_their_own_and_words_of_two_are_never_joined():
    assert words_of("<p>One &amp; <b>two</b>.</p><p>Three<br>four</p><ul><li>x</li></ul>") == (
        "One & two.\nThree\nfour\nx"
    )


def test_a_paragraph_that_was_parted_is_a_change_of_one_line_end():
    pieces = compare("One. Two.", "One.\nTwo.")
    assert [piece.kind for piece in pieces] == ["same", "new", "same"]


@pytest.mark.parametrize("tail", ["the same end", "another end"])
def test_past_the_limit_the_rest_is_shown_as_a_whole(tail):
    old = " ".join(f"w{number}" for number in range(400)) + " the same end"
    new = " ".join(f"w{number}" for number in range(400)) + f" {tail}"
    assert is_changed(compare(old, new)) == (tail != "the same end")


@given(st.text(alphabet="ab \n<&", max_size=40), st.text(alphabet="ab \n<&", max_size=40))
def test_both_wordings_can_be_read_from_the_pieces(old, new):
    pieces = compare(old, new)
    assert shown(pieces, without="new") == old.split()
    assert shown(pieces, without="gone") == new.split()
