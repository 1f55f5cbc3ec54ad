"""Publishers on loopback: a real HTTP server whose answers a test writes, and a canary that nothing may touch."""

from __future__ import annotations

import gzip
import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

FEEDS = Path(__file__).parent / "data" / "feeds"
RSS_TYPE = "application/rss+xml; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Request:
    path: str
    headers: Mapping[str, str]  # lower-case names


Script = Callable[["Connection"], None]


class Connection(BaseHTTPRequestHandler):
    """One request; a script may write to self.wfile whatever it likes."""

    server: Publisher
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.requests.append(Request(self.path, headers))
        script = self.server.scripts.get(self.path.partition("?")[0])
        if script is None:
            self.answer(404, b"nothing here")
        else:
            script(self)

    def answer(self, status: int, body: bytes = b"", headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if "Content-Length" not in (headers or {}):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def write_raw(self, raw: bytes) -> None:
        """Bytes as they are, then the connection ends."""
        self.close_connection = True
        self.wfile.write(raw)
        self.wfile.flush()

    def drip(self, pieces: list[bytes], seconds: float) -> None:
        """Pieces with a pause before each; gives up when the reader has, or when the test is over."""
        self.close_connection = True
        try:
            for piece in pieces:
                if self.server.is_over.wait(seconds):
                    return
                self.wfile.write(piece)
                self.wfile.flush()
        except OSError:
            return

    def log_message(self, format: str, *args: object) -> None:
        """Tests read their own output."""


class Publisher(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        self.scripts: dict[str, Script] = {}
        self.requests: list[Request] = []
        self.is_over = threading.Event()
        super().__init__(("127.0.0.1", 0), Connection)
        self.address = f"127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def url(self, path: str) -> str:
        return f"http://{self.address}{path}"

    def close(self) -> None:
        self.is_over.set()
        self.shutdown()
        self.server_close()

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is what many tests are about."""

    def asked(self, path: str) -> list[Request]:
        return [request for request in self.requests if request.path.partition("?")[0] == path]

    def script(self, path: str, script: Script) -> str:
        self.scripts[path] = script
        return self.url(path)

    def serve(
        self,
        path: str,
        body: bytes | str = b"",
        *,
        status: int = 200,
        content_type: str = RSS_TYPE,
        etag: str = "",
        last_modified: str = "",
        is_packed: bool = False,
        **headers: str,
    ) -> str:
        """Serve a body and answer 304 to its own validators; header names with underscores. Returns the URL."""
        raw = body.encode() if isinstance(body, str) else body
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if content_type:
            sent["Content-Type"] = content_type
        if etag:
            sent["ETag"] = etag
        if last_modified:
            sent["Last-Modified"] = last_modified
        if is_packed:
            raw, sent["Content-Encoding"] = gzip.compress(raw), "gzip"

        def script(connection: Connection) -> None:
            is_known = (etag and connection.headers.get("If-None-Match") == etag) or (
                last_modified and connection.headers.get("If-Modified-Since") == last_modified
            )
            if is_known:
                connection.answer(304, b"", sent)
            else:
                connection.answer(status, raw, sent)

        return self.script(path, script)

    def serve_file(self, path: str, name: str, **options: str) -> str:
        return self.serve(path, (FEEDS / name).read_bytes(), **options)

    def redirect(self, path: str, target: str, status: int = 302) -> str:
        return self.script(path, lambda connection: connection.answer(status, b"", {"Location": target}))


class Canary:
    """Listens on loopback and counts who comes. Nobody may."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.visits = 0
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.visits += 1
            connection.close()

    def close(self) -> None:
        self.socket.close()


def rss(*items: str, channel: str = "") -> str:
    """A feed of raw items."""
    return (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:media="http://search.yahoo.com/mrss/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>The Paper</title>'
        f"<link>https://paper.example/</link>{channel}{''.join(items)}</channel></rss>"
    )


def item(number: int = 1, *, title: str = "", text: str = "", extra: str = "", link: str = "", guid: str = "") -> str:
    """One raw RSS item, number telling them apart."""
    link, guid = link or f"https://paper.example/{number}", guid or f"id-{number}"
    return (
        f"<item><title>{title or f'Headline {number}'}</title>"
        f"<link>{link}</link><guid isPermaLink='false'>{guid}</guid>"
        f"<pubDate>Mon, 02 Jun 2025 {number % 24:02}:00:00 GMT</pubDate>"
        f"<description>{text or f'What happened in case {number}.'}</description>{extra}</item>"
    )
