"""Scenes in which a person presses something in the middle, and the site dies under those who press."""

from __future__ import annotations

import http.client
import socket
import time
import urllib.request
from collections.abc import Callable, Iterator

from sqlalchemy import text
from sqlalchemy.orm import Session

from alerts.core.tokens import Purpose, mint
from alerts.mailings.models import MailingState
from chaos.providers import Way
from chaos.stage import Act, Scene

EARLY = 0.1
BITES = 2.0
"""Seconds after which a press must have stopped every worker."""
WATCHED = 2.0
LEAVING = 40

_FROZEN = text("SELECT count(*) FROM deliveries WHERE mailing_id = :mailing")
_LAST = text("""
SELECT d.id, s.address_hash, s.email FROM deliveries d JOIN subscribers s ON s.id = d.subscriber_id
WHERE d.mailing_id = :mailing ORDER BY d.id DESC LIMIT :people
""")


def pressed(what: str, becomes: MailingState) -> Callable[[Act], None]:
    """Nobody is handed anything later than two seconds after the press."""

    def play(act: Act) -> None:
        act.provider.slow()
        act.begin()
        act.until_taken(EARLY)
        act.press(what)
        act.mended()
        at_press = act.provider.total()
        act.wait(BITES)
        bitten = act.provider.total()
        act.wait(WATCHED)
        leaked = act.provider.total() - bitten
        act.must(leaked == 0, f"{leaked} mails later than {BITES:.0f} s after the press")
        act.must(bitten < len(act.ground.case.audience), "the mailing was over before the press")
        act.until(lambda: act.state() is becomes, f"the mailing to be {becomes}")
        act.notes.append(f"{bitten - at_press} mails after the press, none after {BITES:.0f} s")
        if becomes is MailingState.PAUSED:
            act.provider.hurry()
            act.press("resume")
            act.mended()
            act.until_done()

    return play


def site_killed(act: Act) -> None:
    """People leave while the site is killed: who was told that it is done gets nothing, the others may press again."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    site = act.crew.hire("web", PORT=str(port))
    act.until(lambda: _answers(port), "the site")
    act.provider.crawl()  # the mailing must outlast the start of a site
    act.begin()
    act.until_taken(EARLY)
    with Session(act.ground.engine) as session:
        everybody = len(act.ground.case.audience)
        act.until(lambda: session.scalar(_FROZEN, {"mailing": act.mailing_id}) == everybody, "all to be frozen")
        leaving = session.execute(_LAST, {"mailing": act.mailing_id, "people": LEAVING}).all()
    for number, person in enumerate(leaving):
        if number == LEAVING // 2:
            act.crew.kill(site)
        url = f"http://127.0.0.1:{port}/u/{mint(Purpose.LEAVE, person.id, extra=person.address_hash)}"
        act.until(lambda url=url: _leave(url), "the site to take a press")  # type: ignore[misc]
    if act.crew.struck_at is not None:
        act.notes.append(f"the site answers again after {time.monotonic() - act.crew.struck_at:.1f} s")
    early = [person for person in leaving if act.provider.taken()[person.email]]
    act.must(not early, f"{len(early)} people had their mail before all had left: too quick to see anything")
    act.provider.hurry()
    act.mended()
    act.until_done()
    mailed = [person for person in leaving if act.provider.taken()[person.email]]
    act.must(not mailed, f"{len(mailed)} people were mailed after they had left")
    at = act.progress()
    act.must(at is not None and at.skipped == LEAVING, "not all who left are on the ledger as skipped")


def _leave(url: str) -> bool:
    request = urllib.request.Request(url, data=b"List-Unsubscribe=One-Click", method="POST")  # noqa: S310 - to ourselves
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except (OSError, http.client.HTTPException):
        return False


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1) as answer:
            return bool(answer.status == 200)
    except (OSError, http.client.HTTPException):
        return False


def _scenes() -> Iterator[Scene]:
    middle = "in the middle"
    for way in Way:
        smtp = way is Way.SMTP
        yield Scene(middle, "cancel", way, pressed("cancel", MailingState.CANCELLED), ended=False)
        yield Scene(middle, "pause, then resume", way, pressed("pause", MailingState.PAUSED))
        yield Scene(middle, "case withdrawn", way, pressed("withdraw", MailingState.CANCELLED), ended=False, quick=smtp)
        yield Scene("while people leave", "site killed", way, site_killed)


SCENES = tuple(_scenes())
