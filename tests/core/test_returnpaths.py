"""Return paths: found in whatever comes back, whatever a relay did to their case; never made up."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

import config
from alerts.core import keys
from alerts.core.returnpaths import LARGEST_NUMBER, LONGEST_MAILBOX, Reference, find, signed

OLD, NEW = bytes(range(32)), bytes(range(1, 33))
NUMBERS = st.integers(0, LARGEST_NUMBER)
KINDS = st.sampled_from("dc")


@pytest.fixture(autouse=True)
def _keys() -> Iterator[None]:
    keys.install(keys.Keys({1: OLD}, OLD))
    yield
    keys.install(keys.Keys({1: OLD}, OLD))  # as the app of this process has them


@given(KINDS, NUMBERS, st.sampled_from([str.lower, str.upper, str.title, str]), st.binary(max_size=40))
def test_what_was_signed_is_found_in_any_case_and_any_mail(
    kind: str, number: int, fold: Callable[[str], str], before: bytes
) -> None:
    path = fold(f"bounces+{signed(kind, number)}@we-defend.example").encode()
    assert find(before + b"\r\nTo: <" + path + b">\r\n") == Reference(kind, number)


@given(KINDS, NUMBERS)
def test_a_local_part_is_no_longer_than_servers_take(kind: str, number: int) -> None:
    assert len(f"{'b' * LONGEST_MAILBOX}+{signed(kind, number)}") <= 64
    assert config.LONGEST_BOUNCE_MAILBOX == LONGEST_MAILBOX


@given(KINDS, NUMBERS, NUMBERS, KINDS)
def test_the_tag_of_one_mail_is_no_good_for_another(kind: str, number: int, other: int, other_kind: str) -> None:
    tag = signed(kind, number).partition("-")[2]
    genuine = (kind, number) == (other_kind, other)
    assert (find(f"b+{other_kind}{other}-{tag}@x.example".encode()) is not None) == genuine


@given(st.binary(max_size=300))
def test_any_bytes_can_be_looked_through(text: bytes) -> None:
    assert find(text) is None


@pytest.mark.parametrize(
    "path", ["b+d5@x.example", "b+d5-@x.example", "b+d99999999999999999999-{tag}@x.example", "d5-{tag}"]
)
def test_a_number_alone_proves_nothing(path: str) -> None:
    assert find(path.replace("{tag}", signed("d", 5).partition("-")[2]).encode()) is None


def test_a_genuine_one_behind_a_made_up_one_is_found() -> None:
    text = f"<b+d1-{'a' * 26}@x.example> <b+{signed('d', 2)}@x.example>"
    assert find(text.encode()) == Reference("d", 2)


def test_what_an_older_key_signed_is_still_good_and_the_newest_signs() -> None:
    before = signed("d", 5)
    keys.install(keys.Keys({1: OLD, 2: NEW}, OLD))
    after = signed("d", 5)
    assert before != after
    assert find(f"b+{before}@x.example".encode()) == find(f"b+{after}@x.example".encode()) == Reference("d", 5)
    keys.install(keys.Keys({2: NEW}, OLD))
    assert find(f"b+{before}@x.example".encode()) is None
