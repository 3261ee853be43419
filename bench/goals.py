"""What is measured, and what it should come to: the rows of the table, as data."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Round = Mapping[str, Any]
"""Raw figures of one round, by measurement: `large`, `watched`, `pages` and so on (None: not measured)."""
Figure = Callable[[Round], float]


@dataclass(frozen=True)
class Row:
    """One line of the table. `at_least` and `aim` are bounds of `value`, upper ones where `less` is better.

    `yardstick` was measured in the same round; `ratio` of the two is ours over the yardstick's.
    """

    key: str
    what: str
    unit: str
    value: Figure
    at_least: float | None = None
    aim: float | None = None
    less: bool = True
    yardstick_name: str = ""
    yardstick: Figure | None = None
    needs: str = "large"

    def verdict(self, value: float) -> str:
        """Where a value stands: at the aim, at least, missed, or nothing to hold it against."""
        if self.at_least is None:
            return "told"
        if self.aim is not None and self._reached(value, self.aim):
            return "aim"
        return "at least" if self._reached(value, self.at_least) else "missed"

    def _reached(self, value: float, bound: float) -> bool:
        return (value <= bound if self.less else value >= bound) and math.isfinite(value)


def rows(people: int, base: int, cases: int, names: int) -> tuple[Row, ...]:
    """The table for a run with so many people, so few for comparison, so many cases searched and names handed in."""
    return (
        Row(
            "sendgrid", f"SendGrid-shaped, {people:,} people: launch to last batch accepted, ledger complete", "s",
            lambda r: r["large"]["seconds"], 60, 30,
            yardstick_name="bare loop posting the same requests",
            yardstick=lambda r: r["large"]["people"] / r["large"]["bare_per_second"],
        ),
        Row(
            "worker_cpu", "the same: processor seconds of the workers per 10,000 people", "s",
            lambda r: r["large"]["worker_cpu"], 0.5, 0.2,
        ),
        Row(
            "database_cpu", "the same: processor seconds of PostgreSQL per 10,000 people", "s",
            lambda r: r["large"]["database_cpu"],
        ),
        Row(
            "smtp", "SMTP, real mails, two workers to smtp-sink: share of what smtp-source -s 8 reaches", "%",
            lambda r: 100 * r["smtp"]["per_second"] / source(r), 50, 75, less=False, needs="smtp",
        ),
        Row(
            "smtp_rate", "the same: mails a second", "/s", lambda r: r["smtp"]["per_second"], less=False, needs="smtp",
            yardstick_name="smtp-source -s 8, same size", yardstick=source,
        ),
        Row(
            "first", f"launch to first mail accepted, {people:,} people: the later of two launches and clocks", "s",
            lambda r: max(r["large"]["first"], r["watched"]["first"]), 1, 0.3,
            yardstick_name=f"with {base:,} people", yardstick=lambda r: r["base"]["first"],
        ),
        Row(
            "peak", f"peak memory of a worker (VmHWM), {people:,} people", "MB",
            lambda r: r["large"]["peak_megabytes"], 150, 100,
            yardstick_name=f"with {base:,} people", yardstick=lambda r: r["base"]["peak_megabytes"],
        ),
        Row(
            "growth", f"processor time for one recipient (workers, PostgreSQL): {people:,} people over {base:,}", "×",
            lambda r: cpu_each(r["large"]) / cpu_each(r["base"]), 1.3, 1.05,
        ),
        Row(
            "import", f"import of {people:,} rows, checks and suppressions included", "rows/s",
            lambda r: r["imported"]["per_second"], 50_000, 100_000, less=False, needs="imported",
            yardstick_name="plain COPY", yardstick=lambda r: r["imported"]["plain_per_second"],
        ),
        Row(
            "reported", "SendGrid's events: signed, posted, stored and expanded", "events/s",
            lambda r: r["reported"]["per_second"], 20_000, None, less=False, needs="reported",
            yardstick_name="plain COPY", yardstick=lambda r: r["reported"]["plain_per_second"],
        ),
        Row(
            "page", f"progress page while {people:,} are handed over: median", "ms",
            lambda r: r["watched"]["page_median"], 50, 10, needs="watched",
            yardstick_name="the page when nothing runs", yardstick=lambda r: r["watched"]["idle_median"],
        ),
        Row(
            "page_p95", "the same: 95th percentile", "ms",
            lambda r: r["watched"]["page_p95"], 50, 10, needs="watched",
            yardstick_name="the page when nothing runs", yardstick=lambda r: r["watched"]["idle_p95"],
        ),
        Row(
            "late", "cancel: mails that arrive more than 2 s after the press", "mails",
            lambda r: r["watched"]["late"], 0, 0, needs="watched",
        ),
        Row(
            "after_press", "cancel: mails that arrive between the press and the stop", "mails",
            lambda r: r["watched"]["after_press"], needs="watched",
        ),
        Row(
            "small", f"a mailing of 50 launched during one of {people:,} is done in", "s",
            lambda r: r["watched"]["small_done"], 5, 1, needs="watched",
        ),
        _beside_bare("form", "personal page", 50),
        _beside_bare("press", "press on it", 35),
        _beside_bare("front", "front page", 50),
        Row(
            "form_p99", "personal page at 60 % of its full load: 99th percentile", "ms",
            lambda r: r["pages"]["form_p99"], 50, needs="pages",
        ),
        Row(
            "burst", "1,000 people press within one second: refused, or not counted once", "people",
            lambda r: r["pages"]["burst_refused"] + abs(1_000 - r["pages"]["burst_counted"]), 0, 0, needs="pages",
        ),
        Row(
            "search", f"search over {cases:,} cases, five kinds of question: median", "ms",
            lambda r: r["searched"]["search"], 20, needs="searched",
            yardstick_name="plain scan of the same texts", yardstick=lambda r: r["searched"]["plain"],
        ),
        Row(
            "hand_in", f"hand-in of {names:,} names in many scripts: from the database to its numbered pages", "s",
            lambda r: r["handed_in"]["read"] + r["handed_in"]["set"], 60, needs="handed_in",
        ),
    )  # fmt: skip


def _beside_bare(key: str, what: str, at_least: float) -> Row:
    return Row(
        key, f"{what}: share of what a bare Flask page reaches on the same server", "%",
        lambda r: 100 * r["pages"][key] / r["pages"]["bare"], at_least, less=False, needs="pages",
    )  # fmt: skip


def source(r: Round) -> float:
    """The generator at its best: with connections kept open, or made anew for each mail."""
    return float(max(r["smtp"]["source_per_second"], r["smtp"]["source_reconnecting_per_second"]))


def cpu_each(handed_over: Mapping[str, float]) -> float:
    """Processor seconds per 10,000 recipients, of workers and database together."""
    return float(handed_over["worker_cpu"] + handed_over["database_cpu"])
