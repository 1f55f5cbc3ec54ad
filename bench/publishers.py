"""The servers of the made-up publishers: many hosts of loopback, plain HTTP and TLS, validators on.

nginx where it is installed, else a small server of our own (`own_server.py`); either in a process that is not counted.
"""

from __future__ import annotations

import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bench.press import Press

HOSTS = tuple(f"127.0.0.{number}" for number in range(1, 251))
VERSION_SECONDS = 60  # between the dates of two versions: a validator has the resolution of a second
QUIET_FEED = "quiet.xml"  # what stands behind every address under /quiet/

NGINX = """
daemon off;
worker_processes 1;
{user}
pid {folder}/nginx.pid;
error_log stderr warn;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    types {{ application/xml xml; }}
    sendfile on;
    keepalive_requests 100000;
    client_body_temp_path {folder}/nginx-body;
    proxy_temp_path {folder}/nginx-proxy;
    fastcgi_temp_path {folder}/nginx-fastcgi;
    uwsgi_temp_path {folder}/nginx-uwsgi;
    scgi_temp_path {folder}/nginx-scgi;
    ssl_certificate_key {folder}/key.pem;
    root {folder}/current;
    {servers}
}}
"""
NGINX_HOST = """
    server {{
        listen {host}:{port};
        listen {host}:{tls_port} ssl;
        ssl_certificate {folder}/{host}.pem;
        location /quiet/ {{ try_files /{quiet} =404; }}
    }}"""


@dataclass(frozen=True, slots=True)
class Publishers:
    """Where the press is served: `folder`/current is the version of the day."""

    folder: Path
    port: int
    tls_port: int
    server: str  # "nginx" or "own"

    @property
    def authority(self) -> Path:
        return self.folder / "authority.pem"

    @property
    def addresses(self) -> list[str]:
        """Every host:port pair that answers."""
        return [f"{host}:{port}" for port in (self.port, self.tls_port) for host in HOSTS]

    def write(self, press: Press, version: int) -> None:
        """A version of every feed; it is not served before `show`."""
        folder = self.folder / str(version)
        folder.mkdir()
        for number in range(press.feed_count):
            self._write(folder / f"{number}.xml", press.feed(number, version), press, version)
        quiet = Press(1, press.now, entry_count=press.entry_count, seed=press.seed)
        self._write(folder / QUIET_FEED, quiet.feed(0), press, 0)

    def replace(self, press: Press, number: int, version: int) -> None:
        """One feed alone gets another version, under the feet of whoever reads it."""
        fresh = self.folder / "fresh.xml"
        self._write(fresh, press.feed(number, version), press, version)
        fresh.replace(self.folder / "current" / f"{number}.xml")

    def _write(self, path: Path, document: bytes, press: Press, version: int) -> None:
        path.write_bytes(document)
        changed_at = press.now.timestamp() - 3600 + version * VERSION_SECONDS
        os.utime(path, (changed_at, changed_at))

    def show(self, version: int) -> None:
        """From now on this version is served."""
        fresh = self.folder / "next"
        fresh.symlink_to(str(version))
        fresh.replace(self.folder / "current")

    def quiet_validators(self) -> tuple[str, str]:
        """(ETag, Last-Modified) that every address under /quiet/ answers 304 to."""
        asked = http.client.HTTPConnection(HOSTS[0], self.port, timeout=10)
        asked.request("GET", "/quiet/0.xml")
        answer = asked.getresponse()
        answer.read()
        return answer.headers["ETag"], answer.headers["Last-Modified"]


def url_of(number: int, port: int, scheme: str = "http", folder: str = "") -> str:
    """Of a feed: its neighbours live on other hosts, so that one batch rarely asks one host twice."""
    return f"{scheme}://{HOSTS[number % len(HOSTS)]}:{port}/{folder}{number}.xml"


@contextmanager
def serving(folder: Path, server: str = "") -> Iterator[Publishers]:
    """The server for the feeds in `folder`, ready; `server` is "nginx", "own" or "" for the better one at hand."""
    nginx = shutil.which("nginx", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/usr/local/sbin")
    publishers = Publishers(folder, free_port(), free_port(), server or ("nginx" if nginx else "own"))
    if publishers.server == "nginx" and not nginx:
        raise SystemExit("nginx is not installed here.")
    write_certificates(folder)
    command = _nginx(publishers, str(nginx)) if publishers.server == "nginx" else _own(publishers)
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        for address in publishers.addresses:  # each: they begin to listen in no order that one could rely on
            wait_for_port(address, process, folder / "server.log")
        yield publishers
    finally:
        process.terminate()
        process.wait(10)


def _nginx(publishers: Publishers, binary: str) -> list[str]:
    folder = publishers.folder
    facts = {"folder": folder, "port": publishers.port, "tls_port": publishers.tls_port, "quiet": QUIET_FEED}
    servers = "".join(NGINX_HOST.format(host=host, **facts) for host in HOSTS)
    # Begun by root its worker would be nobody, who may not look into our folder.
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, servers=servers, user=user))
    return [binary, "-c", str(folder / "nginx.conf"), "-p", str(folder)]


def _own(publishers: Publishers) -> list[str]:
    facts = {"folder": str(publishers.folder), "port": publishers.port, "tls_port": publishers.tls_port}
    return [sys.executable, "-m", "bench.own_server", json.dumps(facts)]


def free_port() -> int:
    """Free on the first of the hosts when it was asked for."""
    with socket.socket() as probe:
        probe.bind((HOSTS[0], 0))
        return probe.getsockname()[1]


def wait_for_port(address: str, process: subprocess.Popen, log: Path, seconds: float = 30) -> None:
    host, port = address.split(":")
    until = time.monotonic() + seconds
    while time.monotonic() < until and process.poll() is None:
        try:
            socket.create_connection((host, int(port)), timeout=1).close()
            return
        except OSError:
            time.sleep(0.01)
    raise SystemExit(f"The server did not begin to answer on {address}:\n{log.read_text()[-2000:]}")


def write_certificates(folder: Path) -> None:
    """One for each host, ECDSA P-256, and the authority that signed them: who is to trust it gets SSL_CERT_FILE.

    Not one for all: each client would read 250 names at each handshake, which takes longer than the handshake.
    """
    authority_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    authority = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "made-up authority")])
    basis = _certificate(authority, authority, authority_key).add_extension(x509.BasicConstraints(True, 0), True)
    _write_pem(folder / "authority.pem", basis.sign(authority_key, hashes.SHA256()))
    for host in HOSTS:
        names = x509.SubjectAlternativeName([x509.IPAddress(ip_address(host))])
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
        leaf = _certificate(subject, authority, key).add_extension(names, False)
        _write_pem(folder / f"{host}.pem", leaf.sign(authority_key, hashes.SHA256()))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "key.pem").write_bytes(private)
    (folder / "key.pem").chmod(0o600)


def _certificate(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return x509.CertificateBuilder(
        issuer_name=issuer,
        subject_name=subject,
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=now - timedelta(days=1),
        not_valid_after=now + timedelta(days=2),
    )


def _write_pem(path: Path, certificate: x509.Certificate) -> None:
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
