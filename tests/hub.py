"""A WebSub hub on loopback: it takes subscriptions, verifies them over HTTP when it is told to, and pushes, signed."""

from __future__ import annotations

import hmac
import http.client
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from secrets import token_hex
from urllib.parse import parse_qsl, urlencode, urlsplit

from tests.publishers import RSS_TYPE


@dataclass(frozen=True, slots=True)
class Asked:
    """One request to the hub."""

    path: str
    headers: Mapping[str, str]  # lower-case names
    form: Mapping[str, str]


class Desk(BaseHTTPRequestHandler):
    server: Hub
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        asked = Asked(self.path, headers, dict(parse_qsl(body.decode(), keep_blank_values=True)))
        self.server.asked.append(asked)
        if self.server.verifies_at_once:
            self.server.verify(asked)
        status, answered = self.server.answers.get(self.path, (202, {}))
        self.send_response(status)
        for name, value in {"Content-Length": "0", **answered}.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Tests read their own output."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What the subscriber's callback answered."""

    status: int
    text: str
    headers: Mapping[str, str] = field(default_factory=dict)


class Hub(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.answers: dict[str, tuple[int, dict[str, str]]] = {}  # path -> status and headers; 202 where none stands
        self.verifies_at_once = False  # before it has answered
        self.lease_seconds = 864_000
        super().__init__(("127.0.0.1", 0), Desk)
        self.address = f"127.0.0.1:{self.server_address[1]}"
        self.url = f"http://{self.address}/hub"
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def answer(self, status: int, path: str = "/hub", **headers: str) -> None:
        """How requests to this path are answered from now on; header names with underscores."""
        self.answers[path] = (status, {name.replace("_", "-"): value for name, value in headers.items()})

    def verify(self, asked: Asked, **changed: str) -> tuple[str, Heard]:
        """Ask the callback whether it was its own wish: the challenge and what came back."""
        challenge = token_hex(16)
        query = {
            "hub.mode": asked.form["hub.mode"],
            "hub.topic": asked.form["hub.topic"],
            "hub.challenge": challenge,
            "hub.lease_seconds": str(self.lease_seconds),
            **{f"hub.{name}": value for name, value in changed.items()},
        }
        return challenge, call("GET", f"{asked.form['hub.callback']}?{urlencode(query)}")

    def push(self, asked: Asked, body: bytes | str, method: str = "sha256") -> Heard:
        """Deliver a topic's content to who asked for it, signed where a secret was told."""
        raw = body.encode() if isinstance(body, str) else body
        headers = {"Content-Type": RSS_TYPE, "Link": f'<{self.url}>; rel="hub"'}
        if secret := asked.form.get("hub.secret"):
            headers["X-Hub-Signature"] = signature(raw, secret, method)
        return call("POST", asked.form["hub.callback"], raw, headers)

    def close(self) -> None:
        self.shutdown()
        self.server_close()


def signature(body: bytes, secret: str, method: str = "sha256") -> str:
    return f"{method}={hmac.new(secret.encode(), body, method).hexdigest()}"


def call(method: str, url: str, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> Heard:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=10)
    try:
        connection.request(method, f"{parts.path}?{parts.query}", body, dict(headers or {}))
        answer = connection.getresponse()
        text = answer.read().decode()
        return Heard(answer.status, text, {name.lower(): value for name, value in answer.getheaders()})
    finally:
        connection.close()
