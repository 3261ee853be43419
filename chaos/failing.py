"""Scenes in which the provider fails: away, silent, busy, unfriendly or out of its mind."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from alerts.mailings.models import MailingState
from chaos.providers import SendGridProvider, SmtpProvider, Way
from chaos.sink import DROP, HANG, Fault
from chaos.stage import Act, NotSo, Scene
from tests.standins import sendgrid_standin as standin
from tests.standins.sendgrid_standin import Reply

HOLDS = 2.0
"""Seconds a fault goes on after it was met first."""
EARLY = 0.3
"""The part of the audience that has been taken when the fault begins."""
EVERY = 40
"""In scenes about some mailboxes, one in so many has it."""

Break = Callable[[Act], None]


def smtp_says(stage: str, reply: str, *, some: bool = False) -> Break:
    """The relay answers this at this stage, to everyone or to some mailboxes."""

    def break_it(act: Act) -> None:
        assert isinstance(act.provider, SmtpProvider)
        chosen = set(act.ground.case.audience[::EVERY])
        early = some or stage == "greeting"  # a connection that is open has had its greeting
        act.provider.sink.fault_after = 0 if early else int(EARLY * len(act.ground.case.audience))
        act.provider.sink.fault = Fault(stage, reply, chosen.__contains__ if some else lambda _: True)

    return break_it


def sendgrid_says(reply: Reply) -> Break:
    """SendGrid answers this from the second request on."""

    def break_it(act: Act) -> None:
        assert isinstance(act.provider, SendGridProvider)
        act.provider.after, act.provider.fault = 2, reply

    return break_it


def passing(break_it: Break, *, for_good: bool = False) -> Callable[[Act], None]:
    """A fault that goes away by itself; `for_good` is said of some mailboxes, and stays."""

    def play(act: Act) -> None:
        break_it(act)
        act.begin()
        act.until(lambda: act.provider.hits() > 0, "the fault to be met")
        act.wait(HOLDS)
        if not for_good:
            act.provider.mend()
        act.mended()
        act.until_done()
        if for_good:
            act.must(len(act.provider.taken()) < len(act.ground.case.audience), "nobody was refused")

    return play


def stopping(break_it: Break) -> Callable[[Act], None]:
    """A fault of ours: the mailing stops with the provider's words, and goes on when a person resumes it."""

    def play(act: Act) -> None:
        break_it(act)
        act.begin()
        act.until(lambda: act.state() is MailingState.STOPPED, "the mailing to stop")
        at = act.progress()
        act.must(bool(at and at.trouble), "the mailing does not say why it stopped")
        act.wait(HOLDS)
        act.must(act.state() is MailingState.STOPPED, "the mailing did not wait for a person")
        act.provider.mend()
        act.mended()
        act.press("resume")
        act.until_done()
        act.notes.append(f"stopped, saying “{at.trouble if at else ''}”; resumed")

    return play


def killed_in_a_second_try(act: Act) -> None:
    """Some mailboxes are busy at first; a worker is killed when it has handed them over again."""
    smtp_says("rcpt", "450 4.2.1 Mailbox busy", some=True)(act)
    act.begin("while settling a second try")
    act.until(lambda: act.provider.hits() > 0, "the fault to be met")
    act.wait(HOLDS / 8)  # less than a busy mailbox is left in peace
    act.provider.mend()
    act.until_done()
    act.must(act.crew.kills == 1, "nobody was killed")


def shut(act: Act) -> None:
    """The provider refuses connections in the middle."""
    act.begin()
    act.until_taken(EARLY)
    act.provider.shut_door()
    act.losses += 2  # a connection of each worker, cut wherever it was
    act.until(lambda: act.state() is MailingState.PARKED, "the mailing to wait")
    act.wait(HOLDS)
    act.provider.open_door()
    act.mended()
    act.until_done()


def silent_before_reading(act: Act) -> None:
    """SendGrid takes the connection, and reads nothing anybody sees."""
    if not isinstance(act.provider, SendGridProvider):
        raise NotSo("this is about HTTP")
    act.begin()
    act.until_taken(EARLY)
    act.provider.door.hang = True
    act.wait(HOLDS + 1)
    act.provider.mend()
    act.mended()
    act.until_done()


SMTP: tuple[tuple[str, str, Callable[[Act], None]], ...] = (
    ("hangs", "greeting", passing(smtp_says("greeting", HANG))),
    ("hangs", "MAIL", passing(smtp_says("mail", HANG))),
    ("hangs", "RCPT", passing(smtp_says("rcpt", HANG))),
    ("hangs", "DATA", passing(smtp_says("data", HANG))),
    ("hangs", "after the dot", passing(smtp_says("dot", HANG))),
    ("drops the connection", "after DATA", passing(smtp_says("message", DROP))),
    ("drops the connection", "after the dot", passing(smtp_says("dot", DROP))),
    ("421", "MAIL", passing(smtp_says("mail", "421 4.3.2 Going down"))),
    ("421", "after the dot", passing(smtp_says("dot", "421 4.3.2 Going down"))),
    ("450", "RCPT, some", passing(smtp_says("rcpt", "450 4.2.1 Mailbox busy", some=True))),
    ("451", "DATA", passing(smtp_says("data", "451 4.3.0 Local error"))),
    ("451", "after the dot", passing(smtp_says("dot", "451 4.3.0 Local error"))),
    ("452", "RCPT, some", passing(smtp_says("rcpt", "452 4.2.2 Mailbox full", some=True))),
    ("452", "after the dot", passing(smtp_says("dot", "452 4.3.1 No room"))),
    ("550", "RCPT, some", passing(smtp_says("rcpt", "550 5.1.1 No such user", some=True), for_good=True)),
    ("550", "MAIL", stopping(smtp_says("mail", "550 5.7.1 Sender not allowed"))),
    ("552", "after the dot", stopping(smtp_says("dot", "552 5.3.4 Message too big"))),
    ("nonsense", "MAIL", passing(smtp_says("mail", "who is there?"))),
    ("nonsense", "after the dot", passing(smtp_says("dot", "what was that?"))),
)
SENDGRID: tuple[tuple[str, str, Callable[[Act], None]], ...] = (
    ("hangs", "before reading", silent_before_reading),
    ("hangs", "after reading", passing(sendgrid_says(standin.HANG))),
    ("hangs, queued", "after reading", passing(sendgrid_says(standin.HANG_TAKEN))),
    ("drops the connection", "after reading", passing(sendgrid_says(standin.DROP))),
    ("drops the connection, queued", "after reading", passing(sendgrid_says(Reply(0, body="drop", taken=True)))),
    ("429, Retry-After 2", "answer", passing(sendgrid_says(Reply(429, {"Retry-After": "2"})))),
    ("500", "answer", passing(sendgrid_says(Reply(500)))),
    ("503", "answer", passing(sendgrid_says(Reply(503)))),
    ("401", "answer", stopping(sendgrid_says(Reply(401)))),
    ("413", "answer", stopping(sendgrid_says(Reply(413)))),
    ("nonsense", "answer", passing(sendgrid_says(standin.NONSENSE))),
)


def _scenes() -> Iterator[Scene]:
    yield Scene("while settling a second try", "worker killed", Way.SMTP, killed_in_a_second_try)
    for way, table in ((Way.SMTP, SMTP), (Way.SENDGRID, SENDGRID)):
        yield Scene("in the middle", "provider refuses connections", way, shut)
        for fault, point, play in table:
            yield Scene(point, f"provider: {fault}", way, play)


SCENES = tuple(_scenes())
