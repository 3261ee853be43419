"""The tables of answers, whole: each stage, each reply, each status, and no answer at all."""

from __future__ import annotations

import pytest

from alerts.delivery.answers import HTTP, NO_ANSWER, Lost, Stage, enhanced_code, http_verdict, smtp_verdict
from alerts.delivery.transport import Verdict

V = Verdict

REPLIES = [
    ("connect", "220 ready", V.ACCEPTED),
    ("connect", "421 4.3.2 going down", V.PROVIDER_DOWN),
    ("connect", "450 later", V.PROVIDER_DOWN),
    ("connect", "554 5.7.1 no service for you", V.PROVIDER_DOWN),
    ("login", "235 2.7.0 welcome", V.ACCEPTED),
    ("login", "421 4.7.0 too many", V.PROVIDER_DOWN),
    ("login", "454 4.7.0 try later", V.PROVIDER_DOWN),
    ("login", "535 5.7.8 wrong password", V.OUR_FAULT),
    ("login", "534 5.7.9 mechanism too weak", V.OUR_FAULT),
    ("mail", "250 2.1.0 ok", V.ACCEPTED),
    ("mail", "421 4.3.2 going down", V.PROVIDER_DOWN),
    ("mail", "450 4.7.1 slower", V.SLOW_DOWN),
    ("mail", "451 4.3.0 local error", V.SLOW_DOWN),
    ("mail", "452 4.3.1 disk full", V.SLOW_DOWN),
    ("mail", "530 5.7.0 authenticate first", V.OUR_FAULT),
    ("mail", "550 5.7.1 sender not allowed", V.OUR_FAULT),
    ("mail", "553 5.1.8 sender's domain unknown", V.OUR_FAULT),
    ("rcpt", "250 2.1.5 ok", V.ACCEPTED),
    ("rcpt", "251 forwarded", V.ACCEPTED),
    ("rcpt", "421 4.7.0 slower", V.PROVIDER_DOWN),
    ("rcpt", "450 4.2.1 busy", V.DEFERRED),
    ("rcpt", "451 4.7.1 greylisted", V.DEFERRED),
    ("rcpt", "452 4.2.2 full", V.DEFERRED),
    ("rcpt", "501 5.1.3 no such syntax", V.REFUSED),
    ("rcpt", "550 5.1.1 no such user", V.REFUSED),
    ("rcpt", "550 no", V.REFUSED),
    ("rcpt", "552 5.2.2 full", V.REFUSED),
    ("rcpt", "550 5.7.1 this mailbox takes no mail", V.REFUSED),
    ("rcpt", "503 5.5.1 authentication required", V.OUR_FAULT),
    ("rcpt", "530 5.7.0 authentication required", V.OUR_FAULT),
    ("rcpt", "535 5.7.8 no", V.OUR_FAULT),
    ("rcpt", "554 5.7.1 <a@b.example>: Relay access denied", V.OUR_FAULT),
    ("rcpt", "550 5.7.1 Unable to relay", V.OUR_FAULT),
    ("rcpt", "550 5.7.1 Client was not authenticated", V.OUR_FAULT),
    ("data", "354 go on", V.ACCEPTED),
    ("data", "250 what", V.PROVIDER_DOWN),
    ("data", "421 4.3.2 going down", V.PROVIDER_DOWN),
    ("data", "451 4.3.0 later", V.SLOW_DOWN),
    ("data", "554 5.5.1 no valid recipients", V.OUR_FAULT),
    ("dot", "250 2.0.0 queued as 1", V.ACCEPTED),
    ("dot", "421 4.3.2 going down", V.PROVIDER_DOWN),
    ("dot", "450 4.2.1 mailbox busy", V.DEFERRED),
    ("dot", "451 later", V.DEFERRED),
    ("dot", "451 4.3.0 local error", V.SLOW_DOWN),
    ("dot", "451 4.7.1 slower", V.SLOW_DOWN),
    ("dot", "452 4.2.2 full", V.DEFERRED),
    ("dot", "452 4.3.1 disk full", V.SLOW_DOWN),
    ("dot", "452 disk full", V.SLOW_DOWN),
    ("dot", "550 5.1.1 no such user", V.REFUSED),
    ("dot", "552 5.2.2 full", V.REFUSED),
    ("dot", "552 5.3.4 too large", V.OUR_FAULT),
    ("dot", "552 too large", V.OUR_FAULT),
    ("dot", "554 5.6.0 broken message", V.OUR_FAULT),
    ("dot", "550 5.6.7 address needs SMTPUTF8", V.REFUSED),
    ("dot", "554 5.7.1 looks like spam", V.OUR_FAULT),
    ("dot", "554 no", V.REFUSED),
]


@pytest.mark.parametrize(("stage", "reply", "verdict"), REPLIES)
def test_a_reply_means_at_its_stage(stage: str, reply: str, verdict: V) -> None:
    code, _, text = reply.partition(" ")
    assert smtp_verdict(Stage(stage), int(code), text) is verdict


@pytest.mark.parametrize("stage", Stage)
def test_every_code_has_a_meaning_at_every_stage(stage: Stage) -> None:
    for code in range(600):
        verdict = smtp_verdict(stage, code, "")
        assert verdict is not V.NOT_TRIED
        if code // 100 not in (2, 3):
            assert verdict is not V.ACCEPTED


@pytest.mark.parametrize("stage", Stage)
def test_what_is_no_reply_never_counts_as_taken_or_refused(stage: Stage) -> None:
    for code in (0, 99, 199, 600, 999):
        assert smtp_verdict(stage, code, "") is (V.UNKNOWN if stage is Stage.DOT else V.PROVIDER_DOWN)


def test_a_temporary_refusal_never_ends_a_delivery() -> None:
    for stage in Stage:
        for code in range(400, 500):
            for text in ("", "4.1.1 x", "4.2.2 x", "4.7.1 x"):
                assert smtp_verdict(stage, code, text) in (V.DEFERRED, V.SLOW_DOWN, V.PROVIDER_DOWN)


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (202, V.ACCEPTED),
        (400, V.OUR_FAULT),
        (401, V.OUR_FAULT),
        (403, V.OUR_FAULT),
        (404, V.OUR_FAULT),
        (405, V.OUR_FAULT),
        (413, V.OUR_FAULT),
        (429, V.SLOW_DOWN),
        (500, V.UNKNOWN),
        (502, V.PROVIDER_DOWN),
        (503, V.PROVIDER_DOWN),
        (504, V.UNKNOWN),
    ],
)
def test_a_status_means(status: int, verdict: V) -> None:
    assert http_verdict(status) is verdict


def test_a_status_that_is_none_of_sendgrids_leaves_it_unknown_and_only_202_is_yes() -> None:
    for status in set(range(100, 600)) - set(HTTP):
        assert http_verdict(status) is V.UNKNOWN
    assert [status for status in range(100, 600) if http_verdict(status) is V.ACCEPTED] == [202]


def test_what_was_not_whole_was_not_taken_and_what_was_whole_may_have_been() -> None:
    assert NO_ANSWER == {Lost.BEFORE: V.PROVIDER_DOWN, Lost.AFTER: V.UNKNOWN}


@pytest.mark.parametrize(
    ("code", "text", "shown"),
    [
        (550, "5.1.1 no such user", "5.1.1"),
        (550, "no such user", "550"),
        (550, "version 5.1.1", "550"),
        (451, "4.7.650 x", "4.7.650"),
    ],
)
def test_the_enhanced_code_is_shown_where_there_is_one(code: int, text: str, shown: str) -> None:
    assert enhanced_code(code, text) == shown
