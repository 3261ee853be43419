"""What providers reported stands on the mailing's page, in plain words, and only what there is."""

from __future__ import annotations

import re

from sqlalchemy.orm import Session

from alerts.organisers import Role
from tests.console.conftest import Desk
from tests.console.reading import whole
from tests.events.posts import report, rows
from tests.mailings.scenes import Launch, people
from tests.standins.sendgrid_events import an_event


def test_what_was_reported_stands_on_the_page_of_the_mailing(session: Session, at_desk: Desk) -> None:
    people(session, 3)
    mailing = Launch(session)
    one, two, three = (id for (id,) in rows(session, "SELECT id FROM deliveries ORDER BY id"))
    desk = at_desk(Role.REVIEWER)
    address = f"/console/mailings/{mailing.id}"
    assert "Reported back since" not in whole(desk.get(address))
    events = [an_event("delivered", one), an_event("delivered", two), an_event("bounce", three)]
    report(session, [*events, an_event("spamreport", two), an_event("deferred", one)])
    for page in (whole(desk.get(address)), desk.get(f"{address}/progress").get_data(as_text=True)):
        said = re.sub(r"<[^>]+>|\s+", " ", page.partition("Reported back since")[2])
        for words in ("took it 2", "Delayed at some time 1", "Bounced for good 1", "Called spam 1"):
            assert words in re.sub(r" +", " ", said)
        assert "Dropped by the provider" not in page
