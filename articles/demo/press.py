"""The fictional press on loopback: feeds with validators, pictures and pages, over plain HTTP."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from articles.demo import feeds
from articles.demo.edition import FOLDER, load_edition

PICTURES = FOLDER / "pictures"


class Press(ThreadingHTTPServer):
    """Serves the edition dated from `base`. OSError where the address is taken."""

    daemon_threads = True

    def __init__(self, address: str, base: datetime) -> None:
        host, _, port = address.rpartition(":")
        self.base = base
        self.press_url = f"http://{address}"
        super().__init__((host, int(port)), Page)


class Page(BaseHTTPRequestHandler):
    server: Press
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        found = self.find()
        if found is None:
            self.answer(404, "text/plain; charset=utf-8", b"Not in this press.\n")
            return
        content_type, body = found
        etag = f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
        if self.headers.get("If-None-Match") == etag:
            self.answer(304, content_type, b"", etag)
            return
        self.answer(200, content_type, body, etag)

    do_HEAD = do_GET

    def find(self) -> tuple[str, bytes] | None:
        """Content type and body of the address asked for."""
        match [part for part in self.path.split("?")[0].split("/") if part]:
            case ["pictures", name]:
                picture = PICTURES / Path(name).name
                return ("image/webp", picture.read_bytes()) if picture.is_file() else None
            case [slug, name] if name.endswith(".xml"):
                return self.feed(slug, name.removesuffix(".xml"))
            case [slug, key]:
                return self.article(slug, key)
        return None

    def feed(self, slug: str, section: str) -> tuple[str, bytes] | None:
        edition = load_edition()
        title = next((title for title in edition.titles if title.slug == slug), None)
        if title is None or section not in edition.sections_of(slug):
            return None
        document = feeds.feed_document(
            title, section, edition.feed(slug, section), self.server.base, datetime.now(UTC), self.server.press_url
        )
        return f"application/{title.format}+xml; charset=utf-8", document.encode()

    def article(self, slug: str, key: str) -> tuple[str, bytes] | None:
        edition = load_edition()
        title = next((title for title in edition.titles if title.slug == slug), None)
        article = next((article for article in edition.articles if article.key == key and article.title == slug), None)
        if title is None or article is None:
            return None
        return "text/html; charset=utf-8", feeds.article_page(title, article).encode()

    def answer(self, status: int, content_type: str, body: bytes, etag: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        if etag:
            self.send_header("ETag", etag)
        if content_type == "image/webp":
            self.send_header("Cache-Control", "public, max-age=86400")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Silent: the ingest log has a line for every fetch."""
