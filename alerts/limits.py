"""Rate limits: counted in Redis under keyed hashes that expire, never under an address."""

from __future__ import annotations

import hashlib
from ipaddress import IPv4Address, IPv6Network, ip_address

from flask import request
from flask_limiter import Limiter

from alerts.core import keys

_ONE_CUSTOMER = 64
"""Bits."""


def _visitor() -> str:
    """A keyed hash that stands for where a request came from; the address itself is kept nowhere."""
    return hashlib.blake2b(
        _line(request.remote_addr or "").encode(), digest_size=12, key=keys.current().address, person=b"visitor"
    ).hexdigest()


def _line(address: str) -> str:
    """What one customer of a provider has: an IPv4 address, or a whole /64 of IPv6 (RFC 6177, RIPE-690)."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if isinstance(found, IPv4Address):
        return address
    return str(found.ipv4_mapped or IPv6Network((found, _ONE_CUSTOMER), strict=False))


limiter = Limiter(_visitor, headers_enabled=True, in_memory_fallback_enabled=True, swallow_errors=True)
