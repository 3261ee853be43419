"""From rounds to a table: medians, ratios, a file of results, the part of docs/performance.md between two marks."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from bench.goals import Round, Row
from bench.machine import in_words
from tests.support.processes import ROOT

RESULTS = Path(__file__).parent / "results"
BASELINE = RESULTS / "baseline.json"
PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- table: written by `make bench` -->", "<!-- end of the table -->"
FIGURES = 3
NOT_MEASURED = "not measured"
_SIGNS = {"aim": "✓✓", "at least": "✓", "missed": "✗", "told": ""}


def lines_of(rows: Sequence[Row], rounds: Sequence[Round], missing: dict[str, str]) -> list[dict[str, Any]]:
    """Each row with its median, its yardstick's, their ratio, and every round; `missing` says what could not be."""
    return [_line(row, rounds, missing) for row in rows]


def _line(row: Row, rounds: Sequence[Round], missing: dict[str, str]) -> dict[str, Any]:
    line: dict[str, Any] = {
        "key": row.key, "what": row.what, "unit": row.unit, "at_least": row.at_least, "aim": row.aim,
    }  # fmt: skip
    if row.needs in missing:
        return {**line, NOT_MEASURED: missing[row.needs]}
    values = [row.value(one) for one in rounds]
    line |= {"median": median(values), "rounds": values, "verdict": row.verdict(median(values))}
    if row.yardstick:
        theirs = [row.yardstick(one) for one in rounds]
        ratios = [ours / their if their else None for ours, their in zip(values, theirs, strict=True)]
        known = [ratio for ratio in ratios if ratio is not None]
        line |= {"yardstick": row.yardstick_name, "yardstick_median": median(theirs), "yardstick_rounds": theirs}
        line |= {"ratio": median(known) if known else None}
    return line


def table(lines: Sequence[dict[str, Any]], facts: dict[str, Any], before: dict[str, float]) -> str:
    """The table in Markdown, with the machine's facts below."""
    head = (
        "| what | at least | aim | measured | each round | yardstick in the same run | ratio | before |\n"
        "|---|---|---|---|---|---|---|---|"
    )
    body = "\n".join(_markdown(line, before) for line in lines)
    foot = (
        "✓✓ the aim is reached, ✓ the least that is asked, ✗ neither."
        f" Medians of {facts['rounds']} round(s), measured {facts['measured_at']}. Beforehand,"
        f" {facts['requests_checked']} requests of the same workers were held against SendGrid's published description,"
        f" without a fault. While the large mailing ran, {100 * facts['others']:.0f} % of the machine's processor time"
        " went to processes that were none of the benchmark's: the more, the longer all times above."
    )
    return f"{head}\n{body}\n\n{foot}\n{in_words(facts)}\n"


def _markdown(line: dict[str, Any], before: dict[str, float]) -> str:
    unit, key = line["unit"], line["key"]
    then = _figure(before.get(key), unit)
    bounds = f"{_figure(line['at_least'], unit)} | {_figure(line['aim'], unit)}"
    if NOT_MEASURED in line:
        return f"| {line['what']} | {bounds} | {line[NOT_MEASURED]} | | | | {then} |"
    measured = f"**{_figure(line['median'], unit)}** {_SIGNS[line['verdict']]}".strip()
    each = ", ".join(_figure(value) for value in line["rounds"])
    yardstick = f"{line['yardstick']}: {_figure(line['yardstick_median'], unit)}" if "yardstick" in line else ""
    ratio = _figure(line.get("ratio"), "×")
    return f"| {line['what']} | {bounds} | {measured} | {each} | {yardstick} | {ratio} | {then} |"


def _figure(value: float | None, unit: str = "") -> str:
    """With three figures that mean something, and no more."""
    if value is None:
        return ""
    digits = 0 if value == int(value) else max(0, FIGURES - 1 - math.floor(math.log10(abs(value))))
    said = f"{value:,.{digits}f}"
    return f"×{said}" if unit == "×" else f"{said} {unit}".strip()


def before() -> dict[str, float]:
    """Medians of the baseline, by row; none where there is no baseline."""
    if not BASELINE.exists():
        return {}
    return {line["key"]: line["median"] for line in json.loads(BASELINE.read_text())["rows"] if "median" in line}


def keep(file: Path, lines: Sequence[dict[str, Any]], facts: dict[str, Any], rounds: Sequence[Round]) -> None:
    """Write the results: facts, rows, and the raw figures of each round."""
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps({"facts": facts, "rows": lines, "rounds": rounds}, indent=1, ensure_ascii=False) + "\n")


def put_into_page(text: str, file: Path = PAGE) -> None:
    """Replace what stands between the two marks in the page; all around it is written by hand."""
    page = file.read_text()
    head, begin, rest = page.partition(BEGIN)
    _, end, tail = rest.partition(END)
    assert begin + end == BEGIN + END, f"docs/performance.md needs the two marks {BEGIN} and {END}"
    file.write_text(f"{head}{BEGIN}\n{text}{END}{tail}")
