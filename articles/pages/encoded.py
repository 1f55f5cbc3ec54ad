"""A page's bytes as they travel: which coding a browser takes, the compressed bytes, their mark. Pure.

The mark (ETag) is strong and made of the very bytes that are sent, so each coding of a page has its own, and two
processes with other versions of a compressor never give one mark to different bytes.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import brotli
from isal import igzip

BROTLI, GZIP, IDENTITY = "br", "gzip", "identity"
# In the order in which we would rather send them.
CODINGS = (BROTLI, GZIP)
# Better than gzip's 6 at the cost of its 1: 0.7 ms for a front page. Levels from 10 on take a hundred times as long.
BROTLI_QUALITY = 5
# ISA-L's 2 is a thirteenth of the cost of zlib's 6, and a sixteenth larger.
GZIP_LEVEL = 2
# Shorter texts fit into one packet either way.
LEAST_BYTES = 860
TEXT_TYPES = ("text/", "application/rss+xml", "application/xml", "application/manifest+json", "application/json")

WEIGHT = re.compile(r"(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)", re.ASCII)
TAG = re.compile(r'(?:W/)?("[\x21\x23-\x7e\x80-\xff]*")')


@dataclass(frozen=True, slots=True)
class Encoded:
    """One body in every coding that is sent of it; `etags` has the same keys, and `identity` always.

    A compressed page is kept without its plain bytes: `plain` makes them again for the few who ask.
    """

    bodies: Mapping[str, bytes]
    etags: Mapping[str, str]
    plain_length: int

    @property
    def byte_count(self) -> int:
        return sum(map(len, self.bodies.values()))

    def plain(self) -> bytes:
        return self.bodies[IDENTITY] if IDENTITY in self.bodies else gunzipped(self.bodies[GZIP])

    def body(self, coding: str) -> bytes:
        return self.plain() if coding == IDENTITY else self.bodies[coding]

    def length(self, coding: str) -> int:
        return self.plain_length if coding == IDENTITY else len(self.bodies[coding])


def encode(body: bytes, content_type: str) -> Encoded:
    """All codings of what profits from it, else the bytes as they are. About a millisecond for a front page."""
    bodies = {IDENTITY: body}
    if is_compressible(body, content_type):
        bodies = {coding: COMPRESSORS[coding](body) for coding in CODINGS}
    etags = {coding: etag_of(sent) for coding, sent in {**bodies, IDENTITY: body}.items()}
    return Encoded(bodies, etags, len(body))


def is_compressible(body: bytes, content_type: str) -> bool:
    return len(body) >= LEAST_BYTES and content_type.strip().lower().startswith(TEXT_TYPES)


def gzipped(body: bytes) -> bytes:
    """The same bytes for the same body: no time of day is written into them."""
    compressed: bytes = igzip.compress(body, GZIP_LEVEL, mtime=0)
    return compressed


def gunzipped(body: bytes) -> bytes:
    plain: bytes = igzip.decompress(body)  # type: ignore[no-untyped-call]
    return plain


def brotlied(body: bytes) -> bytes:
    compressed: bytes = brotli.compress(body, mode=brotli.MODE_TEXT, quality=BROTLI_QUALITY)
    return compressed


COMPRESSORS: Mapping[str, Callable[[bytes], bytes]] = {BROTLI: brotlied, GZIP: gzipped}


def etag_of(body: bytes) -> str:
    return f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'


# Browsers send a few dozen different headers, made-up ones push each other out.
@lru_cache(maxsize=512)
def coding_for(accept_encoding: str) -> str:
    """The coding to send, IDENTITY where neither of ours is taken. What cannot be read counts for nothing."""
    weights: dict[str, float] = {}
    for part in accept_encoding.lower().split(","):
        name, _, parameter = part.partition(";")
        weights[name.strip()] = _weight(parameter)
    anything = weights.get("*", 0.0)
    offered = {coding: weights.get(coding, anything) for coding in CODINGS}
    best = max(CODINGS, key=lambda coding: offered[coding])  # of equals the first
    return best if offered[best] > 0 else IDENTITY


def _weight(parameter: str) -> float:
    """1 where none is named, 0 for one that is no weight."""
    name, _, value = parameter.replace(" ", "").partition("=")
    if not parameter.strip():
        return 1.0
    return float(value) if name == "q" and WEIGHT.fullmatch(value) else 0.0


def is_known(if_none_match: str, etag: str) -> bool:
    """Does the browser hold these bytes already? Compared weakly, as RFC 9110 asks for If-None-Match."""
    if if_none_match.strip() == "*":
        return True
    return etag in TAG.findall(if_none_match)
