"""Tokens say only what we signed, for the purpose we signed it for, and not after their time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.core import clock, keys
from alerts.core.tokens import BadToken, Expired, Purpose, mint, read

pytestmark = pytest.mark.usefixtures("whole_app")

ids = st.integers(0, 2**64 - 1)
purposes = st.sampled_from(Purpose)
extras = st.binary(max_size=32)


@given(purposes, ids, extras)
def test_a_token_reads_back_as_it_was_minted(purpose: Purpose, id: int, extra: bytes) -> None:
    token = read(mint(purpose, id, extra=extra), purpose)
    assert (token.id, token.extra, token.expires) == (id, extra, None)


@given(purposes, purposes, ids)
def test_a_token_is_good_for_its_own_purpose_only(minted: Purpose, asked: Purpose, id: int) -> None:
    token = mint(minted, id)
    if minted is asked:
        assert read(token, asked).id == id
    else:
        with pytest.raises(BadToken):
            read(token, asked)


@given(st.text(max_size=200), purposes)
def test_text_that_is_no_token_is_refused_and_nothing_else(text: str, purpose: Purpose) -> None:
    with pytest.raises(BadToken):
        read(text, purpose)


@given(ids, st.data())
def test_a_token_with_one_character_changed_or_cut_is_refused(id: int, data: st.DataObject) -> None:
    token = mint(Purpose.ACT, id)
    at = data.draw(st.integers(0, len(token) - 2))
    other = "A" if token[at] != "A" else "B"
    for forged in (token[:at] + other + token[at + 1 :], token[:at]):
        with pytest.raises(BadToken):
            read(forged, Purpose.ACT)


def test_a_token_ends_with_its_time() -> None:
    past = clock.now() - timedelta(minutes=2)
    with pytest.raises(Expired):
        read(mint(Purpose.ACT, 1, expires=past), Purpose.ACT)


def test_an_old_key_still_verifies_and_the_newest_signs() -> None:
    before = keys.current()
    token = mint(Purpose.LEAVE, 7)
    try:
        keys.install(keys.Keys({**before.tokens, 2: b"n" * 32}, before.address))
        assert read(token, Purpose.LEAVE).id == 7
        newer = mint(Purpose.LEAVE, 7)
        keys.install(before)
        with pytest.raises(BadToken):
            read(newer, Purpose.LEAVE)
    finally:
        keys.install(before)


@pytest.mark.parametrize("glued", [".", ")", "%", " ", "=", "==", "\n", "é"])
def test_a_token_is_read_in_one_form_only(glued: str) -> None:
    for id in range(1, 5):
        token = mint(Purpose.ACT, id, extra=b"x" * id)
        for broken in (token + glued, token[:20] + glued + token[20:]):
            with pytest.raises(BadToken):
                read(broken, Purpose.ACT)
