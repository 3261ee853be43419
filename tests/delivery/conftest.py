"""What delivery needs of a process: the keys that sign return paths."""

from __future__ import annotations

import pytest

from alerts.core import keys


@pytest.fixture(autouse=True)
def installed_keys() -> None:
    """The tests' own keys, whatever another test of this process installed."""
    keys.install(keys.Keys({1: bytes(range(32))}, bytes(range(32))))
