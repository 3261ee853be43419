"""Rate limits: counted in Redis under keyed hashes that expire, never under an address."""

from __future__ import annotations

import hashlib

from flask import request
from flask_limiter import Limiter

from alerts.core import keys


def _visitor() -> str:
    """A keyed hash that stands for where a request came from; the address itself is kept nowhere."""
    address = (request.remote_addr or "").encode()
    return hashlib.blake2b(address, digest_size=12, key=keys.current().address, person=b"visitor").hexdigest()


limiter = Limiter(_visitor, headers_enabled=True, in_memory_fallback_enabled=True, swallow_errors=True)
