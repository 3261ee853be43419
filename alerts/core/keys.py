"""The process's secret keys, installed once at start and never logged.

Features are free of configuration; what they sign and hash with comes through here.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Keys:
    """Keys for tokens (by key id 0–255; the highest id signs, all verify) and for hashing addresses."""

    tokens: dict[int, bytes] = field(repr=False)
    address: bytes = field(repr=False)

    @property
    def signing_id(self) -> int:
        """The key id that new tokens are signed with."""
        return max(self.tokens)


_installed: list[Keys] = []


def install(keys: Keys) -> None:
    """Make `keys` the ones this process uses; the last call wins."""
    _installed[:] = [keys]


def current() -> Keys:
    """The installed keys. Raises RuntimeError where the app was never created."""
    if not _installed:
        raise RuntimeError("No keys are installed: create the app (alerts.app.create_app) before signing or hashing.")
    return _installed[0]
