"""A whole case folder as bytes, for tests to break in one place."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
ROOT = Path(__file__).parents[2]


def documented() -> dict[str, str]:
    """The example files of `docs/case-files.md`, by name."""
    text = (ROOT / "docs" / "case-files.md").read_text(encoding="utf-8")
    return dict(re.findall(r"^`([\w/]+\.md)`:\n\n```markdown\n(.*?)^```$", text, re.DOTALL | re.MULTILINE))


def files(**changed: str | bytes) -> dict[str, bytes]:
    """The documented case; `en="…"` replaces en.md, `es=""` leaves es.md out."""
    texts: dict[str, str | bytes] = {name: text for name, text in documented().items() if "/" not in name}
    texts |= {f"{language}.md": text for language, text in changed.items()}
    return {name: text if isinstance(text, bytes) else text.encode() for name, text in texts.items() if text}


def english(*swaps: tuple[str, str]) -> str:
    """The documented en.md with each first text replaced by the second; each must be there."""
    return _swapped(documented()["en.md"], swaps)


def spanish(*swaps: tuple[str, str]) -> str:
    """The documented es.md with replacements."""
    return _swapped(documented()["es.md"], swaps)


def _swapped(text: str, swaps: tuple[tuple[str, str], ...]) -> str:
    for old, new in swaps:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text
