"""The table says what was measured: medians, which way is better, what is missing, and nothing around it moves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bench import report
from bench.goals import Row, rows

HANDED_OVER = {
    "people": 1000, "seconds": 20.0, "bare_per_second": 500.0, "worker_cpu": 0.3, "database_cpu": 0.3, "first": 0.5,
    "peak_megabytes": 90.0,
}  # fmt: skip
ROUND: dict[str, Any] = {
    "large": HANDED_OVER,
    "base": {**HANDED_OVER, "worker_cpu": 0.2},
    "smtp": {"per_second": 3000.0, "source_per_second": 4000.0, "source_reconnecting_per_second": 6000.0},
    "imported": {"per_second": 60_000.0, "plain_per_second": 600_000.0},
    "reported": {"per_second": 30_000.0, "plain_per_second": 900_000.0},
    "watched": {
        "first": 3.0,
        "page_median": 8.0, "page_p95": 60.0, "idle_median": 4.0, "idle_p95": 6.0, "small_done": 2.0, "late": 1,
        "after_press": 20,
    },
    "pages": {
        "bare": 8000.0, "form": 4400.0, "press": 2000.0, "front": 9000.0, "form_p99": 12.0,
        "burst_counted": 1000, "burst_refused": 1, "burst_p99": 900.0,
    },
    "searched": {"search": 21.0, "plain": 10.5},
    "handed_in": {"read": 1.0, "set": 9.0},
}  # fmt: skip


def line(key: str, *measured: dict[str, Any], missing: dict[str, str] | None = None) -> dict[str, Any]:
    found = report.lines_of(rows(1000, 10, 500, 5000), measured or [ROUND], missing or {})
    return next(one for one in found if one["key"] == key)


@pytest.mark.parametrize(
    ("value", "less", "verdict"),
    [
        (30, True, "aim"),
        (31, True, "at least"),
        (60.5, True, "missed"),
        (float("nan"), True, "missed"),
        (75, False, "aim"),
        (60, False, "at least"),
        (59, False, "missed"),
    ],
)
def test_a_value_is_held_against_both_bounds(value: float, less: bool, verdict: str) -> None:
    aim = 30 if less else 75
    row = Row("a", "A", "s", lambda _: value, 60, aim, less=less)
    assert row.verdict(value) == verdict


def test_what_has_no_bound_is_only_told() -> None:
    assert line("after_press")["verdict"] == "told"


def test_pages_are_held_against_the_bare_page_of_the_same_run() -> None:
    assert [line(key)["verdict"] for key in ("form", "press", "front", "form_p99")] == [
        "at least", "missed", "at least", "at least",
    ]  # fmt: skip
    assert line("form")["median"] == 55
    assert line("burst")["verdict"] == "missed", "one who was refused is one too many"


def test_a_search_is_held_against_twenty_milliseconds_beside_a_plain_scan_and_a_hand_in_against_a_minute() -> None:
    assert [line("search")[key] for key in ("median", "verdict", "ratio")] == [21, "missed", 2]
    assert [line("hand_in")[key] for key in ("median", "verdict")] == [10, "at least"]


def test_one_late_mail_after_a_cancel_is_a_miss() -> None:
    assert line("late")["verdict"] == "missed"


def test_medians_and_ratios_are_of_the_rounds() -> None:
    slow = {**ROUND, "large": {**HANDED_OVER, "seconds": 40.0}}
    found = line("sendgrid", ROUND, slow, slow)
    assert (found["median"], found["rounds"]) == (40.0, [20.0, 40.0, 40.0])
    assert found["yardstick_median"] == 2.0
    assert found["ratio"] == 20.0


def test_the_generator_is_taken_at_its_best() -> None:
    assert line("smtp")["median"] == 50.0
    assert line("smtp_rate")["yardstick_median"] == 6000.0


def test_the_first_mail_is_the_later_of_both_launches() -> None:
    assert line("first")["median"] == 3.0


def test_growth_compares_all_processor_time_of_one_recipient() -> None:
    assert line("growth")["median"] == pytest.approx(1.2)


def test_what_could_not_be_measured_says_so_and_why() -> None:
    without = {**ROUND, "smtp": None}
    found = line("smtp", without, missing={"smtp": "not measured: no smtp-source"})
    assert "median" not in found
    facts = {"rounds": 1, "measured_at": "today", "requests_checked": 1, "others": 0.5, **FACTS}
    text = report.table([found], facts, {"smtp": 12.0})
    assert "| not measured: no smtp-source |" in text
    assert "12 %" in text


FACTS = {
    "cores": 2, "processor": "P", "memory_gb": 1, "system": "S", "python": "3", "postgresql": "18", "commit": "c",
    "postgresql_settings": {"fsync": "on"}, "postgresql_settings_of_the_product": {"a": "1"}, "load_before": [0.5],
    "postgresql_settings_changed_here": {"a": "2"},
}  # fmt: skip


def test_only_what_is_between_the_marks_is_replaced(tmp_path: Path) -> None:
    page = tmp_path / "performance.md"
    page.write_text(f"above\n{report.BEGIN}\nold\n{report.END}\nbelow\n")
    for words in ("new\n", "newer\n"):
        report.put_into_page(words, page)
        assert page.read_text() == f"above\n{report.BEGIN}\n{words}{report.END}\nbelow\n"


def test_a_page_without_marks_is_left_alone(tmp_path: Path) -> None:
    page = tmp_path / "performance.md"
    page.write_text("by hand")
    with pytest.raises(AssertionError, match="two marks"):
        report.put_into_page("new", page)
    assert page.read_text() == "by hand"


def test_the_page_of_the_project_has_the_marks() -> None:
    text = report.PAGE.read_text()
    assert text.index(report.BEGIN) < text.index(report.END)
