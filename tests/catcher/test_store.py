"""What the catcher keeps: the newest mails, over a restart, whatever is in them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.catcher.store import Store
from tests.delivery.letters import a_person, an_alert

MAIL = an_alert(subject="Défendez Elena").fill(a_person(1))


def test_a_mail_is_kept_as_it_came(tmp_path: Path) -> None:
    kept = Store(tmp_path).add(MAIL, ["person1@mail.example", "büro@mail.example"])
    assert kept.raw() == MAIL
    assert kept.recipients == ("person1@mail.example", "büro@mail.example")
    assert (kept.subject, kept.language) == ("Défendez Elena", "en")
    assert "She was threatened." in kept.part("plain")
    assert "<p>She was threatened.</p>" in kept.part("html")


def test_mails_outlive_the_catcher(tmp_path: Path) -> None:
    first = Store(tmp_path)
    kept = [first.add(MAIL, [f"p{number}@mail.example"]) for number in range(3)]
    assert Store(tmp_path).newest() == ([*reversed(kept)], 3)


def test_only_the_newest_are_kept_now_and_after_a_restart(tmp_path: Path) -> None:
    store = Store(tmp_path, kept=3)
    kept = [store.add(MAIL, [f"p{number}@mail.example"]) for number in range(5)]
    assert store.newest()[0] == [kept[4], kept[3], kept[2]]
    assert len(list(tmp_path.iterdir())) == 3
    assert Store(tmp_path, kept=2).newest()[0] == [kept[4], kept[3]]
    assert len(list(tmp_path.iterdir())) == 2


def test_mails_are_found_by_address_and_subject(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.add(MAIL, ["Amina@mail.example"])
    store.add(an_alert(subject="Free Narges").fill(a_person(2)), ["ben@mail.example"])
    assert [mail.recipients for mail in store.newest(to="amina")[0]] == [("Amina@mail.example",)]
    assert [mail.subject for mail in store.newest(to=" NARGES ")[0]] == ["Free Narges"]
    assert store.newest(to="nobody") == ([], 0)
    assert len(store.newest(limit=1)[0]) == 1
    assert store.newest(limit=1, skip=1)[0][0].recipients == ("Amina@mail.example",)


def test_what_was_half_written_when_the_power_went_is_gone(tmp_path: Path) -> None:
    (tmp_path / "half.part").write_bytes(b"From: ")
    assert Store(tmp_path).newest() == ([], 0)
    assert not list(tmp_path.iterdir())


def test_clearing_throws_all_away(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.add(MAIL, ["a@mail.example"])
    assert store.clear() == 1
    assert store.newest() == ([], 0)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"no header at all",
        b"Subject: =?utf-8?b?broken\r\nFrom: <<>>,;:\r\nTo: @@\r\n\r\nbody",
        b"Content-Type: text/plain; charset=klingon\r\n\r\nwords",
        b"Content-Type: text/plain; charset=utf-8\r\n\r\n\xff\xfe",
        b"Content-Type: multipart/alternative; boundary=x\r\n\r\n--x\r\nContent-Type: text/html\r\n\r\n<p>",
        b"X-Envelope-To: spoof@mail.example\r\nSubject: x\r\n\r\n",
    ],
)
def test_whatever_came_is_shown_somehow(tmp_path: Path, raw: bytes) -> None:
    mail = Store(tmp_path).add(raw, ["a@mail.example"])
    assert mail.recipients == ("a@mail.example",)
    assert isinstance(mail.part("plain") + mail.part("html"), str)
    assert Store(tmp_path).newest()[1] == 1


@given(st.binary(max_size=200))
def test_no_bytes_bring_it_down(tmp_path_factory: pytest.TempPathFactory, raw: bytes) -> None:
    mail = Store(tmp_path_factory.mktemp("kept")).add(raw, ["a@mail.example"])
    assert mail.raw() == raw
    assert isinstance(mail.part("plain") + mail.part("html"), str)
