"""The scripts that are written today, by the blocks of Unicode that their letters stand in."""

from __future__ import annotations

from unicodedata import category

RECOMMENDED = {
    "Arabic": "0620-06FF 0750-077F 08A0-08B4 08B6-08C7 08D3-08FF",
    "Armenian": "0531-0589",
    "Bengali": "0980-09FE",
    "Bopomofo": "3105-312F 31A0-31BF",
    "Cyrillic": "0400-052F 1C80-1C88 2DE0-2DFF A640-A69F",
    "Devanagari": "0900-097F A8E0-A8FF",
    "Ethiopic": "1200-1399 2D80-2DDE AB01-AB2E",
    "Georgian": "10A0-10FF 1C90-1CBF 2D00-2D2D",
    "Greek": "0370-03FF 1F00-1FFF",
    "Gujarati": "0A81-0AFF",
    "Gurmukhi": "0A01-0A76",
    "Han": "3005-3007 4E00-9FFC",
    "Hangul": "1100-11FF 3131-318E AC00-D7A3",
    "Hebrew": "0591-05F4",
    "Hiragana": "3041-309F",
    "Kannada": "0C80-0CF2",
    "Katakana": "30A1-30FF 31F0-31FF FF66-FF9F",
    "Khmer": "1780-17F9",
    "Lao": "0E81-0ECD 0ED0-0EDF",
    "Latin": "0041-024F 0300-036F 1E00-1EFF 2C60-2C7F A720-A7BF AB30-AB67",
    "Malayalam": "0D00-0D7F",
    "Myanmar": "1000-109F A9E0-A9FE AA60-AA7F",
    "Odia": "0B01-0B77",
    "Sinhala": "0D81-0DF3",
    "Tamil": "0B82-0BF2",
    "Telugu": "0C00-0C5A 0C60-0C7F",
    "Thaana": "0780-07B1",
    "Thai": "0E01-0E5B",
    "Tibetan": "0F00-0FBC",
}
"""Unicode Standard Annex 31, table 5."""

LIMITED = {
    "Adlam": "1E900-1E959",
    "Balinese": "1B00-1B4B 1B50-1B59",
    "Bamum": "A6A0-A6F1",
    "Batak": "1BC0-1BF3",
    "Canadian syllabics": "1401-167F 18B0-18F5",
    "Chakma": "11100-1113F 11144-11147",
    "Cham": "AA00-AA59",
    "Cherokee": "13A0-13FD AB70-ABBF",
    "Hanifi Rohingya": "10D00-10D39",
    "Javanese": "A980-A9D9",
    "Kayah Li": "A900-A92D",
    "Lepcha": "1C00-1C4F",
    "Limbu": "1900-194F",
    "Lisu": "A4D0-A4FD",
    "Mandaic": "0840-085B",
    "Meetei Mayek": "AAE0-AAF6 ABC0-ABF9",
    "Miao": "16F00-16F9F",
    "Mongolian": "1810-1819 1820-18AA",
    "N'Ko": "07C0-07F5",
    "New Tai Lue": "1980-19DA",
    "Newa": "11400-1145E",
    "Nyiakeng Puachue Hmong": "1E100-1E14F",
    "Ol Chiki": "1C50-1C7D",
    "Osage": "104B0-104FB",
    "Pahawh Hmong": "16B00-16B8F",
    "Saurashtra": "A880-A8D9",
    "Sundanese": "1B80-1BBF",
    "Syloti Nagri": "A800-A827",
    "Syriac": "0710-074F",
    "Tai Le": "1950-1974",
    "Tai Tham": "1A20-1A99",
    "Tai Viet": "AA80-AADD",
    "Tifinagh": "2D30-2D67 2D6F",
    "Vai": "A500-A62B",
    "Wancho": "1E2C0-1E2F9",
    "Yi": "A000-A48C",
}
"""The same annex, table 7, and Mongolian."""

TOO_NEW = (
    "05EF 08BF-08C7 0B55 0C3C 0CDD 0E86 0E89 0E8C 0E8E-0E93 0E98 0EA0 0EA8-0EA9 0EAC 0EBA 11147 31BC-31BF 9FF0-9FFC"
)
"""What Unicode took up from 2018 on and the faces have not yet: old spellings, and few names' letters."""

WITHOUT = {"Cuneiform": "12000-12010", "Egyptian hieroglyphs": "13000-13010", "Linear B": "10000-1000B"}
"""Some that nobody signs with: what of these is printed is a box."""


def letters(blocks: str) -> list[str]:
    """The letters, marks and figures of these blocks."""
    found = []
    for block in blocks.split():
        first, _dash, last = block.partition("-")
        found += [chr(code) for code in range(int(first, 16), int(last or first, 16) + 1)]
    return [letter for letter in found if category(letter)[0] in "LMN"]
