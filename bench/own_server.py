"""A small server of files for machines without nginx: GET, ETag, Last-Modified, 304, keep-alive, TLS. Loopback only.

python -m bench.own_server '{"folder": …, "port": …, "tls_port": …}'
"""

from __future__ import annotations

import asyncio
import json
import ssl
import sys
from email.utils import formatdate
from pathlib import Path

from bench.publishers import HOSTS, QUIET_FEED


class Connection(asyncio.Protocol):
    def __init__(self, root: Path) -> None:
        self.root = root
        self.received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.received += data
        while b"\r\n\r\n" in self.received:
            request, _, self.received = self.received.partition(b"\r\n\r\n")
            self.answer(request.decode("latin-1"))

    def answer(self, request: str) -> None:
        lines = request.split("\r\n")
        path = lines[0].split(" ")[1]
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        file = self.root / (QUIET_FEED if path.startswith("/quiet/") else path.lstrip("/"))
        if not file.is_file():
            self.write("404 Not Found", "", b"")
        else:
            facts = file.stat()
            etag, date = f'"{int(facts.st_mtime):x}-{facts.st_size:x}"', formatdate(facts.st_mtime, usegmt=True)
            validators = f"ETag: {etag}\r\nLast-Modified: {date}\r\n"
            if headers.get("if-none-match") == etag:
                self.write("304 Not Modified", validators, None)
            else:
                self.write("200 OK", validators + "Content-Type: application/xml\r\n", file.read_bytes())
        if headers.get("connection", "").lower() == "close":
            self.transport.close()

    def write(self, status: str, headers: str, body: bytes | None) -> None:
        length = "" if body is None else f"Content-Length: {len(body)}\r\n"
        self.transport.write(f"HTTP/1.1 {status}\r\n{headers}{length}\r\n".encode() + (body or b""))


async def serve(folder: Path, port: int, tls_port: int) -> None:
    loop = asyncio.get_running_loop()
    root = folder / "current"
    for host in HOSTS:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(folder / f"{host}.pem", folder / "key.pem")
        await loop.create_server(lambda: Connection(root), host, tls_port, backlog=1024, ssl=tls)
    await loop.create_server(lambda: Connection(root), HOSTS, port, backlog=1024)
    await asyncio.Event().wait()


if __name__ == "__main__":
    facts = json.loads(sys.argv[1])
    asyncio.run(serve(Path(facts["folder"]), facts["port"], facts["tls_port"]))
