"""Pictures for tests, drawn on the spot; some are not what they say."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO

from PIL import Image

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def drawn(width: int = 1200, height: int = 800, kind: str = "JPEG", colour: object = "teal", **options) -> bytes:
    """A picture with a red corner at the top left, so that a turn shows."""
    image = Image.new(options.pop("mode", "RGB"), (width, height), colour)
    if image.mode == "RGB":
        image.paste("red", (0, 0, width // 4, height // 4))
    return saved(image, kind, **options)


def saved(image: Image.Image, kind: str, **options) -> bytes:
    file = BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def opened(body: bytes) -> Image.Image:
    image = Image.open(BytesIO(body))
    image.load()
    return image


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int, height: int, *extra: bytes, rows: bytes = b"") -> bytes:
    """A PNG that declares so many pixels, whatever it holds."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return SIGNATURE + head + b"".join(extra) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def bomb(megabytes: int) -> bytes:
    """Zeros, packed a thousandfold: one packed megabyte, again and again."""
    packer = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    block = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    return b"\x78\x9c" + block * megabytes
