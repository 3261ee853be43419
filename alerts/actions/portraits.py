"""Portraits: any picture in, a bounded WebP without metadata out. Pure; checked by content, never by name."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from typing import Any

from PIL import Image, ImageOps, UnidentifiedImageError

from alerts.actions.errors import BadPicture

LARGEST_FILE = 10 * 1024 * 1024
LONGEST_SIDE = 1200
SHORTEST_SIDE = 120
MOST_PIXELS = 40_000_000
_FORMATS = ("PNG", "JPEG", "WEBP")
WIDTHS = (400, 800)
"""Widths that pages offer a portrait in, in pixels: a card on a phone, and the opening of a case on a dense screen."""
FORMS: dict[str, dict[str, Any]] = {"avif": {"quality": 58, "speed": 6}, "webp": {"quality": 78, "method": 4}}
"""Forms that pages offer it in, the smallest first, and how each is made."""


@dataclass(frozen=True)
class Picture:
    """A re-encoded picture; `width` and `height` in pixels, at most LONGEST_SIDE."""

    webp: bytes
    width: int
    height: int


@dataclass(frozen=True)
class Sized:
    """The same picture at most `width` pixels wide, in `form`."""

    width: int
    form: str
    data: bytes


def sized(webp: bytes) -> tuple[Sized, ...]:
    """A picture that `reencode` made, in each of WIDTHS and FORMS; one that is smaller keeps its size."""
    made = []
    with Image.open(io.BytesIO(webp), formats=("WEBP",)) as opened:
        for width in WIDTHS:
            smaller = opened.copy()
            smaller.thumbnail((width, LONGEST_SIDE), Image.Resampling.LANCZOS)
            made += [Sized(width, form, _saved(smaller, form, how)) for form, how in FORMS.items()]
    return tuple(made)


def _saved(picture: Image.Image, form: str, how: dict[str, Any]) -> bytes:
    out = io.BytesIO()
    picture.save(out, form.upper(), **how)
    return out.getvalue()


def reencode(data: bytes) -> Picture:
    """The picture in `data` (PNG, JPEG or WebP) as WebP: turned upright, made smaller, its metadata left behind.

    Raises BadPicture where the content is something else, broken, too large to open safely, or too small to show.
    """
    if len(data) > LARGEST_FILE:
        raise BadPicture(f"The picture has {len(data) / 1e6:.0f} MB; {LARGEST_FILE // 1024 // 1024} MB is the most.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return _reencoded(data)
    except (UnidentifiedImageError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise BadPicture("This is not a picture in PNG, JPEG or WebP, whatever its name says.") from error
    except (
        OSError,
        ValueError,
        SyntaxError,
        EOFError,
        MemoryError,
        KeyError,
        IndexError,
        TypeError,
        ArithmeticError,
    ) as error:
        raise BadPicture("The picture is broken or cut short.") from error


def _reencoded(data: bytes) -> Picture:
    with Image.open(io.BytesIO(data), formats=_FORMATS) as opened:
        if opened.width * opened.height > MOST_PIXELS:
            raise BadPicture(f"The picture has {opened.width} × {opened.height} pixels, more than is safe to open.")
        if min(opened.size) < SHORTEST_SIDE:
            raise BadPicture(
                f"The picture is only {opened.width} × {opened.height} pixels; {SHORTEST_SIDE} is the least."
            )
        upright = ImageOps.exif_transpose(opened)
        bare = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    bare.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    clean = Image.new(bare.mode, bare.size)
    clean.paste(bare)
    return Picture(_saved(clean, "webp", {"quality": 82, "method": 4}), clean.width, clean.height)
