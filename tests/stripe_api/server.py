"""The stand-in on loopback: the API for the site, plain pages for people."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

from tests.stripe_api import pages


class Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64

    def __init__(self, stand_in: Any, port: int) -> None:
        self.stand_in = stand_in
        self.open: set[socket.socket] = set()
        super().__init__(("127.0.0.1", port), Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self.open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self.open.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        """Connections that clients keep alive end too: a stopped stand-in answers nobody."""
        super().server_close()
        for connection in list(self.open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else every answer on a kept connection waits 40 ms for the client's ACK

    def do_GET(self) -> None:
        self.take()

    do_POST = do_DELETE = do_GET

    def take(self) -> None:
        path, _, query = self.path.partition("?")
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        if path.startswith("/v1/"):
            self.take_call(path, query, body)
        else:
            self.take_page(path, body)

    def take_call(self, path: str, query: str, body: str) -> None:
        stand_in = self.server.stand_in
        if stand_in.delay_seconds:
            time.sleep(stand_in.delay_seconds)
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = stand_in.answer(self.command, path, query, body, headers)
        if answer.fault:
            if answer.fault == "timeout":
                time.sleep(stand_in.hang_seconds)
            self.close_connection = True
            return
        self.send(answer.status, "application/json", answer.body)

    def take_page(self, path: str, body: str) -> None:
        form = {name: values[0] for name, values in parse_qs(body).items()}
        page = pages.answer(self.server.stand_in, self.command, path, form)
        if page.location:
            self.send_response(303)
            self.send_header("Location", page.location)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send(page.status, page.content_type, page.body)

    def send(self, status: int, content_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Silent: `stand_in.calls` has them."""


def serve(stand_in: Any, port: int) -> Server:
    """OSError where the port is taken."""
    server = Server(stand_in, port)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    return server
