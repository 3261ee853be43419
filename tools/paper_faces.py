"""Make the faces that papers are set in: static, without hints, one family for each script.

Run it after a change of static/fonts, or to take newer faces, with a folder that holds these, unpacked:

- Debian's packages `fonts-noto-core` (20201225-1) and `fonts-noto-cjk` (1:20220127+repack1-1), by `dpkg-deb -x`;
- npm's `@fontsource/noto-emoji` (5.3.2).

    uv run --with fonttools==4.68.0 --with brotli python tools/paper_faces.py FOLDER

The same folder makes the same files. The typesetter knows no variable faces, and takes one file for each family and
weight.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from unicodedata import category

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont

ROOT = Path(__file__).resolve().parent.parent
MADE = ROOT / "alerts" / "papers" / "faces"
PAGES = {
    "commissioner-latin": "Paper Latin",
    "commissioner-latin-ext": "Paper Latin Extended",
    "commissioner-cyrillic": "Paper Cyrillic",
    "vazirmatn-arabic": "Paper Arabic",
}
WEIGHTS = {"Regular": 400, "Bold": 700}
WHOLE = {"NotoSans": "World", "NotoSansArabic": "Arabic Extended"}
SANS = """
    Adlam Armenian Balinese Bamum Batak Bengali Buginese CanadianAboriginal Chakma Cham Cherokee Coptic
    Deseret Devanagari Ethiopic Georgian Gujarati GunjalaGondi Gurmukhi HanifiRohingya Hebrew Javanese Kannada
    KayahLi Khmer Lao Lepcha Limbu Lisu Malayalam Mandaic MasaramGondi MeeteiMayek Miao Mongolian Mro Myanmar
    NKo NewTaiLue Newa OlChiki Oriya Osage PahawhHmong PauCinHau Rejang Samaritan Saurashtra Sinhala
    SoraSompeng Sundanese SylotiNagri Syriac Tagalog TaiLe TaiTham TaiViet Tamil Telugu Thaana Thai Tifinagh
    Vai Wancho WarangCiti Yi
""".split()  # noqa: SIM905
SERIF = ["NyiakengPuachueHmong", "Tibetan"]
END_OF_SYMBOLS = 0x2C00
CHINESE, KOREAN, JAPANESE = 2, 1, 0
HAN = [(0x3000, 0x31FF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0xFF00, 0xFFEF), (0x20000, 0x3FFFF)]
RARE_HAN = (0x3400, 0x4DBF)
LISTED_IN_CHINA = """
    㑇㑊㕮㘎㙍㙘㙦㛃㛚㛹㟃㠇㠓㤘㥄㧐㧑㧟㫰㬊㬎㬚㭎㭕㮾㰀㳇㳘㳚㴔㵐㶲㸆㸌㺄㻬㽏㿠䁖䂮䃅䃎䅟䌹䎃䎖䏝䏡䏲䐃䓖䓛䓨䓫䓬䗖䗛䗪䗴
    䜣䝙䢺䢼䣘䥽䦃䲟䲠䲢䴓䴔䴕䴖䴗䴘䴙䶮
"""
HANGUL_FEATURES = ["ccmp", "ljmo", "vjmo", "tjmo"]
DOTTED_CIRCLE = 0x25CC
HANGUL = [(0x1100, 0x11FF), (0x3130, 0x318F), (0xA960, 0xA97F), (0xAC00, 0xD7FF)]
HOLDERS = """Copyright 2013-2026 Google LLC (Noto Sans, Noto Serif, Noto Emoji)
Copyright 2014-2021 Adobe (http://www.adobe.com/) (Noto Sans CJK)"""
DROPPED = ["DSIG", "FFTM", "BASE", "VORG", "vhea", "vmtx", "meta", "gasp"]


def main() -> None:
    """Write each face, and the licence of the new ones beside them."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("folder", type=Path, help="where the packages named above are unpacked")
    folder: Path = asked.parse_args().folder
    seen: set[int] = set()
    for file, family in PAGES.items():
        for style, weight in WEIGHTS.items():
            font = _of_pages(file, weight)
            seen.update(font.getBestCmap())
            _save(font, family, style, f"{file}-{style.lower()}.ttf")
    for file, family in WHOLE.items():
        seen |= _noto(_opened(folder, f"{file}-Regular.ttf"), family)
    seen |= _east_asian(folder, seen)
    for kind, scripts in (("Sans", SANS), ("Serif", SERIF)):
        for script in scripts:
            seen |= _noto(_opened(folder, f"Noto{kind}{script}-Regular.ttf"), script, seen)
    symbols = _opened(folder, "NotoSansSymbols2-Regular.ttf")
    seen |= _noto(symbols, "Symbols", seen, wanted=lambda letter: letter < END_OF_SYMBOLS)
    _noto(_opened(folder, "noto-emoji-emoji-400-normal.woff2"), "Emoji", seen)
    _emoji, licence = _one(folder, "LICENSE").read_text().split("\n", 1)
    (MADE / "NOTO-LICENSE.txt").write_text(f"{HOLDERS}\n{licence}")


def _one(folder: Path, name: str) -> Path:
    """The one file of this name below the folder."""
    found = sorted(folder.rglob(name))
    if len(found) != 1:
        raise SystemExit(
            f"{folder} has {len(found)} files called {name}, not one: unpack what this tool names, and nothing else."
        )
    return found[0]


def _opened(folder: Path, name: str, number: int = -1) -> TTFont:
    return TTFont(_one(folder, name), fontNumber=number, recalcTimestamp=False)


def _of_pages(file: str, weight: int) -> TTFont:
    font = TTFont(ROOT / "static" / "fonts" / f"{file}.woff2", recalcTimestamp=False)
    axes = {axis.axisTag: axis.defaultValue for axis in font["fvar"].axes} | {"wght": weight}
    return instantiateVariableFont(font, axes)


def _east_asian(folder: Path, seen: set[int]) -> set[int]:
    """Hangul, Han in the shapes of the mainland, and those of the latter that are drawn otherwise in Japan."""
    name = "NotoSansCJK-Regular.ttc"
    hangul, han, japanese = (_opened(folder, name, number) for number in (KOREAN, CHINESE, JAPANESE))
    theirs, ours = dict(han.getBestCmap()), japanese.getBestCmap()
    differs = {letter for letter in ours if _in_japan(letter) and ours[letter] != theirs.get(letter)}
    _noto(japanese, "Japanese", wanted=differs.__contains__, features=[], ending="otf")
    made = _noto(hangul, "Hangul", seen, wanted=_is_hangul, features=HANGUL_FEATURES, ending="otf")
    return made | _noto(han, "Han", seen | made, wanted=_is_han, features=[], ending="otf")


def _noto(
    font: TTFont,
    family: str,
    seen: Collection[int] = (),
    *,
    wanted: Callable[[int], bool] = bool,
    features: Sequence[str] = ("*",),
    ending: str = "ttf",
) -> set[int]:
    """Write a face with the letters that no earlier one has, so that each is in one; marks stay with theirs."""
    letters = {
        letter for letter in font.getBestCmap() if wanted(letter) and (letter not in seen or _goes_along(letter))
    }
    _kept(font, letters, list(features))
    _save(font, f"Paper {family}", "Regular", f"noto-{family.lower().replace(' ', '-')}.{ending}")
    return letters


def _goes_along(letter: int) -> bool:
    """Whether it is set with the letters beside it: marks, joiners, and the circle that stands for a letter."""
    return letter == DOTTED_CIRCLE or category(chr(letter)) in {"Mn", "Mc", "Me", "Cf"}


def _is_hangul(letter: int) -> bool:
    return any(first <= letter <= last for first, last in HANGUL)


def _is_han(letter: int) -> bool:
    """Whether it is written with Han; the rare ones where a list of China, Japan or Hong Kong has them."""
    if RARE_HAN[0] <= letter <= RARE_HAN[1]:
        return chr(letter) in LISTED_IN_CHINA or _encodes(letter, "euc_jis_2004") or _encodes(letter, "big5hkscs")
    return any(first <= letter <= last for first, last in HAN)


def _encodes(letter: int, encoding: str) -> bool:
    try:
        return bool(chr(letter).encode(encoding))
    except UnicodeEncodeError:
        return False


def _in_japan(letter: int) -> bool:
    """Whether JIS X 0208 has it: all that names there are registered with, and more."""
    return _encodes(letter, "iso2022_jp")


def _kept(font: TTFont, letters: Collection[int], features: list[str]) -> None:
    """Leave these letters, all that shaping makes of them, and nothing that paper does not need."""
    options = Options()
    options.layout_features = features
    options.hinting = False
    options.notdef_outline = True
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
    options.drop_tables += DROPPED
    keeper = Subsetter(options)
    keeper.populate(unicodes=letters)
    keeper.subset(font)


def _save(font: TTFont, family: str, style: str, file: str) -> None:
    font.flavor = None
    for name in (1, 16):
        font["name"].setName(family, name, 3, 1, 0x409)
    for name in (2, 17):
        font["name"].setName(style, name, 3, 1, 0x409)
    font["name"].setName(f"{family} {style}", 4, 3, 1, 0x409)
    font["OS/2"].usWeightClass = WEIGHTS[style]
    font["OS/2"].fsSelection = 0x20 if style == "Bold" else 0x40
    font["head"].macStyle = 1 if style == "Bold" else 0
    font.save(MADE / file)


if __name__ == "__main__":
    main()
