"""The article out of a page's HTML. Pure, but it works on what strangers send: it runs in a limited child.

Measured: 7 ms for an article of 500 words, 0.6 s for one of 850 KB, 15 s and 400 MB for a hostile one of 1.8 MB.
"""

from __future__ import annotations

from dataclasses import dataclass

from lxml.html import HtmlElement
from trafilatura import extract as extract_html
from trafilatura.utils import load_html

from articles.ingest.canonical import absolute

# A common page builder's name for a paragraph of the article.
TEXT_WIDGETS = {"elementor-widget-text-editor", "elementor-widget-theme-post-content", "elementor-widget-container"}

ADDRESSES = {"href", "src", "data-src"}  # attributes that hold one


@dataclass(frozen=True, slots=True)
class ExtractedPage:
    """Nothing of it is clean yet."""

    body_html: str
    title: str
    author: str
    image_url: str  # absolute, of the picture that the page shares itself with
    language: str  # as the page says, "" where it does not


def extract(markup: str, url: str) -> ExtractedPage | None:
    """None where no article is found. `url` is the page's own address."""
    tree = load_html(markup)
    if tree is None:
        return None
    base_url = _base_url(tree, url)
    about = _about(tree, base_url)
    _prepare(tree, base_url)
    body_html = extract_html(
        tree,
        url=url,
        output_format="html",
        favor_precision=True,
        include_comments=False,
        include_formatting=True,
        include_images=True,
        include_links=True,
        include_tables=True,
        with_metadata=False,
    )
    return ExtractedPage(body_html, **about) if body_html else None


def _base_url(tree: HtmlElement, url: str) -> str:
    """As browsers have it: the first <base> that names an address counts, should it be one of the web."""
    written = next((element.get("href", "").strip() for element in tree.iter("base") if element.get("href")), "")
    found = absolute(written, url) if written else url
    return found if found.startswith(("http://", "https://")) else url


def _about(tree: HtmlElement, url: str) -> dict[str, str]:
    marks: dict[str, str] = {}
    for element in tree.iter("meta"):
        name = (element.get("property") or element.get("name") or "").strip().lower()
        marks.setdefault(name, (element.get("content") or "").strip())
    image_url = marks.get("og:image") or marks.get("og:image:url") or marks.get("twitter:image") or ""
    return {
        "title": marks.get("og:title") or (tree.findtext(".//title") or "").strip(),
        "author": marks.get("author", ""),
        "image_url": absolute(image_url, url) if image_url else "",
        "language": (tree.get("lang") or "").strip(),
    }


def _prepare(tree: HtmlElement, base_url: str) -> None:
    """Mend what would be lost or let through: the extraction drops sizes of pictures, and whatever is a "widget".

    A relative address it would join with the name of the server, whatever the page says.
    """
    for element in list(tree.iter("a", "img", "div")):
        if element.tag == "img" and _is_pixel(element):
            element.drop_tree()
            continue
        for name in ADDRESSES.intersection(element.keys()):
            if address := element.attrib[name].strip():
                element.set(name, absolute(address, base_url))
        if TEXT_WIDGETS & set((element.get("class") or "").split()):
            del element.attrib["class"]


def _is_pixel(image: HtmlElement) -> bool:
    sizes = (image.get(name, "").strip().removesuffix("px") for name in ("width", "height"))
    return any(size in {"0", "1", "2"} for size in sizes) or "display:none" in image.get("style", "").replace(" ", "")
