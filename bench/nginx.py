"""nginx with files that it only hands over, and nginx before the site as deploy/ ships it."""

from __future__ import annotations

import gzip
import os
import re
import shutil
from pathlib import Path

from bench.contest import ROOT

SHIPPED = ROOT / "deploy" / "nginx"

# Everything that makes a file cheap: compressed before, no look at the disk, no log.
STATIC = """
daemon off;
{user}
worker_processes 1;
pid {folder}/static.pid;
error_log stderr error;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    types {{ text/html html; }}
    sendfile on;
    tcp_nopush on;
    keepalive_requests 100000000;
    open_file_cache max=100;
    open_file_cache_valid 600s;
    gzip_static on;
    {temporary}
    server {{ listen 127.0.0.1:{port}; root {root}; }}
}}
"""
TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


def binary() -> str | None:
    return shutil.which("nginx", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/usr/local/sbin")


def command(configuration: Path) -> list[str]:
    return [str(binary()), "-c", str(configuration), "-p", str(configuration.parent)]


def static(folder: Path, port: int, pages: dict[str, bytes]) -> list[str]:
    """The command that serves `pages` (name -> HTML) as /<name>.html and its compressed form."""
    root = folder / "pages"
    root.mkdir()
    for name, html in pages.items():
        (root / f"{name}.html").write_bytes(html)
        (root / f"{name}.html.gz").write_bytes(gzip.compress(html, 9, mtime=0))
    configuration = folder / "static.conf"
    configuration.write_text(
        STATIC.format(folder=folder, port=port, root=root, user=_user(), temporary=_temporary(folder))
    )
    return command(configuration)


def shipped(folder: Path, port: int, site_port: int) -> list[str]:
    """The command for deploy/nginx/ with nothing changed but where things are, and without TLS: the floor has none."""
    configuration = folder / "shipped.conf"
    (folder / "nginx-cache").mkdir(exist_ok=True)
    texts = [(SHIPPED / name).read_text() for name in ("nginx.conf", "site.conf", "proxy.conf")]
    configuration.write_text(adapted(*texts, folder, port, site_port))
    return command(configuration)


def adapted(main: str, site: str, proxy: str, folder: Path, port: int, site_port: int) -> str:
    """One file out of the three that are shipped. ValueError where they are not as they are known here."""
    # One server remains: the one that answers for the site.
    blocks = re.split(r"(?m)^(?=server \{)", site)
    maps, ours = blocks[0], [block for block in blocks[1:] if "location / {" in block and "proxy.conf" in block]
    if len(ours) != 1:
        raise ValueError(f"{len(ours)} servers of the site in deploy/nginx/site.conf, where one was looked for")
    server = re.sub(r"(?m)^ *(listen|server_name|ssl_certificate\w*) .*\n", "", ours[0])
    server = server.replace("server {", f"server {{\n    listen 127.0.0.1:{port};\n    server_name 127.0.0.1;", 1)
    maps = re.sub(r"(?m)^ssl_.*\n", "", maps)
    maps = re.sub(
        r"(?s)upstream newssite \{.*?\n\}", f"upstream newssite {{ server 127.0.0.1:{site_port} max_fails=0; }}", maps
    )
    server = server.replace("include /etc/nginx/newssite/proxy.conf;", proxy)
    text = main.replace("include /etc/nginx/newssite/site.conf;", _temporary(folder) + "\n" + maps + server)
    text = re.sub(r"(?m)^user .*\n", f"{_user()}\n", text)
    text = re.sub(r"(?m)^pid .*\n", f"pid {folder}/shipped.pid;\ndaemon off;\n", text)
    text = re.sub(r"(?m)^error_log \S+", "error_log stderr", text)
    text = text.replace("worker_processes auto;", "worker_processes 1;")
    # Shipped, a connection ends after a thousand requests, and a thousand is a blink of the load's.
    text = text.replace("keepalive_timeout 60s;", "keepalive_timeout 60s; keepalive_requests 100000000;")
    for shipped_at, here in (
        ("/var/log/nginx/access.log", folder / "access.log"),
        ("/var/cache/nginx/newssite", folder / "nginx-cache"),
        ("/srv/newssite/var", folder),
    ):
        text = text.replace(shipped_at, str(here))
    return text


def _user() -> str:
    """Begun by root its worker would be nobody, who may not look into our folder."""
    return "user root;" if os.geteuid() == 0 else ""


def _temporary(folder: Path) -> str:
    return " ".join(f"{name}_temp_path {folder}/nginx-{name};" for name in TEMPORARY)
