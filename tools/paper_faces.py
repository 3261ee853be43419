"""Make the faces that papers are set in of those that pages are: static weights, each under a family of its own.

Run it after a change of static/fonts: `uv run --with fonttools --with brotli python tools/paper_faces.py`. The
typesetter knows no variable faces, and takes one file for each family and weight.
"""

from __future__ import annotations

from pathlib import Path

from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont

ROOT = Path(__file__).resolve().parent.parent
FACES = {
    "commissioner-latin": "Paper Latin",
    "commissioner-latin-ext": "Paper Latin Extended",
    "commissioner-cyrillic": "Paper Cyrillic",
    "vazirmatn-arabic": "Paper Arabic",
}
WEIGHTS = {"Regular": 400, "Bold": 700}


def main() -> None:
    """Write each face in each weight."""
    for file, family in FACES.items():
        for style, weight in WEIGHTS.items():
            font = TTFont(ROOT / "static" / "fonts" / f"{file}.woff2")
            axes = {axis.axisTag: axis.defaultValue for axis in font["fvar"].axes} | {"wght": weight}
            made = instantiateVariableFont(font, axes)
            made.flavor = None
            for name in (1, 16):
                made["name"].setName(family, name, 3, 1, 0x409)
            for name in (2, 17):
                made["name"].setName(style, name, 3, 1, 0x409)
            made["name"].setName(f"{family} {style}", 4, 3, 1, 0x409)
            made["OS/2"].usWeightClass = weight
            made["OS/2"].fsSelection = 0x20 if style == "Bold" else 0x40
            made["head"].macStyle = 1 if style == "Bold" else 0
            made.save(ROOT / "alerts" / "papers" / "faces" / f"{file}-{style.lower()}.ttf")


if __name__ == "__main__":
    main()
