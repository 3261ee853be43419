"""What a row says, and what is wrong with it."""

from __future__ import annotations

import io
import string
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.core.addresses import BadAddress, normalise
from alerts.core.errors import Refused
from alerts.subscribers.listing import SubscriberList
from alerts.subscribers.models import HowOften
from alerts.subscribers.rows import UNSPOKEN, BadCell, BadRow, Choices, Row, email_in, how_often_in, language_in
from tests.subscribers.lists import a_list, reasons, rows_of

_label = st.text(alphabet=string.ascii_lowercase + string.digits + "-", min_size=1, max_size=8)
_local = st.text(alphabet=string.ascii_letters + string.digits + "._+-'!é", min_size=1, max_size=70)
_addresses = st.builds(
    lambda local, labels, top: f"{local}@{'.'.join([*labels, top])}",
    _local | st.sampled_from(["Info", "INFO", "abuse", "postmaster"]),
    st.lists(_label | st.sampled_from(["ab--cd", "xn--mxico-bsa", "A", "Mail"]), min_size=1, max_size=3),
    st.sampled_from(["example", "test", "invalid", "local", "Example", "e1", "x", "localhost", "onion", "co"]),
)


@given(_addresses)
def test_the_short_way_for_addresses_agrees_with_the_long_one(address: str) -> None:
    try:
        long_way: str | None = normalise(address)
    except BadAddress:
        long_way = None
    try:
        short_way: str | None = email_in(address)
    except BadCell:
        short_way = None
    assert short_way == long_way


def test_a_row_is_read_with_its_values_in_their_normal_form() -> None:
    assert rows_of(' Ana.Ruiz@Mail.EXAMPLE ,"  Ana Ruiz ",es-MX,mx,america/mexico_city') == [
        Row(2, "Ana.Ruiz@mail.example", "Ana Ruiz", "es", "MX", "America/Mexico_City")
    ]


def test_everything_but_the_address_may_be_missing() -> None:
    assert rows_of("a@mail.example", "b@mail.example,,,,") == [
        Row(2, "a@mail.example", None, None, None, None),
        Row(3, "b@mail.example", None, None, None, None),
    ]


def test_empty_lines_are_no_rows_and_keep_the_line_numbers_right() -> None:
    rows = rows_of("", " , ,", "a@mail.example", "", "b@mail.example")
    assert [row.line for row in rows] == [4, 6]


@pytest.mark.parametrize(
    ("written", "read"),
    [("ES", "es"), ("es_419", "es"), ("Español", "es"), ("russian", "ru"), ("العربية", "ar"), ("", None)],
)
def test_a_language_is_understood_as_people_write_it(written: str, read: str | None) -> None:
    assert language_in(written) == read


def test_a_language_we_do_not_speak_is_no_fault() -> None:
    assert rows_of("a@mail.example,,de-AT")[0] == Row(2, "a@mail.example", None, UNSPOKEN, None, None)


def test_a_country_may_be_a_name() -> None:
    (row,) = rows_of("a@mail.example,,,México,")
    assert isinstance(row, Row)
    assert row.country == "MX"


def test_every_fault_of_a_row_is_told() -> None:
    found = reasons("nobody,Ana\x07,klingonese,ZZ,+02:00")
    assert [(line, column) for line, column, _ in found] == [
        (2, "email"),
        (2, "name"),
        (2, "language"),
        (2, "country"),
        (2, "time zone"),
    ]
    assert "America/Mexico_City" in found[-1][2]


CHOOSING = "email,Frecuencia,Topics,dangers,about countries"


@pytest.mark.parametrize(
    ("row", "column", "said"),
    [
        ("a@mail.example,hourly,,,", "how often", "write each, daily or weekly"),
        ("a@mail.example,,land;chess,,", "topics", "no topic “chess”: write some of journalists, lawyers,"),
        ("a@mail.example,,,boredom,", "risks", "no risk “boredom”: write some of killing,"),
        ("a@mail.example,,,,GT|Narnia", "countries", "no country “Narnia”"),
        ('a@mail.example,,,,"GT,IR"', "countries", "with ; or | between them"),
        (f"a@mail.example,,{'land;' * 500},,", "topics", "too long"),
    ],
)
def test_what_cannot_be_chosen_is_said_with_what_can(row: str, column: str, said: str) -> None:
    ((line, where, reason),) = reasons(row, header=CHOOSING)
    assert (line, where) == (2, column)
    assert said in reason


def test_choices_are_read_however_they_are_written() -> None:
    (row,) = rows_of(
        "a@mail.example,Once a week, Land ;land|WOMEN;,smear-campaign|Arrest,ir;Guatemala", header=CHOOSING
    )
    assert isinstance(row, Row)
    assert row.chosen == Choices("weekly", ("land", "women"), ("arrest", "smear_campaign"), ("GT", "IR"))
    (row,) = rows_of("a@mail.example,,,,", header=CHOOSING)
    assert isinstance(row, Row)
    assert row.chosen == Choices(None, None, None, None)
    assert {how_often_in(often) for often in HowOften} == set(HowOften)


def test_more_cells_than_columns_is_a_fault_unless_they_are_empty() -> None:
    assert isinstance(rows_of("a@mail.example,Ana,es,MX,Europe/Madrid,,")[0], Row)
    ((line, _, reason),) = reasons("a@mail.example,Ruiz, Ana,es,MX,Europe/Madrid")
    assert line == 2
    assert "6 columns, the header 5" in reason


@pytest.mark.parametrize(
    ("cell", "part"),
    [
        ("x" * 201, "longer than 200"),
        ("Ana\x00", "cannot be seen"),
        ("Ana\u202eziuR", "cannot be seen"),
        ('"Ana\nRuiz"', "line break"),
        ("Ana\ufffd", "could not be read"),
    ],
)
def test_a_name_that_would_spoil_a_mail_is_a_fault(cell: str, part: str) -> None:
    ((_, column, reason),) = reasons(f"a@mail.example,{cell}")
    assert column == "name"
    assert part in reason


def test_joiners_that_persian_needs_may_stand_in_a_name() -> None:
    assert isinstance(rows_of("a@mail.example,علی\u200cرضا")[0], Row)


@pytest.mark.parametrize(
    "address", ["", "a", "@", "a@b", "a@b@mail.example", "a b@mail.example", "x" * 90_000 + "@mail.example"]
)
def test_an_address_that_is_none_is_a_fault(address: str) -> None:
    ((_, column, reason),) = reasons(f"{address},Ana")
    assert column == "email"
    assert reason


def test_bad_cells_are_kept_short() -> None:
    (row,) = rows_of(f"a@mail.example,{'x' * 90_000}")
    assert isinstance(row, BadRow)
    assert len(row.faults[0].text) <= 500


@pytest.mark.parametrize(
    "header",
    [
        "E-Mail;Name;Lang;Country;Time_Zone",
        "mail\tFULL NAME\tlocale\tcountry code\ttz",
        "Email Address|Nombre|Idioma|País|Zona horaria",
        '"EMAIL","name","language","country","timezone"',
    ],
)
def test_a_header_is_understood_as_people_write_it(header: str) -> None:
    found = a_list(header=header).header
    assert None not in found.columns
    assert len(found.columns) == 5


def test_a_line_that_names_the_delimiter_is_obeyed() -> None:
    file = io.BytesIO(b"sep=|\r\nemail|name\r\na@mail.example|Ruiz, Ana; and others\r\n")
    people = SubscriberList(file)
    assert list(people.rows()) == [Row(3, "a@mail.example", "Ruiz, Ana; and others", None, None, None)]


def test_columns_may_stand_in_any_order_and_unknown_ones_are_named_once() -> None:
    people = a_list("Plot 4,es,a@mail.example,x", header="address line,language,email,notes")
    assert people.header.unknown == ("address line", "notes")
    assert list(people.rows()) == [Row(2, "a@mail.example", None, "es", None, None)]


@pytest.mark.parametrize(
    ("data", "part"),
    [
        (b"", "empty"),
        (b"\r\n \r\n", "empty"),
        (b"name,language\nAna,es\n", "email,name,language"),
        (b"a@mail.example,Ana\n", "has addresses"),
        (b"email,e-mail\n", "both mean email"),
        (b'"email,name\n', "quotes"),
        (b"x" * 300_000, "too long"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "email"),
    ],
)
def test_a_file_that_is_no_list_is_refused_with_what_to_write(data: bytes, part: str) -> None:
    with pytest.raises(Refused, match=part):
        SubscriberList(io.BytesIO(data))


@given(st.binary(max_size=400))
def test_any_file_is_read_or_refused(data: bytes) -> None:
    with suppress(Refused):
        list(SubscriberList(io.BytesIO(data)).rows())


@given(st.lists(st.binary(max_size=60), max_size=10), st.sampled_from([b",", b";", b"\t"]))
def test_any_rows_below_a_header_are_good_or_bad(lines: list[bytes], delimiter: bytes) -> None:
    data = b"\n".join([delimiter.join([b"email", b"name", b"language"]), *lines])
    for row in SubscriberList(io.BytesIO(data)).rows():
        assert isinstance(row, Row) or row.faults


@given(st.text(max_size=100))
def test_any_text_is_an_address_or_none(text: str) -> None:
    with suppress(BadCell):
        assert normalise(email_in(text)) == email_in(text)
