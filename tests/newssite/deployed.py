"""deploy/ as it stands, on loopback: nginx with its own files, and two instances of the server behind it.

Only paths, ports, the number of processes and what a test would wait for are changed. Needs nginx and openssl.
"""

from __future__ import annotations

import http.client
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
HOST = "news.example.org"
INSTANCES = ("a", "b")
PLACES = {
    "/srv/newssite/var": "var",
    "/run/newssite": "run",
    "/run/nginx.pid": "nginx.pid",
    "/var/cache/nginx/newssite": "cache",
    "/var/log/nginx": "log",
    "/var/lib/newssite": "acme",
    "/etc/nginx/newssite": "nginx",
    "/etc/newssite/tls": "tls",
}


def missing() -> str:
    """What this machine lacks for it, in one sentence; "" where nothing does."""
    lacking = [name for name in ("nginx", "openssl") if nginx_path(name) is None]
    return f"not at hand: {', '.join(lacking)}" if lacking else ""


def nginx_path(name: str) -> str | None:
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(holds: Callable[[], object], seconds: float = 40) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with suppress(OSError):
            if holds():
                return
        time.sleep(0.05)
    raise AssertionError("it did not come to hold in time")


class Deployed:
    """`application` is what granian serves; `environment` is added to the instances'."""

    def __init__(self, folder: Path, application: str, environment: Mapping[str, str]) -> None:
        self.folder, self.application = folder, application
        self.environment = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
        self.port, self.plain_port = free_port(), free_port()
        self.instances: dict[str, subprocess.Popen] = {}
        self.nginx: subprocess.Popen | None = None

    # nginx

    def write(self) -> Path:
        """The files of deploy/nginx for this folder, and a certificate; returns nginx.conf."""
        for name in {*PLACES.values()} - {"nginx.pid"}:
            (self.folder / name).mkdir(exist_ok=True)
        self.folder.chmod(0o755)
        for path in (ROOT / "deploy/nginx").iterdir():
            (self.folder / "nginx" / path.name).write_text(self.fitted(path.read_text()))
        self.make_certificate()
        return self.folder / "nginx" / "nginx.conf"

    def fitted(self, text: str) -> str:
        for path, name in PLACES.items():
            text = text.replace(path, str(self.folder / name))
        text = re.sub(r"^\s*listen \[::\].*\n", "", text, flags=re.MULTILINE)
        text = text.replace("listen 443", f"listen 127.0.0.1:{self.port}")
        text = text.replace("listen 80", f"listen 127.0.0.1:{self.plain_port}")
        text = text.replace("worker_processes auto;", "worker_processes 1;").replace("8192;", "1024;")
        # Nobody waits for lines of the log, and a busy machine makes no copy disappear.
        text = text.replace(" buffer=64k flush=5s", "").replace("inactive=20s", "inactive=10m")
        return text.replace("user www-data;", "user root;" if os.getuid() == 0 else "")

    def make_certificate(self) -> None:
        tls = self.folder / "tls"
        names = ["-subj", f"/CN={HOST}", "-addext", f"subjectAltName=DNS:{HOST}"]
        key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", tls / "privkey.pem"]
        command = ["openssl", "req", "-x509", "-days", "2", *names, *key, "-out", tls / "fullchain.pem"]
        subprocess.run(command, check=True, capture_output=True)

    def check(self) -> str:
        """What `nginx -t` says of the files; raises where it finds fault."""
        command = [nginx_path("nginx"), "-t", "-c", self.write()]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stderr

    def start_nginx(self) -> None:
        command = [nginx_path("nginx"), "-c", self.write(), "-g", "daemon off;"]
        self.nginx = subprocess.Popen(command, stderr=subprocess.DEVNULL, start_new_session=True)
        wait_until(lambda: is_open(self.port))

    # The server

    def start(self, name: str) -> None:
        log = (self.folder / "log" / f"web-{name}.log").open("a")
        command = [sys.executable, "-m", "granian", *self.options(), "--uds", self.starting(name), self.application]
        self.instances[name] = subprocess.Popen(
            command, cwd=ROOT, env=self.environment, stdout=log, stderr=log, start_new_session=True
        )
        self.await_site(name)

    def options(self) -> list[str]:
        """As deploy/systemd/newssite-web@.service has them, without socket and application."""
        unit = (ROOT / "deploy/systemd/newssite-web@.service").read_text().replace("\\\n", " ")
        words = re.search(r"^ExecStart=.*/granian (.*)$", unit, re.MULTILINE)[1].split()
        return words[: words.index("--uds")] + words[words.index("--uds") + 2 : -1]

    def socket(self, name: str) -> Path:
        return self.folder / "run" / f"web-{name}.sock"

    def starting(self, name: str) -> Path:
        return self.socket(name).with_suffix(".starting")

    def await_site(self, name: str) -> None:
        """As ExecStartPost."""
        command = [sys.executable, ROOT / "deploy/await_site.py", self.starting(name), "--then", self.socket(name)]
        subprocess.run(command, env={**self.environment, "ALLOWED_HOSTS": HOST}, check=True)

    def reload(self, name: str) -> None:
        """As ExecReload: new workers behind the same socket, then the old ones end."""
        self.instances[name].send_signal(signal.SIGHUP)

    def stop(self, name: str) -> None:
        """As ExecStop and what systemd does after it: no new requests, then those in hand, then the end."""
        self.socket(name).unlink(missing_ok=True)
        time.sleep(0.5)
        self.instances[name].send_signal(signal.SIGTERM)
        self.instances[name].wait(40)

    def close(self) -> None:
        for process in [self.nginx, *self.instances.values()]:
            if process is not None and process.poll() is None:
                process.terminate()
        for process in [self.nginx, *self.instances.values()]:
            if process is not None:
                with suppress(subprocess.TimeoutExpired):
                    process.wait(10)
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)

    # A reader

    def connect(self, server_name: str = HOST, context: ssl.SSLContext | None = None) -> TlsConnection:
        return TlsConnection(self.port, server_name, context or any_certificate())

    def ask(
        self, path: str, method: str = "GET", body: bytes | None = None, host: str = HOST, **headers: str
    ) -> Answer:
        """One request by a connection of its own; names of headers with underscores for hyphens."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        with closing(self.connect()) as connection:
            connection.request(method, path, body, {"Host": host, **named})
            return Answer(connection.getresponse())


class Answer:
    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status, self.headers, self.body = response.status, response.headers, response.read()


class TlsConnection(http.client.HTTPConnection):
    """To a port of this machine, asking for `server_name`; any certificate will do."""

    def __init__(self, port: int, server_name: str, context: ssl.SSLContext) -> None:
        super().__init__("127.0.0.1", port, timeout=30)
        self.server_name, self.context = server_name, context

    def connect(self) -> None:
        plain = socket.create_connection(("127.0.0.1", self.port), 30, self.source_address)
        try:
            self.sock = self.context.wrap_socket(plain, server_hostname=self.server_name)
        except BaseException:
            plain.close()
            raise


@cache
def any_certificate() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def is_open(port: int) -> bool:
    with closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def echo(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    """A site that tells what reached it. /own sets a cookie, /private may not be kept, /slow takes two seconds."""
    path = environ["PATH_INFO"]
    body = environ["wsgi.input"].read()
    if path == "/slow/":
        time.sleep(2)
    control = "private, no-store" if path.startswith(("/private", "/slow")) else "public, max-age=60"
    headers = [("Content-Type", "text/plain"), ("Cache-Control", control), ("Vary", "Cookie, Accept-Encoding")]
    if path == "/own/":
        headers.append(("Set-Cookie", "anything=1"))
    if path == "/silent/":
        del headers[1]
    start_response("503 Away" if path == "/away/" else "200 OK", headers)
    asked = ("REQUEST_METHOD", "PATH_INFO", "QUERY_STRING", "REMOTE_ADDR")
    told = {name: value for name, value in environ.items() if name in asked or name.startswith("HTTP_")}
    told |= {"length": str(len(body)), "at": str(time.monotonic_ns()), "pid": str(os.getpid())}
    told |= {"padding": "x" * 5000} if path == "/private/long/" else {}
    return ["\n".join(f"{name}={value}" for name, value in told.items()).encode()]
