"""Runs: the paragraphs of a text for paper, with what is stressed in them, and nothing else of their form."""

from __future__ import annotations

import pytest

from alerts.core.runs import Run, runs_from_markdown


@pytest.mark.parametrize(
    ("markdown", "runs"),
    [
        ("One.\n\nTwo.", [[("One.", "")], [("Two.", "")]]),
        ("A **b c** d", [[("A ", ""), ("b c", "strong"), (" d", "")]]),
        ("A *b **c*** d", [[("A ", ""), ("b ", "em"), ("c", "strong em"), (" d", "")]]),
        ("## Why\n\nSo.", [[("Why", "strong")], [("So.", "")]]),
        ("- one\n- **two**", [[("- one", "")], [("- ", ""), ("two", "strong")]]),
        ("**a\\\nb** c", [[("a", "strong")], [("b", "strong"), (" c", "")]]),
        ("&lt;strong&gt;a <em>b</em> & c", [[("<strong>a <em>b</em> & c", "")]]),
        ("", []),
    ],
)
def test_a_text_in_runs(markdown: str, runs: list[list[Run]]) -> None:
    assert runs_from_markdown(markdown) == runs
