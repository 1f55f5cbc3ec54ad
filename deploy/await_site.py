#!/usr/bin/env python3
"""Waits until an instance of the site answers on its socket; fails after two minutes.

    await_site.py SOCKET [--path /readyz] [--then NAME]

--then gives the socket its name for nginx once it answers: who came earlier would wait until the site has begun. The
host asked for is the first of ALLOWED_HOSTS. Needs Python alone, in a container as well.
"""

from __future__ import annotations

import argparse
import http.client
import os
import socket
import sys
import time
from contextlib import closing

SECONDS = 120


def answers(path: str, page: str) -> bool:
    connection = http.client.HTTPConnection(os.environ.get("ALLOWED_HOSTS", "localhost").split(",")[0])
    with closing(connection), socket.socket(socket.AF_UNIX) as plain:
        plain.settimeout(5)
        plain.connect(path)
        connection.sock = plain
        connection.request("GET", page)
        return connection.getresponse().status == 200


def wait(path: str, page: str) -> bool:
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        try:
            if answers(path, page):
                return True
        except (OSError, http.client.HTTPException):
            pass
        time.sleep(0.2)
    return False


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("socket")
    parser.add_argument("--path", default="/healthz")
    parser.add_argument("--then", metavar="NAME")
    options = parser.parse_args()
    if not wait(options.socket, options.path):
        sys.stderr.write(f"Nothing answers on {options.socket}.\n")
        return 1
    if options.then:
        os.replace(options.socket, options.then)
    return 0


if __name__ == "__main__":
    sys.exit(main())
