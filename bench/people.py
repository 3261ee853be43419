"""Filling a database with people: rows as an import leaves them, copied straight in."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import psycopg

from alerts.core import clock
from alerts.core.addresses import address_hash
from alerts.core.ids import new_id

LANGUAGES = ("en", "es", "fr", "ar", "fa", "ru")
FEW = 50
"""So many people live in the small country: the audience of a small mailing."""
SMALL_COUNTRY = "LI"
_COPY = (
    "COPY subscribers (address_hash, email, name, language, country, time_zone, consent_id, joined_at) FROM STDIN"
    " WITH (FORMAT binary)"
)
_TYPES = ("bytea", "text", "text", "text", "text", "text", "uuid", "timestamptz")


def address(number: int) -> str:
    """The address of person `number`."""
    return f"person{number}@mail.example"


def language(number: int) -> str:
    """The language of person `number`: all six, in turn."""
    return LANGUAGES[number % len(LANGUAGES)]


def fill(database_url: str, people: int) -> None:
    """Copy so many people in, FEW of them from the small country, and leave the table as autovacuum would."""
    now, consent = clock.now(), new_id()
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO subscriber_consents (id, statement, how, recorded_at) VALUES (%s, 'Tell me.', 'import', %s)",
            (consent, now),
        )
        with connection.cursor().copy(_COPY) as copy:
            copy.set_types(_TYPES)
            for row in _rows(people):
                copy.write_row((*row, consent, now))
        connection.execute("VACUUM (ANALYZE) subscribers")


def _rows(people: int) -> Iterator[tuple[bytes | str | UUID, ...]]:
    apart = max(1, people // FEW)
    for number in range(people):
        email = address(number)
        few = number % apart == 0 and number < apart * FEW
        country = SMALL_COUNTRY if few else "GT"
        yield address_hash(email), email, f"Ana Núñez {number}", language(number), country, "Europe/Berlin"
