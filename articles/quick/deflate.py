"""One gzip answer of pieces that were compressed apart (RFC 1951, 1952). Pure.

A shared piece ends on a whole byte and looks at nothing before it; a private one is put between them as it is, in a
stored block. So a whole page costs no compression, and what is secret shares no window with anything else: nothing can
be guessed from how long the answer is (BREACH).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable
from typing import Any

from isal import isal_zlib

HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"  # no time, no name
END = b"\x01\x00\x00\xff\xff"  # an empty last block
MOST_STORED = 0xFFFF
RAW = -15
QUICK, SMALLEST = 1, 9


def smallest(text: bytes) -> bytes:
    """For what is kept: a fifth of a second for a megabyte, once."""
    return _flushed(zlib.compressobj(SMALLEST, zlib.DEFLATED, RAW), text)


def quickest(text: bytes) -> bytes:
    """For what is sent once."""
    return _flushed(isal_zlib.compressobj(QUICK, isal_zlib.DEFLATED, RAW), text)


def _flushed(compressor: Any, text: bytes) -> bytes:
    if not text:
        return b""
    packed: bytes = compressor.compress(text) + compressor.flush(zlib.Z_FULL_FLUSH)
    return packed


def stored(text: bytes) -> bytes:
    """As it is. ValueError for more than one block holds."""
    if len(text) > MOST_STORED:
        raise ValueError(f"{len(text)} bytes are more than a stored block holds")
    return struct.pack("<BHH", 0, len(text), len(text) ^ MOST_STORED) + text if text else b""


def member(compressed: Iterable[bytes], plain: bytes) -> bytes:
    """The answer, of the compressed pieces of `plain` in their order."""
    end = struct.pack("<II", isal_zlib.crc32(plain), len(plain) & 0xFFFFFFFF)
    return b"".join((HEADER, *compressed, END, end))
