"""One gzip answer of pieces that were compressed apart."""

from __future__ import annotations

import gzip
import shutil
import subprocess

import pytest

from articles.quick import deflate

PIECES = [b"<p>Shared and shared and shared.</p>" * 200, b"Your account, ada@mail.example", b"", b"<p>The end.</p>"]


def member_of(pieces: list[bytes]) -> bytes:
    packed = [deflate.smallest(pieces[0]), deflate.stored(pieces[1]), deflate.stored(pieces[2])]
    return deflate.member([*packed, deflate.quickest(pieces[3])], b"".join(pieces))


def test_a_stitched_answer_inflates_to_exactly_the_plain_one():
    assert gzip.decompress(member_of(PIECES)) == b"".join(PIECES)


@pytest.mark.skipif(not shutil.which("gzip"), reason="no gzip on this machine")
def test_gzip_itself_finds_nothing_wrong_with_it():
    done = subprocess.run(["gzip", "-t"], input=member_of(PIECES), capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_wrong_byte_is_found_out():
    broken = bytearray(member_of(PIECES))
    broken[-6] ^= 1
    with pytest.raises(gzip.BadGzipFile):
        gzip.decompress(bytes(broken))


def test_a_private_piece_travels_as_it_is_so_that_its_length_tells_nothing():
    """BREACH: two secrets of one length make answers of one length, whatever stands around them."""
    lengths = {
        len(member_of([PIECES[0], secret, b"", PIECES[3]])) for secret in (b"Shared and shared", b"qX9!zzKpW1_03vv@e")
    }
    assert len(lengths) == 1
    assert b"Your account, ada@mail.example" in member_of(PIECES)


def test_more_than_a_block_holds_is_refused():
    with pytest.raises(ValueError, match="more than a stored block holds"):
        deflate.stored(b"x" * 65_536)
