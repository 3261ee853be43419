"""The catcher's tests send mail: its links and return paths are signed with keys of the tests' own."""

from __future__ import annotations

from tests.delivery.conftest import installed_keys

__all__ = ["installed_keys"]
