"""Tries for one e-mail address from one network address: a stranger uses up their own, not the reader's."""

from __future__ import annotations

from ipaddress import ip_network

from allauth.account.adapter import get_adapter
from allauth.core import ratelimit
from django.http import HttpRequest


def consume_here(request: HttpRequest, action: str, address: str) -> bool:
    """Whether one more try is left. `action` is a name in settings.ACCOUNT_RATE_LIMITS."""
    return ratelimit.consume(request, action=action, key=_key(request, address))


def clear_here(request: HttpRequest, action: str, address: str) -> None:
    ratelimit.clear(request, action=action, key=_key(request, address))


def _key(request: HttpRequest, address: str) -> str:
    return f"{address}|{network_of(get_adapter().get_client_ip(request))}"


def network_of(ip: str) -> str:
    """What one person holds: an IPv4 address, or the first half (/64) of an IPv6 one."""
    return str(ip_network(f"{ip}/64", strict=False)) if ":" in ip else ip
