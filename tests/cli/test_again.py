"""After a mailing, from the command line: shown before it is done, the number typed, done once."""

from __future__ import annotations

import json
import subprocess
import sys

from sqlalchemy import text
from sqlalchemy.orm import Session

from alerts.cli import exits
from alerts.mailings.upkeep import finish_complete
from alerts.organisers.models import Organiser
from config import Settings
from tests.mailings.counting import stray_batches
from tests.mailings.scenes import Launch, people, smtp
from tests.standins.relay import Script, a_relay
from tests.support.processes import ROOT, environment_of


class Office:
    """A done mailing in which everyone was refused, and its sender at the command line."""

    def __init__(self, session: Session, settings: Settings) -> None:
        people(session, 3)
        self.mailing = Launch(session)
        with a_relay(Script(rcpt=lambda _: "554 5.7.7 Not by our policy")) as relay:
            self.mailing.hand_over(smtp(relay.mail_url))
        finish_complete(session)
        session.commit()
        self.env = environment_of(settings)
        self.sender = session.get_one(Organiser, self.mailing.sender.id).email

    def __call__(self, verb: str, *options: str, typed: str = "") -> subprocess.CompletedProcess[str]:
        arguments = ["mailings", verb, self.mailing.case.number, "--as", self.sender, *options]
        return subprocess.run(
            [sys.executable, "-m", "alerts.cli", *arguments],
            env=self.env, cwd=ROOT, input=typed, capture_output=True, text=True, timeout=60,
        )  # fmt: skip


def test_what_was_refused_is_shown_first_then_tried_again_under_a_typed_number(
    committed: Session, settings: Settings
) -> None:
    alerts = Office(committed, settings)
    shown = alerts("retry")
    assert "5.7.7: 554 5.7.7 Not by our policy" in shown.stdout
    assert "nothing has been sent" in shown.stdout
    assert json.loads(alerts("retry", "--json").stdout)[0]["again"] == 3
    wrong = alerts("retry", "--code", "5.7.7", typed="2\n")
    assert (wrong.returncode, alerts.mailing.ledger) == (exits.AWAY, {"refused": 3})
    assert "now it would be 3" in wrong.stderr
    assert "3 people are tried again" in alerts("retry", "--code", "5.7.7", typed="3\n").stdout
    assert alerts.mailing.ledger == {"deferred": 3}
    again = alerts("retry", "--all", "--yes")
    assert (again.returncode, again.stdout) == (exits.REFUSED, "")
    assert stray_batches(committed) == []


def test_who_joined_is_counted_first_and_an_earlier_mailing_can_still_be_named(
    committed: Session, settings: Settings
) -> None:
    alerts = Office(committed, settings)
    assert alerts("joined", "--yes").returncode == exits.REFUSED
    people(committed, 2)
    committed.commit()
    done = alerts("joined", "--json", typed="2\n")
    assert "Joined since: 2 people" in done.stderr
    assert "Left out: 3" in done.stderr
    assert json.loads(done.stdout[done.stdout.index("{") :])["people"] == 2
    assert json.loads(alerts("retry", "--json").stdout) == []
    assert json.loads(alerts("retry", "--json", "--mailing", str(alerts.mailing.id)).stdout)[0]["people"] == 3
    other = alerts("retry", "--mailing", str(alerts.mailing.case.id))
    assert (other.returncode, "no such mailing" in other.stderr) == (exits.REFUSED, True)


def test_the_unknown_are_listed_and_settled(committed: Session, settings: Settings) -> None:
    alerts = Office(committed, settings)
    committed.execute(text("UPDATE deliveries SET state = 'unknown', code = '504', reason = 'No answer.'"))
    committed.execute(text("UPDATE batches SET unknown = refused, refused = 0"))
    committed.commit()
    listed = alerts("unknown")
    assert "504 No answer." in listed.stdout
    assert "may still report" in listed.stdout
    found = json.loads(alerts("unknown", "--json").stdout)
    one = found["deliveries"][0]["delivery_id"]
    assert (len(found["deliveries"]), found["reasons"][0]["again"]) == (3, 3)
    soon = alerts("unknown", "--resend", "--yes")
    assert (soon.returncode, "Wait until" in soon.stderr) == (exits.REFUSED, True)
    alone = alerts("unknown", "--handed-over", "--delivery", str(one), "--sooner", typed="1\n")
    assert "1 count as handed over." in alone.stdout
    assert "gets it twice" in alerts("unknown", "--resend", "--sooner", "--yes").stderr
    assert alerts.mailing.ledger == {"handed_over": 1, "deferred": 2}
    assert "Nothing is unknown." in alerts("unknown").stdout
