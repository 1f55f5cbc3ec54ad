"""One spelling per mailbox, so that nobody can have two accounts that look like one. Pure."""

from __future__ import annotations

import unicodedata

MAX_LENGTH = 254


def canonical(address: str) -> str:
    """Lower case, Unicode folded (NFKC), the domain in ASCII. ValueError, which goes on after "This address",
    where it is too long or cannot be seen whole.

    Letters of another alphabet stay another domain, and show as such: "exаmple.org" becomes "xn--exmple-4nf.org".
    """
    address = address.strip()
    if len(address) > MAX_LENGTH:
        raise ValueError("is too long")
    folded = unicodedata.normalize("NFKC", address).lower()
    if " " in folded:
        raise ValueError("has a space in it")
    if any(unicodedata.category(letter)[0] in "CZ" for letter in folded):
        raise ValueError("holds characters that cannot be seen")
    local, at, domain = folded.rpartition("@")
    return f"{local}{at}{_in_ascii(domain)}"


def _in_ascii(domain: str) -> str:
    """As name servers know it today. Python's own codec is of 2003, and makes "fass.de" of "faß.de": another one."""
    if domain.isascii():
        return domain
    import idna  # late: it brings large tables along, and few need them

    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except UnicodeError:
        return domain  # no domain at all: whoever checks addresses will say so
