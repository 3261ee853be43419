"""Reading papers back."""

from __future__ import annotations

import io

from pypdf import PdfReader
from pypdf.generic import ByteStringObject, ContentStream, TextStringObject


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


def boxes(made: bytes) -> int:
    """How many letters have no face and are printed as the box that stands for them: each face's first glyph."""
    reader = PdfReader(io.BytesIO(made))
    shown = (
        part.original_bytes
        for page in reader.pages
        for operands, operator in ContentStream(page.get_contents(), reader).operations
        if operator in {b"Tj", b"TJ"}
        for part in (operands[0] if operator == b"TJ" else operands)
        if isinstance(part, ByteStringObject | TextStringObject)
    )
    return sum(glyphs[at : at + 2] == b"\0\0" for glyphs in shown for at in range(0, len(glyphs), 2))


def size_of(made: bytes) -> tuple[int, int]:
    """The first page's width and height in points."""
    box = PdfReader(io.BytesIO(made)).pages[0].mediabox
    return round(box.width), round(box.height)
