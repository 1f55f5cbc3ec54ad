from __future__ import annotations

import time

import pytest
from PIL import Image, ImageCms

from articles.ingest.child import LimitedChild, TooMuchWork
from articles.pictures import encode as encoder
from articles.pictures.encode import encode, widths_for
from articles.pictures.shapes import Encoded, NoPicture
from tests.articles.pictures.draw import bomb, chunk, drawn, opened, png, saved

NO_KIND = "It is no picture of a kind that we show (JPEG, PNG, GIF, WebP, AVIF)."


@pytest.fixture(scope="module")
def child():
    limited = LimitedChild("articles.pictures.encode:encode", 1024)
    yield limited
    limited.close()


@pytest.mark.parametrize("kind", encoder.FORMATS)
def test_every_kind_becomes_webp_in_three_widths(kind):
    found = encode(drawn(2000, 1000, kind))
    assert (found.width, found.height) == (1600, 800)
    assert [width for width, _ in found.files] == [320, 800, 1600]
    for width, body in found.files:
        image = opened(body)
        assert (image.format, image.size) == ("WEBP", (width, width // 2))
        assert "exif" not in image.info
        assert image.getpixel((2, 2))[0] > 200 > 60 > image.getpixel((width - 2, 2))[0]


@pytest.mark.parametrize(
    ("width", "height", "widths"),
    [
        (200, 100, [200]),
        (320, 200, [320]),
        (399, 200, [399]),
        (400, 200, [320, 400]),
        (900, 600, [320, 900]),
        (1000, 600, [320, 800, 1000]),
        (9000, 600, [320, 800, 1600]),
        (1600, 16000, [320, 800]),
        (3, 12_000_000, [1]),
    ],
)
def test_no_width_is_wider_than_the_original_or_hardly_wider_than_the_next(width, height, widths):
    assert widths_for(width, height) == widths


@pytest.mark.parametrize(("orientation", "corner"), [(1, (0, 0)), (3, (1, 1)), (6, (1, 0)), (8, (0, 1))])
def test_a_picture_that_was_taken_sideways_is_turned_and_says_no_more_where(orientation, corner):
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = orientation, "A camera"
    exif.get_ifd(0x8825)[1] = "N"
    found = encode(drawn(600, 400, exif=exif))
    image = opened(found.files[-1][1])
    assert image.size == (found.width, found.height) == ((600, 400) if orientation < 5 else (400, 600))
    at = tuple(5 if side == 0 else size - 5 for side, size in zip(corner, image.size, strict=True))
    assert image.getpixel(at)[0] > 200
    assert b"camera" not in found.files[-1][1]
    assert not image.getexif()


def test_of_an_animation_the_first_frame_is_kept():
    frames = [Image.new("RGB", (300, 200), colour) for colour in ("red", "blue", "blue")]
    found = encode(saved(frames[0], "GIF", save_all=True, append_images=frames[1:]))
    image = opened(found.files[-1][1])
    assert not image.is_animated
    assert image.getpixel((9, 9))[0] > 200


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "1", "L", "I;16", "CMYK"])
def test_every_mode_becomes_plain_colours_on_white(mode):
    image = Image.new(mode, (300, 200), 0)
    options = {"transparency": 0} if mode == "P" else {}
    found = encode(saved(image, "JPEG" if mode == "CMYK" else "PNG", **options))
    kept = opened(found.files[-1][1])
    is_white = mode in {"RGBA", "LA", "P", "CMYK"}
    assert kept.mode == "RGB"
    assert all((value > 240) == is_white for value in kept.getpixel((9, 9)))


@pytest.mark.parametrize("profile", [ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes(), b"x" * 400])
def test_a_profile_that_fits_not_is_as_good_as_none(profile):
    found = encode(drawn(300, 200, colour="blue", icc_profile=profile))
    image = opened(found.files[-1][1])
    assert image.getpixel((290, 9))[2] > 200
    assert "icc_profile" not in image.info


@pytest.mark.parametrize("size", [(1, 1), (2, 600), (600, 2)])
def test_a_pixel_that_counts_readers_is_no_picture_f67(size):
    assert encode(drawn(*size, kind="PNG")) == NoPicture("It is a pixel that counts readers, no picture.")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<!doctype html><html><body>Not found</body></html>",
        b'<svg xmlns="http://www.w3.org/2000/svg" width="900" height="600"><script>alert(1)</script></svg>',
        b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>',
        b"%PDF-1.4 %%EOF",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 900 600\n",
    ],
)
def test_svg_and_html_are_no_pictures_whatever_they_are_called_f68(body):
    assert encode(body) == NoPicture(NO_KIND)


@pytest.mark.parametrize("kind", ["TIFF", "BMP", "ICO", "PPM", "JPEG2000"])
def test_kinds_that_no_newspaper_sends_are_not_decoded_f68(kind):
    assert encode(drawn(64, 48, kind)) == NoPicture(NO_KIND)


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("size", [(50_000, 50_000), (8_000, 5_001), (2_000_000_000, 2), (1, 2_000_000_000)])
def test_a_pixel_bomb_is_refused_before_it_is_decoded_f68(size):
    started = time.process_time()
    assert encode(png(*size, rows=bytes(100))) == NoPicture("It has more than 40 million pixels.")
    assert time.process_time() - started < 0.2


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP"])
def test_a_truncated_picture_is_refused_f68(kind):
    body = saved(Image.effect_noise((600, 400), 90), kind)
    assert encode(body[: len(body) // 2]) == NoPicture("It is damaged.")
    assert isinstance(encode(body[:30]), NoPicture)


@pytest.mark.parametrize("kind", [b"zTXt", b"iCCP", b"iTXt"])
def test_a_zip_bomb_in_a_picture_s_notes_takes_no_memory_f68(kind, child):
    packed = bomb(1200)  # megabytes; the child has 1024
    notes = {
        b"zTXt": b"Comment\0\0" + packed,
        b"iCCP": b"sRGB\0\0" + packed,
        b"iTXt": b"Comment\0\1\0en\0Comment\0" + packed,
    }
    rows = b"".join(b"\0" + bytes(900) for _ in range(200))
    found = child.call(png(300, 200, chunk(kind, notes[kind]), rows=rows), cpu_seconds=5)
    assert isinstance(found, NoPicture) or (found.width, found.height) == (300, 200)


def test_the_largest_picture_that_is_allowed_fits_into_the_limits_f68(child):
    body = saved(Image.new("RGBA", (8000, 5000), (0, 80, 80, 128)), "PNG", compress_level=1)
    found = child.call(body, cpu_seconds=10)
    assert isinstance(found, Encoded)
    assert found.width == 1600


def test_a_picture_that_takes_too_long_ends_its_decoder_and_not_the_worker_f68(child):
    body = saved(Image.effect_noise((600, 400), 90), "PNG")
    with pytest.raises(TooMuchWork):
        LimitedChild("tests.articles.pictures.test_encode:never_ready", 1024).call(body, cpu_seconds=1)
    assert isinstance(child.call(drawn(), cpu_seconds=5), Encoded)


def never_ready(body: bytes) -> None:
    while True:
        encode(body)


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB"])
def test_a_colour_that_stands_for_nothing_becomes_white(mode):
    """Programs that make files small write a drawing so: black, grey or not, is what is not there."""
    key = (0, 0, 0) if mode == "RGB" else 0
    found = encode(saved(Image.new(mode, (400, 300), 0), "PNG", transparency=key))
    assert min(opened(found.files[-1][1]).getpixel((200, 150))) > 250
