"""Reading lines and cells: every row accounted for, whatever the bytes."""

from __future__ import annotations

import csv
import io
from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from alerts.core.errors import Refused
from alerts.subscribers.csvfile import LONGEST_RECORD, MOST_LINES, Broken, Record, lines_of, records

LINES = st.lists(st.text(alphabet='a,;" \n\té', max_size=12).map(lambda text: text.replace("\n", "")), max_size=12)


def read(text: str, delimiter: str = ",") -> list[Record | Broken]:
    return list(records(lines_of(io.BytesIO(text.encode()), "utf-8"), delimiter))


def test_lines_end_with_lf_crlf_or_cr() -> None:
    assert [record.line for record in read("a\nb\r\nc\rd")] == [1, 2, 3, 4]


def test_other_separators_of_unicode_do_not_end_a_line() -> None:
    assert len(read("a\u2028b\x0bc\x85d\x1ee")) == 1


def test_a_quoted_cell_may_span_lines_and_the_next_row_knows_its_line() -> None:
    assert read('a,"b\nc"\nd,e') == [Record(1, ["a", "b\nc"]), Record(3, ["d", "e"])]


def test_a_quote_that_is_never_closed_loses_only_its_own_line() -> None:
    first, *others = read("\n".join(['a,"b', *[f"c{number},d" for number in range(300)]]))
    assert isinstance(first, Broken)
    assert first.line == 1
    assert "never closed" in first.reason
    assert [other.line for other in others] == list(range(2, 302))
    assert all(isinstance(other, Record) for other in others)


def test_text_behind_a_closing_quote_is_a_broken_row() -> None:
    broken, good = read('"a"b,c\nd,e')
    assert isinstance(broken, Broken)
    assert good == Record(2, ["d", "e"])


def test_a_quote_inside_a_bare_cell_is_a_character() -> None:
    assert read('6" pipe,b "c" d') == [Record(1, ['6" pipe', 'b "c" d'])]


def test_a_line_of_any_length_takes_bounded_memory_and_costs_only_itself() -> None:
    text = "a,b\n" + "x" * (10 * LONGEST_RECORD) + "\nc,d"
    assert LONGEST_RECORD < max(map(len, lines_of(io.BytesIO(text.encode()), "utf-8"))) < 5 * LONGEST_RECORD
    first, broken, last = read(text)
    assert isinstance(broken, Broken)
    assert "longer than" in broken.reason
    assert (first, last) == (Record(1, ["a", "b"]), Record(3, ["c", "d"]))


def test_a_quoted_cell_spans_a_bounded_number_of_lines() -> None:
    found = read('"' + "\n" * MOST_LINES + '",b')
    assert isinstance(found[0], Broken)


def test_bytes_that_are_not_in_the_encoding_read_as_a_replacement_character() -> None:
    assert list(lines_of(io.BytesIO(b"a\xff\nb"), "utf-8")) == ["a\ufffd", "b"]


@given(st.binary(max_size=300), st.sampled_from(["utf-8", "utf-16", "cp1252", "cp1256", "gb18030", "shift_jis"]))
def test_any_bytes_are_read_or_refused(data: bytes, encoding: str) -> None:
    with suppress(Refused):
        list(records(lines_of(io.BytesIO(data), encoding), ","))


@given(LINES)
def test_each_line_belongs_to_exactly_one_row(lines: list[str]) -> None:
    found = list(records(lines, ","))
    starts = [record.line for record in found]
    assert starts == sorted(set(starts))
    spans = {
        record.line: 1 + sum(cell.count("\n") for cell in record.cells)
        for record in found
        if isinstance(record, Record)
    }
    covered = [start + offset for start in starts for offset in range(spans.get(start, 1))]
    assert len(covered) == len(set(covered))
    assert {number for number, line in enumerate(lines, 1) if line} <= set(covered)


@given(st.lists(st.lists(st.text(alphabet='ab,;"\né ', max_size=6), min_size=2, max_size=4), max_size=8))
def test_what_the_csv_module_writes_is_read_back(rows: list[list[str]]) -> None:
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(rows)
    assert [record.cells for record in read(out.getvalue()) if isinstance(record, Record)] == rows
