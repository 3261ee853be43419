"""Reading papers back."""

from __future__ import annotations

import io

from PIL import Image
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


def set_like(made: bytes, words: str) -> str:
    """All that is set in the face that `words` are set in, in the order of the page."""
    parts: list[tuple[str, str]] = []

    def visit(text: str, _matrix: object, _at: object, face: dict[str, object] | None, _size: float) -> None:
        if face:
            parts.append((str(face["/BaseFont"]), text))

    for page in PdfReader(io.BytesIO(made)).pages:
        page.extract_text(visitor_text=visit)
    wanted = next(face for face, text in parts if words in text)
    return " ".join("".join(text for face, text in parts if face == wanted).split())


def pictures(made: bytes) -> list[Image.Image]:
    """All pictures of the first page: of a bulletin the portrait, where there is one, then the code."""
    found = [each.image for each in PdfReader(io.BytesIO(made)).pages[0].images]
    return [each for each in found if each is not None]


def modules(code: Image.Image, count: int) -> list[list[bool]]:
    """Which modules of a code are dark, row by row, where it has `count` of them on each side."""
    grey, one = code.convert("L"), code.width / count
    return [
        [int(str(grey.getpixel((int((x + 0.5) * one), int((y + 0.5) * one))))) < 128 for x in range(count)]
        for y in range(count)
    ]


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
