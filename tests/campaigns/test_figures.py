"""Claims about figures: the picture says what the number says."""

from __future__ import annotations

from math import pi

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.campaigns.figures import BAR_HEIGHT, RADIUS, Figure, arc, bars, figure_faults, from_json, to_json
from alerts.campaigns.kinds import BlockKind, lacking, part_faults, words_of

SOURCE = {"source": "https://reports.example/2016", "source_name": "The yearly report"}


def test_the_demo_pair_is_drawn_in_proportion_and_tells_its_change() -> None:
    figure = Figure(281, 2016, before=156, **SOURCE)  # type: ignore[arg-type]
    assert bars(figure) == (round(156 / 281 * BAR_HEIGHT), BAR_HEIGHT)
    assert figure.change == 80


@given(st.integers(0, 10_000_000_000), st.integers(0, 10_000_000_000))
def test_the_larger_figure_never_has_the_lower_bar(now: int, before: int) -> None:
    low, high = sorted(zip((before, now), bars(Figure(now, 2016, before=before)), strict=True))
    assert 0 <= low[1] <= high[1] <= BAR_HEIGHT


@given(st.integers(0, 100))
def test_a_ring_is_as_full_as_its_share(share: int) -> None:
    dash, gap = arc(Figure(share, 2016, share=True))
    assert dash + gap == pytest.approx(2 * pi * RADIUS, abs=0.02)
    assert dash == pytest.approx(2 * pi * RADIUS * share / 100, abs=0.01)


def test_a_change_is_told_only_where_both_years_are_known() -> None:
    assert Figure(5, 2016).change is None
    assert Figure(5, 2016, before=0).change is None
    assert Figure(75, 2016, before=70, share=True).change is None
    assert Figure(5, 2016, before=10).change == -50


@pytest.mark.parametrize(
    "source", ["", "reports", "javascript:alert(1)", "https://", "https://x y.example", "ftp://a.b"]
)
def test_a_source_is_the_whole_address_of_a_page(source: str) -> None:
    assert figure_faults([Figure(1, 2016, source=source, source_name="Report")])
    assert not figure_faults([Figure(1, 2016, **SOURCE)])  # type: ignore[arg-type]


def test_every_fault_of_every_figure_is_told_at_once() -> None:
    faults = figure_faults([Figure(-1, 16), Figure(101, 2016, share=True, **SOURCE)])  # type: ignore[arg-type]
    assert len(faults) == 5
    assert sum("Figure 1" in fault for fault in faults) == 4


def test_what_is_kept_is_what_comes_back() -> None:
    figures = (Figure(281, 2016, before=156, **SOURCE), Figure(75, 2016, share=True, over=True))  # type: ignore[arg-type]
    assert from_json(to_json(figures)) == figures


def test_words_are_bounded_known_and_told_when_they_are_missing() -> None:
    assert len(part_faults(BlockKind.QUOTE, {"text": "x" * 501, "attribution": "<b>", "colour": "red"})) == 3
    assert words_of(BlockKind.QUOTE, {"text": " a ", "role": " ", "colour": "red"}) == {"text": "a"}
    whole = {"title": "Numbers", "figure_1": "people"}
    assert lacking(BlockKind.NUMBERS, {"en": whole}, "en", 1) == []
    assert "words of a figure" in lacking(BlockKind.NUMBERS, {"en": whole}, "en", 2)[0]
    assert "main language" in lacking(BlockKind.NUMBERS, {"es": whole}, "en", 1)[0]
    assert "(es)" in lacking(BlockKind.NUMBERS, {"en": whole, "es": {"title": "Cifras"}}, "en", 1)[0]
