"""Collects the texts that people outside read (pages, mails) and brings the catalogues up to date with them.

`make messages` writes `messages.pot`, which says where each text stands, and the catalogue of every language: what is
new stands there untranslated, what is no longer used is gone. How a language counts is what its catalogue's header
says. The console and the commands speak English and are left out.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from gettext import c2py
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po, write_po

from alerts.core.i18n import CATALOGUES
from alerts.core.languages import DEFAULT, LANGUAGES

ROOT = Path(__file__).resolve().parent.parent
TEMPLATE = CATALOGUES / "messages.pot"
TRANSLATED = [code for code in LANGUAGES if code != DEFAULT]
SOURCES = [
    ("alerts/web/console/**", "ignore"),
    ("alerts/cli/**", "ignore"),
    ("alerts/catcher/**", "ignore"),
    ("alerts/**.py", "python"),
    ("templates/public/**.html", "jinja2"),
    ("templates/errors/**.html", "jinja2"),
    ("templates/email/**.txt", "jinja2"),
    ("templates/email/**.mjml", "jinja2"),
    ("templates/email/**.j2", "jinja2"),
]
_KEYWORDS = {**DEFAULT_KEYWORDS, "lazy_gettext": None, "lazy_ngettext": (1, 2), "lazy_pgettext": ((1, "c"), 2)}
_FOLDERS = {"alerts", "templates"}
_PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]")
_NUMBERS = range(1000)
_WIDTH = 110


def main() -> None:
    """Bring every catalogue up to date; exit 1, saying what, where something is left to translate."""
    wanted = collected()
    TEMPLATE.parent.mkdir(exist_ok=True)
    TEMPLATE.write_bytes(template(wanted))
    for language in TRANSLATED:
        file = catalogue_file(language)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(updated(language, wanted))
    left = [fault for language in TRANSLATED for fault in faults(language, wanted)]
    if left:
        sys.exit("\n".join(left))


def collected() -> Catalog:
    """Every text that is to be translated, in the order of the files."""
    found = Catalog(charset="utf-8")
    for file, _, message, _, context in extract_from_dir(
        str(ROOT), SOURCES, keywords=_KEYWORDS, directory_filter=_is_source
    ):
        found.add(message, locations=[(file, 1)], context=context)
    return found


def _is_source(folder: str) -> bool:
    parts = Path(folder).relative_to(ROOT).parts
    return not parts or parts[0] in _FOLDERS


def template(wanted: Catalog) -> bytes:
    """`messages.pot`: every text, untranslated, and the files it stands in."""
    file = BytesIO()
    write_po(file, wanted, width=_WIDTH, omit_header=True, include_lineno=False)
    return _header({}) + file.getvalue()


def updated(language: str, wanted: Catalog) -> bytes:
    """The catalogue of a language with exactly the wanted texts, keeping what is translated."""
    kept, fresh = catalogue(language), Catalog(locale=language)
    fresh.mime_headers = [("Plural-Forms", kept.plural_forms)]
    for message in wanted:
        if message.id:
            known = kept.get(message.id, message.context)
            fresh.add(message.id, known.string if known else None, flags=message.flags, context=message.context)
    file = BytesIO()
    write_po(file, fresh, width=_WIDTH, omit_header=True)
    return _header({"Language": language, "Plural-Forms": kept.plural_forms}) + file.getvalue()


def _header(own: dict[str, str]) -> bytes:
    """A header without moments, names or versions, which would differ from machine to machine."""
    lines = {**own, "Content-Type": "text/plain; charset=utf-8", "Content-Transfer-Encoding": "8bit"}
    return (
        'msgid ""\nmsgstr ""\n' + "".join(f'"{name}: {value}\\n"\n' for name, value in lines.items()) + "\n"
    ).encode()


def catalogue_file(language: str) -> Path:
    """Where the catalogue of a language stands."""
    return CATALOGUES / language / "LC_MESSAGES" / "messages.po"


def catalogue(language: str) -> Catalog:
    """The catalogue of a language as it is kept; an empty one for a language that has none yet."""
    file = catalogue_file(language)
    if not file.exists():
        return Catalog(locale=language)
    with file.open("rb") as opened:
        return read_po(opened, locale=language)


def faults(language: str, wanted: Catalog) -> Iterator[str]:
    """What is missing, half translated, unsure, or has other placeholders than its text, one line each."""
    kept = catalogue(language)
    for message in wanted:
        if message.id:
            for fault in _faults_of(message, kept.get(message.id, message.context), kept):
                yield f"{language}: {fault}: {message.id!r}"


def _faults_of(message: Message, translated: Message | None, kept: Catalog) -> Iterator[str]:
    forms = texts(translated.string) if translated else ()
    if translated is None or not forms or not all(text.strip() for text in forms):
        yield "not translated"
        return
    if translated.fuzzy:
        yield "marked as unsure"
    if len(forms) != (kept.num_plurals if message.pluralizable else 1):
        yield "has not as many forms as the language"
    may_omit = _forms_of_one_number(kept) if message.pluralizable else set()
    asked = {name for text in texts(message.id) for name in _PLACEHOLDER.findall(text)}
    for form, text in enumerate(forms):
        said = set(_PLACEHOLDER.findall(text))
        if said - asked or (asked - said and form not in may_omit):
            yield f"has other placeholders ({', '.join(sorted(said ^ asked))})"


def _forms_of_one_number(catalog: Catalog) -> set[int]:
    """The forms that need not repeat their number, since they stand for one alone, as the Arabic for two does."""
    form_of = c2py(catalog.plural_expr)
    forms = [form_of(number) for number in _NUMBERS]
    return {form for form in forms if forms.count(form) == 1}


def texts(said: str | list[str] | tuple[str, ...] | None) -> tuple[str, ...]:
    """The forms of a text or of its translation: one, or one for each way to count, or none yet."""
    return (said,) if isinstance(said, str) else tuple(said or ())


if __name__ == "__main__":
    main()
