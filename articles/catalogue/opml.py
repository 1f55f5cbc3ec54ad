"""OPML 2.0 to rows of a catalogue and back. Pure.

Our own files hold an outline for each source with its feeds beneath, and what OPML has no name for in a namespace.
Files of other programs hold feeds, perhaps in folders: feeds with one homepage become one source.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from urllib.parse import urlsplit
from xml.etree import ElementTree
from xml.parsers import expat

from articles.catalogue.rows import Rows, SourceRow, checked_rows, slug_of
from articles.sections import SECTIONS

NAMESPACE = "urn:newssite:catalogue"
OWN_FACTS = (
    "slug",
    "description",
    "country",
    "language",
    "permission",
    "licence",
    "licence_url",
    "licence_stated_at",
    "weight",
)
MAX_DEPTH = 20

Facts = dict[str, object]


def read_opml(document: bytes) -> Rows:
    """Raises ValueError for what is no OPML, or declares entities: they multiply a small file at will."""
    reader = _Reader()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.EntityDeclHandler = parser.AttlistDeclHandler = _refuse
    try:
        parser.Parse(document, True)
    except expat.ExpatError as error:
        raise ValueError(f"This is not well-formed OPML: {error}.") from error
    if not reader.is_opml:
        raise ValueError("This is not an OPML file.")
    return checked_rows([*reader.own, *reader.foreign.values()])


def _refuse(*declaration: object) -> None:
    raise ValueError("The file declares entities of its own, which we do not expand.")


@dataclass(slots=True)
class _Reader:
    own: list[Facts] = field(default_factory=list)
    foreign: dict[str, Facts] = field(default_factory=dict)  # by homepage
    path: list[dict[str, str]] = field(default_factory=list)  # the outlines that are open
    is_opml: bool = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.is_opml = self.is_opml or name == "opml"
        if name != "outline":
            return
        if len(self.path) >= MAX_DEPTH:
            raise ValueError("The outlines are nested too deep.")
        self.path.append(attributes)
        if f"{NAMESPACE} slug" in attributes:
            self.own.append(_own_source(attributes))
        elif "xmlUrl" in attributes:
            self.add_feed(attributes)

    def end(self, name: str) -> None:
        if name == "outline":
            self.path.pop()

    def add_feed(self, attributes: dict[str, str]) -> None:
        feed = {"url": attributes["xmlUrl"], "section": self.section(attributes)}
        is_ours = any(f"{NAMESPACE} slug" in outline for outline in self.path)
        source = self.own[-1] if is_ours else self.foreign_source(attributes)
        feeds = source["feeds"]
        if isinstance(feeds, list) and feed not in feeds:
            feeds.append(feed)

    def foreign_source(self, attributes: dict[str, str]) -> Facts:
        parts = urlsplit(attributes["xmlUrl"])
        homepage = attributes.get("htmlUrl", "") or f"{parts.scheme}://{parts.netloc}/"
        name = attributes.get("title") or attributes.get("text") or parts.netloc
        slug = slug_of(name) or slug_of(parts.netloc)
        return self.foreign.setdefault(
            homepage, {"name": name[:120].strip(), "slug": slug, "homepage": homepage, "feeds": []}
        )

    def section(self, attributes: dict[str, str]) -> str:
        """By the feed's category or the folder it lies in, where one bears the name of a section."""
        named = [attributes.get("category", ""), *(outline.get("text", "") for outline in reversed(self.path))]
        sections = {title.lower(): section for section, title in SECTIONS.items()} | {name: name for name in SECTIONS}
        return next((sections[name.lower()] for name in named if name.lower() in sections), "top")


def _own_source(attributes: dict[str, str]) -> Facts:
    own = {name: attributes.get(f"{NAMESPACE} {name}", "") for name in OWN_FACTS}
    return {"name": attributes.get("text", ""), "homepage": attributes.get("htmlUrl", ""), "feeds": [], **own}


def build_opml(rows: Iterable[SourceRow], title: str) -> bytes:
    ElementTree.register_namespace("source", NAMESPACE)
    root = ElementTree.Element("opml", version="2.0")
    ElementTree.SubElement(ElementTree.SubElement(root, "head"), "title").text = title
    body = ElementTree.SubElement(root, "body")
    for row in rows:
        facts = {
            f"{{{NAMESPACE}}}{name}": str(value) for name, value in asdict(row).items() if name in OWN_FACTS and value
        }
        outline = ElementTree.SubElement(body, "outline", {"text": row.name, "htmlUrl": row.homepage, **facts})
        for feed in row.feeds:
            ElementTree.SubElement(
                outline, "outline", {"type": "rss", "text": row.name, "xmlUrl": feed.url, "category": feed.section}
            )
    ElementTree.indent(root)
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"
