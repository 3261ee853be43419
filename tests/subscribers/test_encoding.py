"""Telling how a list is encoded."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.core.errors import Refused
from alerts.subscribers.encoding import encoding_named, encoding_of

WEST = "email;name\r\nana@mail.example;José Núñez\r\nzoe@mail.example;Zoë Lefèvre\r\n"
CYRILLIC = "email,name\r\nelena@mail.example,Елена Орлова\r\nivan@mail.example,Иван Петров\r\n"
ARABIC = "email,name\r\nlaila@mail.example,ليلى حداد\r\nomar@mail.example,عمر منصور\r\n"


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("utf-8", WEST + CYRILLIC + ARABIC),
        ("utf-8-sig", WEST),
        ("utf-16", CYRILLIC),
        ("utf-16-le", WEST),
        ("utf-16-be", WEST),
        ("utf-32", ARABIC),
        ("cp1252", WEST),
        ("cp1251", CYRILLIC),
        ("koi8-r", CYRILLIC),
        ("cp866", CYRILLIC),
        ("cp1256", ARABIC),
        ("mac-roman", WEST),
    ],
)
@pytest.mark.parametrize("times", [1, 300])
def test_a_list_is_read_as_it_was_written(encoding: str, text: str, times: int) -> None:
    data = (text * times).encode(encoding)
    assert data.decode(encoding_of(io.BytesIO(data))) == text * times


def test_one_accent_late_in_a_long_list_is_enough_to_tell() -> None:
    plain = b"email,name\n" + b"someone@mail.example,Someone\n" * 20_000
    assert encoding_of(io.BytesIO(plain)) == "utf-8"
    assert encoding_of(io.BytesIO(plain + "ana@mail.example,José\n".encode("cp1252"))) == "cp1252"
    assert encoding_of(io.BytesIO(plain + "ana@mail.example,José\n".encode())) == "utf-8"


def test_a_damaged_line_does_not_make_utf8_another_encoding() -> None:
    data = (CYRILLIC * 50).encode() + b"x@mail.example,\xff\xfe\n" + (CYRILLIC * 50).encode()
    assert encoding_of(io.BytesIO(data)) == "utf-8"


def test_the_file_is_left_at_its_beginning() -> None:
    file = io.BytesIO(WEST.encode())
    encoding_of(file)
    assert file.tell() == 0


@pytest.mark.parametrize("name", ["klingon", "", "hex", "zip", "idna", "utf-7", "unicode_escape", "a\x00b"])
def test_an_encoding_that_is_none_is_refused_with_examples(name: str) -> None:
    with pytest.raises(Refused, match="utf-8"):
        encoding_named(name)


@given(st.binary(max_size=2000))
def test_any_bytes_have_an_encoding_that_can_be_used(data: bytes) -> None:
    data.decode(encoding_of(io.BytesIO(data)), errors="replace")
