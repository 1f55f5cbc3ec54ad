"""Which addresses ingest may visit. Pure: no name is resolved here (guard.py does that)."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from yarl import URL

Address = IPv4Address | IPv6Address

# `is_global` of Python 3.11 passes all of these.
NEVER_PUBLIC = tuple(
    ip_network(block)
    for block in (
        "0.0.0.0/8",
        "100.64.0.0/10",
        "168.63.129.16/32",  # the host agent of a large cloud
        "192.0.0.0/24",
        "192.88.99.0/24",
        "198.18.0.0/15",
        "224.0.0.0/3",
        "::/96",  # IPv4-compatible
        "::ffff:0:0:0/96",  # IPv4-translated
        "64:ff9b:1::/48",
        "100::/64",
        "2001::/23",
        "2001:db8::/32",
        "3fff::/20",
        "5f00::/16",
        "fc00::/7",
        "fe80::/10",
        "fec0::/10",
        "ff00::/8",
    )
)
NAT64 = ip_network("64:ff9b::/96")
NUMERIC_LABEL = re.compile(r"\d+|0x[0-9a-f]*")
DOTTED_QUAD = re.compile(r"(?:(?:0|[1-9]\d{0,2})\.){3}(?:0|[1-9]\d{0,2})")
HOST_NAME = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.?")
MAX_URL = 2000
# A name that ends in letters, no port, no sign that is out of the ordinary: how nearly every address looks.
PLAIN_URL = re.compile(r"https?://((?:[a-z0-9-]{1,63}\.){1,9}[a-z]{2,63})/[\w.~!$&'()*+,;=:@%/?-]*", re.ASCII)


class Refused(Exception):
    """This address is not visited; the text is one sentence and betrays nothing that was found there."""


# A server is asked again and again, and each visit looks at its address twice.
@lru_cache(maxsize=4096)
def is_public(address: Address | str) -> bool:
    """Whether packets to this address leave for the open internet; text that is no address gives False."""
    if isinstance(address, str):
        try:
            address = ip_address(address.partition("%")[0])
        except ValueError:
            return False
    inner = _inner_ipv4(address)
    if inner is not None:
        return is_public(inner)
    if not address.is_global or address.is_multicast:
        return False
    return not any(address in block for block in NEVER_PUBLIC if block.version == address.version)


def _inner_ipv4(address: Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 one stands for: mapped, NAT64, 6to4, Teredo."""
    if isinstance(address, IPv4Address):
        return None
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        server, client = address.teredo
        return client if is_public(server) else server
    return None


def checked_url(url: str, allowed: Collection[str] = ()) -> URL:
    """The URL as it will be dialled. Raises Refused with the policy it offends.

    `allowed` holds exact "host:port" pairs that may be visited although they are not public.
    """
    url = url.strip(" ").replace(" ", "%20")
    if len(url) > MAX_URL or "\\" in url or not url.isprintable():
        raise Refused("The address is not a well-formed web address.")
    try:
        parsed = URL(url).with_fragment(None)
        host, port = (parsed.raw_host or "").lower(), parsed.port
    except ValueError as error:
        raise Refused("The address is not a well-formed web address.") from error
    if parsed.scheme not in {"http", "https"}:
        raise Refused("Only http and https addresses are fetched.")
    if parsed.raw_user is not None or parsed.raw_password is not None or "@" in parsed.raw_authority:
        raise Refused("Addresses with a user name are not fetched.")
    if not host or not port:
        raise Refused("The address is not a well-formed web address.")
    if f"{host}:{port}" not in allowed and not _may_be_public(host):
        raise Refused("The address is not a public one.")
    return parsed


@lru_cache(maxsize=256)  # the pictures of a feed come from few hosts
def _may_be_public(host: str) -> bool:
    """False for what is certainly not: inner literals in any spelling, local names."""
    if ":" in host:
        return is_public(host)
    labels = host.removesuffix(".").split(".")
    if NUMERIC_LABEL.fullmatch(labels[-1]):
        # Decimal, octal, hex and short forms: resolvers disagree about them, and no publisher uses them.
        return DOTTED_QUAD.fullmatch(host) is not None and is_public(host)
    if len(labels) == 1 or labels[-1] in {"localhost", "local", "internal", "localdomain"}:
        # Not even looked up: whether there is such a name in our network is nobody's affair.
        return False
    return HOST_NAME.fullmatch(host) is not None


def refusal(url: str, allowed: Collection[str] = ()) -> str:
    """Why this address cannot be visited, in one sentence; "" where nothing speaks against it yet."""
    if len(url) <= MAX_URL and (plain := PLAIN_URL.fullmatch(url)) and _may_be_public(plain[1]):
        return ""  # as checked_url finds, for a tenth of the time
    try:
        checked_url(url, allowed)
    except Refused as error:
        return str(error)
    return ""
