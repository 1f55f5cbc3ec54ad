"""One page asked for again and again over connections that stay: by wrk where it is installed, else from here.

python -m bench.load JSON    asks for seconds and prints what it came to
"""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from statistics import median
from urllib.parse import urlsplit

from bench.processes import LOAD_CORE, pinned

PATIENCE_SECONDS = 10
LENGTH = re.compile(rb"content-length: *(\d+)", re.I)


@dataclass(frozen=True, slots=True)
class Load:
    """`p50_ms` is told where one connection was used: beside others an answer waits for its turn."""

    requests: int
    seconds: float
    p50_ms: float

    @property
    def rate(self) -> float:
        return self.requests / self.seconds


def generator() -> str:
    return "wrk" if shutil.which("wrk") else "own"


def ask(url: str, headers: Mapping[str, str], connections: int, seconds: float) -> Load:
    """Every answer has to be 200: SystemExit where one is not, for a page that was refused is no page."""
    if generator() == "wrk":
        load = _by_wrk(url, headers, connections, seconds)
        if not load.requests:
            raise SystemExit(f"{url} was not answered within {PATIENCE_SECONDS} s")
        return load
    job = json.dumps({"url": url, "headers": dict(headers), "connections": connections, "seconds": seconds})
    command = pinned([sys.executable, "-m", "bench.load", job], LOAD_CORE)
    return Load(**json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))


def _by_wrk(url: str, headers: Mapping[str, str], connections: int, seconds: float) -> Load:
    command = ["wrk", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "--latency"]
    for name, value in headers.items():
        command += ["-H", f"{name}: {value}"]
    done = subprocess.run(pinned([*command, url], LOAD_CORE), check=True, capture_output=True, text=True)
    load = read_wrk(done.stdout)
    # wrk counts what has come by its end: of a page that takes longer than that, nothing has.
    return load if load.requests or seconds > PATIENCE_SECONDS else _by_wrk(url, headers, connections, 3 * seconds)


def read_wrk(report: str) -> Load:
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)|Socket errors: .*read ([1-9]\d*)", report)
    total = re.search(r"(\d+) requests in ([\d.]+)(ms|s|m)", report)
    half = re.search(r"50% +([\d.]+)(us|ms|s)", report)
    if refused or not total or not half:
        raise SystemExit(f"The pages asked for did not come:\n{report}")
    seconds = float(total[2]) * {"ms": 0.001, "s": 1, "m": 60}[total[3]]
    return Load(int(total[1]), seconds, float(half[1]) * {"us": 0.001, "ms": 1, "s": 1000}[half[2]])


def ask_from_here(url: str, headers: Mapping[str, str], connections: int, seconds: float) -> Load:
    """As many requests on their way as there are connections, without threads: each is read and asked anew in turn."""
    parts = urlsplit(url)
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    request = f"GET {path} HTTP/1.1\r\nHost: {parts.netloc}\r\n{head}\r\n".encode()
    sockets = [socket.create_connection((parts.hostname, parts.port), timeout=30) for _ in range(connections)]
    for one in sockets:
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    began, count, times = time.perf_counter(), 0, []
    asked_at = [began] * connections
    for one in sockets:
        one.sendall(request)
    while (now := time.perf_counter()) - began < seconds:
        for place, one in enumerate(sockets):
            read_answer(one)
            count += 1
            now = time.perf_counter()
            times.append(now - asked_at[place])
            asked_at[place] = now
            one.sendall(request)
    for one in sockets:
        one.close()
    return Load(count, now - began, 1000 * median(times))


def read_answer(one: socket.socket) -> bytes:
    """The body as it came. SystemExit for anything but a 200."""
    data = one.recv(262_144)
    while b"\r\n\r\n" not in data:
        data += _more(one, data)
    head, _, body = data.partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200"):
        raise SystemExit(f"Answered {head[:200]!r}")
    length = LENGTH.search(head)
    while len(body) < int(length[1]) if length else not body.endswith(b"0\r\n\r\n"):
        body += _more(one, body)
    return body


def _more(one: socket.socket, so_far: bytes) -> bytes:
    if data := one.recv(262_144):
        return data
    raise SystemExit(f"The server hung up after {so_far[:200]!r}")


if __name__ == "__main__":
    print(json.dumps(asdict(ask_from_here(**json.loads(sys.argv[1])))))
