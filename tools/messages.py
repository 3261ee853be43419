"""Collects the texts that people outside read (pages, mails) and brings the catalogues up to date with them.

`make messages` writes; what is new stands there untranslated, what is no longer used is gone. The console and the
commands speak English and are left out.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parent.parent
CATALOGUES = ROOT / "alerts" / "translations"
SOURCES = [
    ("alerts/web/console/**", "ignore"),
    ("alerts/cli/**", "ignore"),
    ("alerts/catcher/**", "ignore"),
    ("alerts/**.py", "python"),
    ("templates/public/**.html", "jinja2"),
    ("templates/errors/**.html", "jinja2"),
    ("templates/email/**.txt", "jinja2"),
    ("templates/email/**.mjml", "jinja2"),
]
_SKIPPED = {".venv", "tests", "var", "node_modules", "static", "demo"}
WIDTH = 110


def collected() -> Catalog:
    """Every text that is to be translated, in the order of the files."""
    found = Catalog()
    for _file, _line, message, _comments, context in extract_from_dir(
        str(ROOT), SOURCES, directory_filter=lambda folder: Path(folder).name not in _SKIPPED
    ):
        found.add(message, context=context)
    return found


def catalogue(language: str) -> Catalog:
    """The catalogue of a language as it is kept."""
    with _file(language).open("rb") as file:
        return read_po(file, locale=language)


def languages() -> list[str]:
    """The languages that have a catalogue."""
    return sorted(folder.name for folder in CATALOGUES.iterdir() if _file(folder.name).exists())


def faults(language: str, wanted: Catalog) -> Iterator[str]:
    """What is missing, half translated, or names other placeholders than its text."""
    kept = catalogue(language)
    for message in wanted:
        if not message.id:
            continue
        translated = kept.get(message.id, message.context)
        if translated is None or not _whole(translated):
            yield f"{language}: not translated: {message.id!r}"
        elif translated.fuzzy:
            yield f"{language}: marked as unsure: {message.id!r}"
        else:
            yield from (f"{language}: {error}: {message.id!r}" for error in translated.check(kept))


def _whole(message: Message) -> bool:
    return all(message.string) if isinstance(message.string, (list, tuple)) else bool(message.string)


def _file(language: str) -> Path:
    return CATALOGUES / language / "LC_MESSAGES" / "messages.po"


def update(language: str, wanted: Catalog) -> None:
    """Write the catalogue again with exactly the wanted texts, keeping what is translated."""
    kept, fresh = catalogue(language), Catalog(locale=language, header_comment="")
    for message in wanted:
        if message.id:
            known = kept.get(message.id, message.context)
            fresh.add(message.id, known.string if known else None, flags=message.flags, context=message.context)
    with _file(language).open("wb") as file:
        file.write(_header(fresh))
        write_po(file, fresh, width=WIDTH, omit_header=True)


def _header(catalog: Catalog) -> bytes:
    lines = {
        "Language": str(catalog.locale),
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": catalog.plural_forms,
    }
    return (
        "".join(['msgid ""\nmsgstr ""\n', *(f'"{name}: {value}\\n"\n' for name, value in lines.items())]) + "\n"
    ).encode()


def main() -> int:
    """Bring every catalogue up to date; 1 where something is left to translate."""
    wanted = collected()
    left = 0
    for language in languages():
        update(language, wanted)
        for fault in faults(language, wanted):
            print(fault)
            left += 1
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
