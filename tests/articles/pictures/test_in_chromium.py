"""In a real browser: pictures come from us alone, and no page moves under the reader's eyes."""

from __future__ import annotations

import time
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.utils import timezone

from articles.models import PictureState, StoredPicture
from articles.pictures import files
from articles.pictures.keys import key_of
from tests.articles.pictures.draw import drawn
from tests.make import make_article, make_picture, make_pictured_article, make_source, make_story

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

INSIDE = "https://cdn.example/inside.jpg"
WATCH = """
window.shift = 0
new PerformanceObserver(list => {
    for (const entry of list.getEntries()) window.shift += entry.value
}).observe({type: 'layout-shift', buffered: true})
"""


def flat(width: int, picture: StoredPicture) -> bytes:
    return drawn(width, round(width * picture.height / picture.width), "WEBP", method=0)


@pytest.fixture
def front(storage) -> list[str]:
    """A front page with pictures of every shape, an article with one above it, and one with one in its text; paths."""
    now = timezone.now()
    shapes = [(1200, 800), (900, 1200), (1600, 500), (400, 400)]
    articles = []
    for number, section in enumerate(["world", "business", "culture", "science"] * 4):
        width, height = shapes[number % 4]
        article = make_pictured_article(
            width=width, height=height, section=section, image_alt="Drawn", published_at=now - timedelta(minutes=number)
        )
        make_story([article], score=20 - number)
        articles.append(article)
    make_story([make_article(image_url="https://elsewhere.example/not-ready.jpg", section="world")], score=30)
    inside = make_picture(INSIDE, width=700, height=900)
    for picture in StoredPicture.objects.filter(state=PictureState.READY):
        files.keep(picture.key, [(width, flat(width, picture)) for width in picture.widths])
    source = make_source(permission="open", licence="CC-BY-4.0", licence_url="https://licences.example/by/")
    pictured_text = make_article(source, body=f'<p><img src="{inside.url}" alt="Inside"></p><p>{"Text. " * 900}</p>')
    return ["/", articles[0].get_absolute_url(), pictured_text.get_absolute_url()]


def late(route) -> None:
    """Long after the text around it was laid out."""
    time.sleep(0.3)
    route.continue_()


@pytest.mark.parametrize("width", [1280, 390])
def test_pictures_come_from_us_and_no_page_jumps(page, live_site, front, width):
    page.set_viewport_size({"width": width, "height": 900})
    page.add_init_script(WATCH)
    page.route(f"**/pictures/{key_of(INSIDE)}-*", late)
    asked, pictures = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on(
        "response", lambda answer: pictures.append(answer.status) if "/pictures/" in urlsplit(answer.url).path else None
    )
    for path in front:
        page.goto(live_site + path, wait_until="networkidle")
        page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
        page.wait_for_function(
            "[...document.images].every(i => i.complete || i.getBoundingClientRect().top < -2000)", timeout=8000
        )
        page.wait_for_load_state("networkidle")
        broken = page.evaluate("[...document.images].filter(i => i.complete && !i.naturalWidth).map(i => i.src)")
        assert broken == []
        assert page.evaluate("document.images.length") > 0
        assert page.evaluate("window.shift") == 0
    assert {urlsplit(url).netloc for url in asked} == {urlsplit(live_site).netloc}
    assert set(pictures) == {200}
    assert len(pictures) >= 8
