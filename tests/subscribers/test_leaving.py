"""Leaving takes effect at once and for ever, whether or not we still know the person, also by mail."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from alerts.core.tokens import Purpose, mint
from alerts.subscribers.by_mail import leave_by_mail
from alerts.subscribers.models import SubscriberState
from alerts.subscribers.service import leave
from alerts.suppression.service import is_suppressed
from tests.mailings.scenes import people


def test_who_leaves_is_suppressed_and_nothing_of_them_stays_but_the_hash(session: Session) -> None:
    (person,) = people(session, 1)
    leave(session, person.address_hash)
    session.refresh(person)
    assert (person.state, person.email, person.name) == (SubscriberState.LEFT, None, None)
    assert is_suppressed(session, person.address_hash)


def test_leaving_twice_is_once_and_leaving_as_a_stranger_works(session: Session) -> None:
    leave(session, b"0123456789abcdef")
    leave(session, b"0123456789abcdef")
    assert is_suppressed(session, b"0123456789abcdef")


@pytest.mark.parametrize("subject", ["{}", "Re: {}", "unsubscribe {} please"])
def test_a_mail_with_the_token_in_its_subject_takes_off(session: Session, subject: str) -> None:
    (person,) = people(session, 1)
    token = mint(Purpose.LEAVE, 1, extra=person.address_hash)
    message = f"From: other@mail.example\r\nSubject: {subject.format(token)}\r\n\r\n\r\n".encode()
    assert leave_by_mail(session, message)
    assert is_suppressed(session, person.address_hash)


def test_a_mail_without_a_good_token_takes_nobody_off(session: Session) -> None:
    (person,) = people(session, 1)
    act = mint(Purpose.ACT, 1)
    assert not leave_by_mail(session, f"From: {person.email}\r\nSubject: {act}\r\n\r\nbye\r\n".encode())
    assert not is_suppressed(session, person.address_hash)


@pytest.mark.usefixtures("whole_app")
@given(st.binary(max_size=400))
def test_no_message_at_all_makes_it_fail(message: bytes) -> None:
    assert not leave_by_mail(None, message)  # type: ignore[arg-type]
