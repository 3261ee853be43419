"""Reading papers back."""

from __future__ import annotations

import io

from pypdf import PdfReader


def pages(made: bytes) -> list[str]:
    """The text of each page."""
    return [page.extract_text() for page in PdfReader(io.BytesIO(made)).pages]


def faces_of(made: bytes) -> set[str]:
    """The names of all faces that are used, without the mark of their subset."""
    found = set()
    for page in PdfReader(io.BytesIO(made)).pages:
        for face in page["/Resources"]["/Font"].values():  # type: ignore[index]
            found.add(str(face.get_object()["/BaseFont"]).partition("+")[2])
    return found


def size_of(made: bytes) -> tuple[int, int]:
    """The first page's width and height in points."""
    box = PdfReader(io.BytesIO(made)).pages[0].mediabox
    return round(box.width), round(box.height)
