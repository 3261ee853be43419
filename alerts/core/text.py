"""Text from people: Markdown to clean HTML or plain text, names masked, header values guarded."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Set
from html import unescape

import nh3
from markdown_it import MarkdownIt

_MARKDOWN = MarkdownIt("commonmark", {"html": False, "typographer": False})
# A line that ends in the source does not end on the page, nor in a mail's text, which is wrapped by us.
_MARKDOWN.add_render_rule("softbreak", lambda *_: " ")
_TAGS = {"a", "blockquote", "br", "code", "em", "h2", "h3", "h4", "hr", "li", "ol", "p", "strong", "ul"}
_HEAP = re.compile(r"[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{4}")
_SIGNS = r"[<>@\\:?#\x00-\x1f\x7f\ufffd]|www\."
_SLASH = r"(?!(?<=\b[^\W\d_])/[^\W\d_]\b)(?:(?<![\u1200-\u137f])/|/(?![\u1200-\u137f]))"
"""Ethiopian names are shortened with a slash, `ገ/ማርያም`, and Malaysian ones name a parent so: `Ravi s/o Kumar`."""
_BRAHMIC = r"[\u0900-\u0eff\u1000-\u109f\u1780-\u17ff]"
_SITE = rf"[^\W_][\w-]+(?:(?<!{_BRAHMIC})\.|\.(?!{_BRAHMIC}))[^\W_][\w-]+"
"""Two parts of two letters or more with a dot between; from Hindi to Thai a name's initials are written so."""
_DIGITS = r"\d(?:[\s.()-]*\d){3}"
_NO_NAME = re.compile(f"{_SIGNS}|{_SLASH}|{_SITE}|{_DIGITS}", re.IGNORECASE)
_LIKE_A_DOT = str.maketrans("\u3002", ".")
"""What browsers take for a dot in an address, and NFKC does not (UTS 46)."""
_GAPS = re.compile(r"\n{3,}")


def html_from_markdown(text: str) -> str:
    """Clean HTML: rendered first, then cleaned (nh3); links are http(s) only and say `rel=nofollow noopener`."""
    return nh3.clean(
        _MARKDOWN.render(text),
        tags=_TAGS,
        attributes={"a": {"href"}},
        url_schemes={"http", "https"},
        link_rel="noopener nofollow",
    )


def text_from_markdown(text: str) -> str:
    """What a reader of plain text gets: paragraphs apart, points as dashes, a link's address behind its words."""
    return unescape(flat_html(text)).strip()


def flat_html(text: str, keep: Set[str] = frozenset()) -> str:
    """The same, still escaped, with those tags left that `keep` names; where `strong` is one, a heading is strong."""
    html = html_from_markdown(text)
    html = re.sub(r'<a href="([^"]*)"[^>]*>(.*?)</a>', r"\2 (\1)", html, flags=re.DOTALL)
    html = re.sub(r"<li>\s*(?:<p>)?", "- ", html)
    if "strong" in keep:
        html = re.sub(r"<h[2-4]>(.*?)(?=</h[2-4]>)", r"<strong>\1</strong>", html, flags=re.DOTALL)
    html = re.sub(r"</(p|h[2-4]|ul|ol|blockquote)>", "\n\n", html)
    html = re.sub(r"<br\s*/?>|</li>", "\n", html)
    return _GAPS.sub("\n\n", nh3.clean(html, tags=set(keep)))


def one_line(value: str) -> str:
    """`value`, for a header. Raises ValueError where it has a line break: such a value is refused, not cleaned."""
    if "\n" in value or "\r" in value or "\x00" in value:
        raise ValueError("A line break cannot stand in a mail header.")
    return value


def is_a_name(text: str) -> bool:
    """Whether this can be somebody's name: it has letters, and is no address, number, markup or heap of accents.

    A form that mails what strangers type to an address they choose would else carry their links and numbers. Wide and
    styled letters are judged as the plain ones they are shown or followed as.
    """
    plain = unicodedata.normalize("NFKC", text).translate(_LIKE_A_DOT)
    if _HEAP.search(plain) or not any(letter.isalpha() for letter in plain):
        return False
    return _NO_NAME.search("".join(letter for letter in plain if not _is_joined_on(letter))) is None


def _is_joined_on(letter: str) -> bool:
    """Marks over letters, and what cannot be seen between them."""
    return unicodedata.category(letter) in ("Mn", "Mc", "Me", "Cf")


def masked_name(name: str) -> str:
    """A name as its owner knows it and others do not: `Elena Milashina` becomes `E•••• M.`."""
    parts = name.split()
    if not parts:
        return ""
    first = parts[0][0] + "••••"
    return f"{first} {parts[-1][0]}." if len(parts) > 1 else first


def masked_email(email: str) -> str:
    """An address as its owner knows it: `berta@mail.example` becomes `b•••@m•••.example`."""
    local, _, domain = email.partition("@")
    host, _, top = domain.rpartition(".")
    return f"{local[:1]}•••@{host[:1]}•••.{top}"
