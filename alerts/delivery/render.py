"""Rendering a mail's words from its three templates: subject, text, and MJML turned into HTML."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import mrml
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from alerts.core.i18n import translations
from alerts.core.languages import direction
from alerts.core.text import one_line
from alerts.delivery.content import check_size, slot

TEMPLATES = Path(__file__).parent.parent.parent / "templates" / "email"
_HTML_TAG = re.compile(r"<html([^>]*)>")
_BODY_TAG = re.compile(r"<body([^>]*)>")
_ATTRIBUTE = re.compile(r'="[^"]*"')
_ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")
_LANGUAGE = re.compile(r"\s(?:lang|dir)=\"[^\"]*\"")


@dataclass(frozen=True)
class RenderedMail:
    """The words of a mail in one language, with slots where a person's values go."""

    subject: str
    text: str
    html: str


def render_mail(name: str, language: str, **context: Any) -> RenderedMail:
    """The mail `name` in `language`; texts of the interface come from its catalogue, slots are `{{ slot('…') }}`.

    Raises BadContent where mail readers would cut it off.
    """
    environment = _environment(language)
    context = {**context, "language": language, "direction": direction(language), "slot": slot}

    def render(file: str) -> str:
        return environment.get_template(f"{name}/{file}").render(context)

    html = _in_language(_unescaped(mrml.to_html(render("body.mjml")).content), language)
    check_size(html)
    return RenderedMail(
        subject=one_line(" ".join(render("subject.txt").split())),
        text=re.sub(r"\n{3,}", "\n\n", render("body.txt")).strip() + "\n",
        html=html,
    )


@cache
def _environment(language: str) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(["mjml"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_translations(translations(language), newstyle=True)  # type: ignore[attr-defined]
    return environment


def _unescaped(html: str) -> str:
    """mrml writes some characters of attributes in Rust's notation; the slots' marks are among them.

    What stands between tags is left as it is: people's own words may look like that notation.
    """
    return _ATTRIBUTE.sub(lambda one: _ESCAPED.sub(lambda found: chr(int(found[1], 16)), one[0]), html)


def _in_language(html: str, language: str) -> str:
    """`lang` and `dir` on html and body, which readers and screen readers go by."""
    attributes = f' lang="{language}" dir="{direction(language)}"'
    for tag, pattern in (("html", _HTML_TAG), ("body", _BODY_TAG)):
        html = pattern.sub(lambda found, tag=tag: f"<{tag}{_LANGUAGE.sub('', found[1])}{attributes}>", html, count=1)  # type: ignore[misc]
    return html
