"""The square by which a phone opens an address that stands on paper."""

from __future__ import annotations

import io

import segno

MODULE = 8
"""Pixels along each side of a module: enough for edges that stay sharp in print."""


def code(address: str) -> bytes:
    """The QR code of an address as PNG, without a margin: the paper around it is white.

    A quarter of it may be lost to rain and pins (level Q) before phones fail to read it.
    """
    out = io.BytesIO()
    segno.make(address, error="q", micro=False).save(out, kind="png", scale=MODULE, border=0)
    return out.getvalue()
