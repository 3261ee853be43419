"""What goes into a file that a spreadsheet may open."""

from __future__ import annotations

import re

_FORMULA = re.compile(r"\s*[=+\-@|%\uff1d\uff0b\uff0d\uff20]")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def harmless(text: str, longest: int = 200) -> str:
    """`text` on one line, cut to `longest` characters, with an apostrophe where a spreadsheet would see a formula."""
    shown = _CONTROLS.sub("\ufffd", text[: longest + 1])
    if len(shown) > longest:
        shown = shown[: longest - 1] + "…"
    return f"'{shown}" if _FORMULA.match(text) else shown
