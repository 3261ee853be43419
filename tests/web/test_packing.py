"""Answers are small on the line, and the same when unpacked, however they were put together."""

from __future__ import annotations

import gzip
from collections.abc import Iterator

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from alerts.app import create_app
from alerts.web.front import in_front_of
from alerts.web.packing import Packed, gzipped, is_accepted
from config import Settings
from tests.support.databases import engine_of
from tests.web.asking import Answer, Visitor
from tests.web.pages import an_alert, number_of

TIMES = st.sampled_from([1, 10, 400])
UNPACKS = {"accept-encoding": "gzip, deflate, br, zstd"}


@pytest.fixture
def visitor(app: Flask, settings: Settings) -> Iterator[Visitor]:
    """A visitor of the whole site, as it is served."""
    made = create_app(settings.model_copy(update={"page_seconds": 1.0}), steady=True)
    yield Visitor(in_front_of(made))
    engine_of(made).dispose()


def unpacked(answer: Answer) -> str:
    assert answer.headers["Content-Encoding"] == "gzip"
    assert int(answer.headers["Content-Length"]) == len(answer.data)
    return gzip.decompress(answer.data).decode()


@given(st.text(max_size=400), st.lists(st.tuples(st.binary(max_size=400), st.text(max_size=400)), max_size=4), TIMES)
def test_pieces_and_what_fills_the_gaps_between_them_unpack_to_the_whole(
    first: str, rest: list[tuple[bytes, str]], times: int
) -> None:
    gaps, pieces = [gap * times for gap, _ in rest], [piece * times for _, piece in rest]
    packed = Packed([first, *(part for piece in pieces for part in ("gap", piece))])
    whole = first.encode() + b"".join(gap + piece.encode() for gap, piece in zip(gaps, pieces, strict=True))
    for _ in range(2):
        assert gzip.decompress(packed.filled(gaps)) == whole


@given(st.binary(max_size=5_000))
def test_a_body_unpacks_to_itself(body: bytes) -> None:
    assert gzip.decompress(gzipped(body)) == body


@pytest.mark.parametrize(
    ("said", "accepted"),
    [
        ("gzip", True),
        ("br;q=1.0, GZIP;q=0.8", True),
        ("*", True),
        ("deflate, gzip ; q=0.001", True),
        ("", False),
        ("br, zstd", False),
        ("gzip;q=0", False),
        ("gzip;q=0.000, br", False),
        ("x-gzip", False),
        ("*, gzip;q=0", False),
        ("gzip;q=0, *", False),
        ("*;q=0, gzip", True),
        ("br, *;q=0", False),
    ],
)
def test_only_who_can_unpack_it_gets_it_packed(said: str, accepted: bool) -> None:
    assert is_accepted(said) is accepted


def test_each_page_is_the_same_packed_and_not(committed: Session, visitor: Visitor) -> None:
    alert = an_alert(committed, 2)
    committed.commit()
    case = f"/en/ua/{number_of(alert.case)}"
    for path in (alert.act_link(0), alert.act_link(1), "/en/", case, "/en/cases", "/en/feed.atom"):
        for _ in range(2):  # as it is made, and as it is kept
            plain, packed = visitor.get(path), visitor.get(path, UNPACKS)
            assert "Content-Encoding" not in plain.headers
            assert "Accept-Encoding" in packed.headers.getlist("Vary") == plain.headers.getlist("Vary")
            if path not in ("/en/", case):  # they hold the moment at which their form was made
                assert unpacked(packed) == plain.text
            assert len(packed.data) < len(plain.data) * 0.6, path


def test_a_file_is_packed_and_still_known_by_its_tag(visitor: Visitor) -> None:
    packed = visitor.get("/static/css/public.css", UNPACKS)
    assert unpacked(packed) == visitor.get("/static/css/public.css").text
    known = visitor.get("/static/css/public.css", UNPACKS | {"if-none-match": packed.headers["ETag"]})
    assert (known.status_code, known.data) == (304, b"")


def test_nothing_of_the_console_and_no_picture_is_packed(visitor: Visitor) -> None:
    for path in ("/console/", "/console/sign-in", "/static/icons/mark-180.png"):
        assert "Content-Encoding" not in visitor.get(path, UNPACKS).headers
