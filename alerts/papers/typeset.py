"""Typesetting: a template and what stands in it, to PDF. Values are data and never become markup."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import typst

TEMPLATES = Path(__file__).parent.parent.parent / "templates" / "pdf"
FACES = Path(__file__).parent / "faces"

US_LETTER = frozenset(["BZ", "CA", "CL", "CO", "CR", "GT", "MX", "NI", "PA", "PH", "PR", "SV", "US", "VE"])
"""Countries that write on US letter; all others write on A4. Unicode CLDR, supplemental/measurementData, paperSize."""


def paper_of(country: str | None) -> str:
    """The sheet of a country, as the typesetter calls it."""
    return "us-letter" if country in US_LETTER else "a4"


def typeset(template: str, values: Mapping[str, Any], pictures: Mapping[str, bytes] | None = None) -> bytes:
    """The PDF of `templates/pdf/<template>.typ`, which reads `values` as `data`, and `pictures` by their file names.

    Each paper is set in a folder that holds its template, data and pictures: nothing else can be read, and only our own
    faces are used, so that the same values make the same pages on every machine.
    """
    with tempfile.TemporaryDirectory(prefix="paper-") as name:
        folder = Path(name)
        for file in (f"{template}.typ", "paper.typ"):
            shutil.copyfile(TEMPLATES / file, folder / file)
        (folder / "data.json").write_text(json.dumps(values, ensure_ascii=False), "utf-8")
        for file, picture in (pictures or {}).items():
            (folder / file).write_bytes(picture)
        made = typst.compile(
            str(folder / f"{template}.typ"),
            root=str(folder),
            font_paths=_faces(),
        )
    assert isinstance(made, bytes)
    return made


@cache
def _faces() -> typst.Fonts:
    """Our faces and none of the machine's, found once: finding them takes longer than setting a letter."""
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FACES)])
