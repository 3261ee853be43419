"""A Markdown file with YAML front matter, read with the line of everything in it. Pure.

YAML is only composed, never constructed: each value stays the text that was written, so that `NO` is Norway and
`12:30` is not a number. Anchors, aliases and tags are refused, depth and size are bounded.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import yaml

from alerts.actions.casefaults import Findings, did_you_mean, listed

LARGEST_FILE = 256 * 1024
_DEEPEST = 6
_MOST_NODES = 1_000
_HEADING = re.compile(r"^(#{1,2})[ \t]+(.*?)[ \t]*#*$")


@dataclass(frozen=True)
class Scalar:
    """One value as it was written; `line` is where its text begins."""

    text: str
    line: int


@dataclass(frozen=True)
class Sequence:
    """A list of values."""

    items: tuple[Node, ...]
    line: int


@dataclass(frozen=True)
class Mapping:
    """Keys with their values and the lines the keys stand in."""

    entries: dict[str, Node]
    lines: dict[str, int]
    line: int


Node = Scalar | Sequence | Mapping
EMPTY = Mapping({}, {}, 1)


@dataclass(frozen=True)
class Part:
    """The text under one `## Heading`; `line` is where it begins."""

    text: str
    line: int


@dataclass(frozen=True)
class Document:
    """A file taken apart: its front matter, and the parts of its body by heading."""

    front: Mapping
    parts: dict[str, Part] = field(default_factory=dict)
    last_line: int = 1


def read_document(data: bytes, headings: tuple[str, ...], findings: Findings) -> Document:
    """The file's front matter and the parts named by `headings`; faults go to `findings`, nothing is raised."""
    text = _decoded(data, findings)
    if text is None:
        return Document(EMPTY)
    lines = text.split("\n")
    if lines[0].rstrip() != "---":
        findings.add(1, "the file does not begin with front matter", "begin it with a line of three dashes, ---")
        return Document(EMPTY, {}, len(lines))
    end = next((number for number, line in enumerate(lines[1:], 1) if line.rstrip() == "---"), None)
    if end is None:
        findings.add(1, "the front matter does not end", "close it with a second line of three dashes, ---")
        return Document(EMPTY, {}, len(lines))
    front = _front_matter("\n".join(lines[1:end]), findings)
    return Document(front, _parts(lines, end + 1, headings, findings), len(lines))


def part_of(document: Document, heading: str, part: str, findings: Findings) -> str:
    """The text under `## heading`, checked as the part `part` of a text; missing or empty, it is a fault."""
    found = document.parts.get(heading)
    if found is not None and found.text:
        findings.check_words(part, found.text, found.line)
        return found.text
    if document.front is not EMPTY:
        findings.add(document.last_line, f"the part `## {heading}` is missing or empty", f"add `## {heading}`")
    return ""


def _decoded(data: bytes, findings: Findings) -> str | None:
    if len(data) > LARGEST_FILE:
        findings.add(1, f"the file has {len(data):,} bytes", f"keep it under {LARGEST_FILE:,} bytes")
        return None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        findings.add(line, "the file is not UTF-8 here", "save it with the encoding UTF-8")
        return None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _front_matter(source: str, findings: Findings) -> Mapping:
    """The composed front matter; its first line is line 2 of the file."""
    try:
        if not _is_tame(source, findings):
            return EMPTY
        root = yaml.compose(source, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark: yaml.Mark | None = error.problem_mark or error.context_mark
        problem = " ".join((error.problem or "it cannot be read").split())
        findings.add(
            mark.line + 2 if mark else 2,
            f"this is not YAML: {problem}",
            "check indentation, and put quotation marks around values with a colon",
        )
        return EMPTY
    except yaml.reader.ReaderError as error:
        line = source.count("\n", 0, error.position) + 2
        code = error.character if isinstance(error.character, int) else ord(error.character)
        findings.add(line, f"the character U+{code:04X} cannot stand here", "delete it")
        return EMPTY
    except (ValueError, OverflowError, yaml.YAMLError):
        findings.add(2, "the front matter cannot be read", "write characters themselves, not as \\ escapes")
        return EMPTY
    if isinstance(root, yaml.MappingNode):
        return _mapping(root, findings)
    findings.add(2, "the front matter is not a list of `key: value` lines", "write one `key: value` per line")
    return EMPTY


def _is_tame(source: str, findings: Findings) -> bool:
    """Whether nothing in the source repeats, converts or nests beyond what a case needs; read as a stream."""
    depth = nodes = 0
    for event in yaml.parse(source, Loader=yaml.SafeLoader):
        line = (event.start_mark.line if event.start_mark else 0) + 2
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            findings.add(
                line, "anchors (&) and aliases (*) are not used here", "write the text out, or put it in quotes"
            )
            return False
        if isinstance(event, yaml.DocumentStartEvent) and event.explicit:
            findings.add(line, "a second document begins here", "take the line of dashes out")
            return False
        if getattr(event, "tag", None):
            findings.add(line, "tags (!) are not used here", "put the value in quotation marks")
            return False
        nodes += isinstance(event, yaml.NodeEvent)
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST or nodes > _MOST_NODES:
            findings.add(line, "the front matter is nested too deep or too long", "keep to the keys of the example")
            return False
    return True


def _converted(node: yaml.Node, findings: Findings) -> Node:
    line = node.start_mark.line + 2
    if isinstance(node, yaml.ScalarNode):
        empty = node.style is None and node.value in ("", "~", "null")
        return Scalar("" if empty else str(node.value).strip(), line + (node.style in ("|", ">")))
    if isinstance(node, yaml.SequenceNode):
        return Sequence(tuple(_converted(item, findings) for item in node.value), line)
    return _mapping(node, findings)


def _mapping(node: yaml.Node, findings: Findings) -> Mapping:
    entries: dict[str, Node] = {}
    lines: dict[str, int] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 2
        if not isinstance(key_node, yaml.ScalarNode):
            findings.add(line, "a key is not a word", "write `key: value`")
        elif key_node.value in entries:
            findings.add(
                line, f"{key_node.value!r} stands here twice", f"keep one; the first is in line {lines[key_node.value]}"
            )
        else:
            entries[key_node.value] = _converted(value_node, findings)
            lines[key_node.value] = line
    return Mapping(entries, lines, node.start_mark.line + 2)


def _parts(lines: list[str], start: int, headings: tuple[str, ...], findings: Findings) -> dict[str, Part]:
    """The body's parts; `lines[start]` is the first line after the front matter."""
    known = {heading.lower(): heading for heading in headings}
    wanted = listed(f"`## {heading}`" for heading in headings)
    begun: list[tuple[str | None, int]] = [(None, start)]
    for number, line in enumerate(lines[start:], start):
        if not (match := _HEADING.match(line)):
            continue
        title = match[2]
        name = known.get(title.lower())
        if len(match[1]) == 1 or name is None:
            remedy = did_you_mean(title, headings, f"the parts are {wanted}; begin smaller headings with ###")
            findings.add(number + 1, f"unknown heading {title[:60]!r}", remedy)
            name = None
        elif any(name == other for other, _ in begun):
            findings.add(number + 1, f"the part `## {name}` stands here twice", "join the two")
            name = None
        begun.append((name, number + 1))
    stray = "\n".join(lines[start : begun[1][1] - 1 if len(begun) > 1 else None]).strip()
    if stray:
        findings.add(start + 1, "text before the first heading", f"put it under {wanted}")
    ends = [first - 1 for _, first in begun[1:]] + [len(lines)]
    parts = {}
    for (name, first), end in zip(begun, ends, strict=True):
        if name is not None:
            blank = next((n for n in range(first, end) if lines[n].strip()), first)
            parts[name] = Part("\n".join(lines[first:end]).strip(), blank + 1)
    return parts
