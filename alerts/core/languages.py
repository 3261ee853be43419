"""The languages the product speaks, and which way each is written."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Language:
    """A language by its ISO 639-1 code, the name its speakers use, and its direction, `ltr` or `rtl`."""

    code: str
    native_name: str
    direction: str = "ltr"


LANGUAGES: dict[str, Language] = {
    language.code: language
    for language in (
        Language("en", "English"),
        Language("es", "Español"),
        Language("fr", "Français"),
        Language("ar", "العربية", "rtl"),
        Language("fa", "فارسی", "rtl"),
        Language("ru", "Русский"),
    )
}
DEFAULT = "en"


def direction(code: str) -> str:
    """`rtl` or `ltr`; a language we do not speak is taken as `ltr`."""
    return LANGUAGES[code].direction if code in LANGUAGES else "ltr"


def choose(code: str, available: tuple[str, ...], main: str) -> str:
    """The language a person who reads `code` gets a text in: their own where there is one, else the main one."""
    return code if code in available else main
