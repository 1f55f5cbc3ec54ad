import pytest

from articles.pages.back import safe_path

OFF_SITE = [
    "",
    "//evil.example",
    "///evil.example",
    "////evil.example",
    "/\\evil.example",
    "\\/evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    " //evil.example",
    "\x00//evil.example",
    "https:evil.example",
    "https:/evil.example",
    "https://evil.example",
    "http://testserver@evil.example/",
    "https://testserver.evil.example/",
    "https://testserver/",
    "javascript:alert(1)",
    "data:text/html,x",
    "evil.example",
    "?next=//evil.example",
    "/saved/\r\nSet-Cookie: a=b",
    "/%2f%2fevil.example\\@x",
    "/" + "a" * 10_000,
    "/" + "ü" * 2_000,
]


@pytest.mark.parametrize("raw", OFF_SITE)
def test_no_shape_of_address_leads_off_the_site(raw):
    """A17."""
    assert safe_path(raw, "front") == "/"


@pytest.mark.parametrize(
    "raw", ["/", "/news/world/", "/search/?q=a+b&source=x", "/sources/#l-B", "/%2f%2fevil.example", "/a//b"]
)
def test_a_path_on_the_site_is_kept(raw):
    assert safe_path(raw, "front") == raw
