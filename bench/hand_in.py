"""How long a hand-in of a hundred thousand names takes, from the database to its pages: `python -m bench.hand_in`."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass

from sqlalchemy import text

from alerts.actions.queries import public_case
from alerts.actions.states import CaseState
from alerts.appeals.hand_in import hand_in
from alerts.appeals.hand_in_paper import hand_in_pdf
from alerts.organisers import Role
from bench.stage import Servers, a_stage, servers
from tests.builders import an_actor, an_urgent_action

PEOPLE = 100_000
NAMES = (
    *("Ana Núñez", "José Martínez López", "Çağla Şahin", "Eva Berg", "Наталья Петрова", "نرگس محمدی", "محمد علي"),
    *("王小明", "김민수", "สมหญิง ศรีสุวรรณ", "ကျော်စွာအောင်", "ሰላማዊት ሥላሴ"),
    *("प्रियंका श्रीवास्तव", "শ্রীমতী চক্রবর্ত্তী", "ស្រីពៅ ព្រំវិចិត្រ"),
)
_FILL = text("""
INSERT INTO participations (urgent_action_id, person_hash, name, email, country, language, state, acted_at,
    confirmed_at, confirmation, confirm_attempts)
SELECT :case, decode(lpad(to_hex(n), 32, '0'), 'hex'), (CAST(:names AS text[]))[1 + n % :kinds] || ' ' || n,
    n || '@mail.example', (ARRAY['GT', 'DE', 'IR', 'FR', 'ES', 'EG'])[1 + n % 6], 'en', 'confirmed', now(), now(),
    'not_needed', 0
FROM generate_series(1, :people) AS n
""")


@dataclass(frozen=True)
class HandedIn:
    """Seconds until so many names were read from the database, and until their pages were set."""

    names: int
    read: float
    set: float
    megabytes: float


def measure(running: Servers, people: int = PEOPLE) -> HandedIn:
    """Fill a case with names, and take them out."""
    with a_stage(running, 10) as stage, stage.app.app_context(), stage.session() as session:
        case = an_urgent_action(session, CaseState.PUBLISHED)
        session.execute(_FILL, {"case": case.id, "names": list(NAMES), "kinds": len(NAMES), "people": people})
        began = time.perf_counter()
        found = hand_in(session, an_actor(session, Role.SENDER), case.id, purpose="Measured", language="en")
        read = time.perf_counter()
        made = hand_in_pdf(found, public_case(session, case.id, "en"), organisation="We Defend", paper="a4")
        done = time.perf_counter()
    return HandedIn(found.total, read - began, done - read, len(made) / 1e6)


def main(people: int = PEOPLE) -> None:
    """Measure, and say the seconds."""
    with servers() as running:
        took = measure(running, people)
    print(f"{took.names:,} names: {took.read:.1f} s to read, {took.set:.1f} s to set, {took.megabytes:.1f} MB")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
