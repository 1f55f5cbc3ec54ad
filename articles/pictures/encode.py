"""A publisher's bytes -> WebP in up to three widths. Runs in a child under limits: decoders meet hostile bytes here.

What comes out has the picture's pixels and nothing else of it: no metadata, no place, no profile, no second frame.
"""

from __future__ import annotations

import warnings
from contextlib import suppress
from io import BytesIO

from PIL import Image, ImageCms, UnidentifiedImageError

from articles.pictures.shapes import Encoded, NoPicture

FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "AVIF")
WIDTHS = (320, 800, 1600)  # pixels; the last is the widest that is kept
WORTHWHILE = 1.25  # times wider than the next narrower one, or the step is left out
TALLEST = 8000  # pixels; narrower than usual rather than taller than this
MOST_PIXELS = 40_000_000  # of an original: decoded they take 160 MB
SMALLEST = 3  # pixels of a side; below it is a counter of readers
QUALITY, METHOD = 75, 4

ORIENTATION = 0x0112
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
SRGB = ImageCms.createProfile("sRGB")
# Pillow's own check comes second to ours, and covers frames that are larger than their picture.
Image.MAX_IMAGE_PIXELS = MOST_PIXELS
warnings.simplefilter("ignore", Image.DecompressionBombWarning)
# Every decoder is loaded now: under a limit of memory there may be no room for it later.
Image.init()


def encode(body: bytes) -> Encoded | NoPicture:
    """MemoryError is left to the child; all else that a decoder raises means that the picture is damaged."""
    try:
        image = Image.open(BytesIO(body), formats=FORMATS)
    except UnidentifiedImageError:
        return NoPicture("It is no picture of a kind that we show (JPEG, PNG, GIF, WebP, AVIF).")
    except Image.DecompressionBombError:
        return NoPicture(too_many_pixels())
    except MemoryError:
        raise
    except Exception:
        return NoPicture("It is damaged.")
    if image.width * image.height > MOST_PIXELS:
        return NoPicture(too_many_pixels())
    if min(image.size) < SMALLEST:
        return NoPicture("It is a pixel that counts readers, no picture.")
    try:
        return _encoded(image)
    except MemoryError:
        raise
    except Exception:
        return NoPicture("It is damaged.")


def too_many_pixels() -> str:
    return f"It has more than {MOST_PIXELS // 1_000_000} million pixels."


def widths_for(width: int, height: int) -> list[int]:
    """Narrowest first. Never wider than the original; its own width where that is less than the widest."""
    widest = max(1, min(width, WIDTHS[-1], TALLEST * width // height))
    return [*(step for step in WIDTHS if step * WORTHWHILE <= widest), widest]


def _encoded(image: Image.Image) -> Encoded:
    turn = TURNS.get(_orientation(image))
    is_turned = turn is not None and turn >= Image.Transpose.ROTATE_90 and turn != Image.Transpose.ROTATE_180
    width, height = (image.height, image.width) if is_turned else image.size
    widths = widths_for(width, height)
    widest = (widths[-1], _height(widths[-1], width, height))
    profile = image.info.get("icc_profile")
    # A JPEG can be decoded at a half, a quarter or an eighth of its size.
    image.draft(image.mode, (max(widest), max(widest)))
    image = _plain(_scaled(_true_colours(image), (widest[1], widest[0]) if is_turned else widest), profile)
    image = image.transpose(turn) if turn is not None else image
    files = []
    for step in reversed(widths):
        image = _scaled(image, (step, _height(step, width, height)))
        files.append((step, _webp(image)))
    return Encoded(*widest, files=tuple(reversed(files)))


def _height(step: int, width: int, height: int) -> int:
    return max(1, round(step * height / width))


def _orientation(image: Image.Image) -> int:
    """As the camera wrote it, 1 where it cannot be read."""
    with suppress(Exception):
        return int(image.getexif().get(ORIENTATION, 1))
    return 1


def _true_colours(image: Image.Image) -> Image.Image:
    """Modes that can be scaled: a palette cannot, sixteen bits of grey become eight."""
    if image.mode.startswith("I;16"):
        return image.point(lambda value: value * (1 / 256)).convert("L")
    # One colour, be it a grey, may stand for what is not there: shown it would be a black ground more often than not.
    if image.mode in {"LA", "PA", "La", "RGBa"} or (
        image.mode in {"1", "L", "P", "RGB"} and "transparency" in image.info
    ):
        return image.convert("RGBA")
    if image.mode in {"1", "I", "F"}:
        return image.convert("L")
    return image.convert("RGB") if image.mode not in {"L", "RGB", "RGBA", "CMYK"} else image


def _scaled(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    return image if image.size == size else image.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)


def _plain(image: Image.Image, profile: bytes | None) -> Image.Image:
    """On white, in the colours of the web."""
    image.load()
    if image.mode == "RGBA":
        ground = Image.new("RGB", image.size, "white")
        ground.paste(image, mask=image.getchannel("A"))
        image = ground
    if profile:
        with suppress(Exception):  # A profile that cannot be read or fits other colours is as good as none.
            source = ImageCms.ImageCmsProfile(BytesIO(profile))
            return ImageCms.profileToProfile(image, source, SRGB, outputMode="RGB") or image.convert("RGB")
    return image.convert("RGB")


def _webp(image: Image.Image) -> bytes:
    image.info.clear()
    file = BytesIO()
    image.save(file, "WEBP", quality=QUALITY, method=METHOD)
    return file.getvalue()
