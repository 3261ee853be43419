"""Importing: a list into subscribers, slice by slice, as often as wanted.

Each slice is copied into a temporary table and merged from there by one statement, while the next ones are being read.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, replace
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
from sqlalchemy import Row, TextClause, delete, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from alerts.audit import record
from alerts.core import clock
from alerts.core.db import constraint_of
from alerts.core.errors import Busy, Refused
from alerts.core.languages import DEFAULT, LANGUAGES
from alerts.organisers import Actor, Permission, require
from alerts.subscribers.listing import SubscriberList
from alerts.subscribers.models import Consent
from alerts.subscribers.reading import ahead
from alerts.subscribers.rows import BadRow
from alerts.subscribers.slices import Slice

SLICE = 20_000
LONGEST_STATEMENT = 2_000
_TRIES = 10
_SAME_PERSON = "uq_subscribers_address_hash"


@dataclass(slots=True)
class Counts:
    """What became of each row: `rows` is the sum of the seven below it.

    `unspoken` counts rows, among all good ones, whose language we do not speak: they get the default one.
    """

    rows: int = 0
    imported: int = 0
    updated: int = 0
    unchanged: int = 0
    repeated: int = 0
    suppressed: int = 0
    left: int = 0
    bad: int = 0
    unspoken: int = 0

    @property
    def settled(self) -> int:
        """Rows whose end is known."""
        outcomes = (self.imported, self.updated, self.unchanged, self.repeated, self.suppressed, self.left, self.bad)
        return sum(outcomes)


class Step(NamedTuple):
    """How far an import is: the counts so far, and how many bytes of the file they come from."""

    counts: Counts
    read: int


def import_list(
    session: Session,
    actor: Actor,
    people: SubscriberList,
    *,
    statement: str,
    on_bad: Callable[[BadRow], None],
    language: str = DEFAULT,
    slice_size: int = SLICE,
) -> Generator[Step, None, None]:
    """Take in everyone on the list who may be mailed; `statement` is what they agreed to.

    Yields how far it is after each slice, which the caller commits; the session must stay on one connection. What was
    committed stays, should the rest fail: run it again. The first row of an address counts, later ones are repeats.
    Someone known and active gets what the list says, choices too, and keeps what it leaves empty; address and consent
    stay as they were. Who left or is suppressed stays out. Without a language, or with one we do not speak, people get
    `language`.

    Raises NotAllowed, or Refused for a statement or language that cannot be; Busy where the database went away.
    """
    require(actor, Permission.IMPORT)
    if language not in LANGUAGES:
        raise Refused(f"There is no language {language!r} here. Write one of {', '.join(LANGUAGES)}.")
    consent = Consent(statement=_checked(statement), how="import", recorded_by=actor.id, recorded_at=clock.now())
    return _steps(session, actor, ahead(people, slice_size), consent, language, on_bad=on_bad)


def _checked(statement: str) -> str:
    statement = statement.strip()
    if not statement:
        raise Refused('The statement is empty. Write what these people agreed to: --consent "I want alerts by email."')
    if len(statement) > LONGEST_STATEMENT:
        raise Refused(f"The statement is longer than {LONGEST_STATEMENT:,} characters.")
    if "\x00" in statement or any("\ud800" <= character <= "\udfff" for character in statement):
        raise Refused("The statement has characters that cannot be stored. Type it anew.")
    return statement


def _steps(
    session: Session,
    actor: Actor,
    slices: AbstractContextManager[Iterator[Slice]],
    consent: Consent,
    language: str,
    *,
    on_bad: Callable[[BadRow], None],
) -> Generator[Step, None, None]:
    counts, read = Counts(), 0
    session.add(consent)
    session.flush()
    consent_id = consent.id
    session.execute(_BEGIN)
    with slices as made:
        for slice_ in made:
            for row in slice_.bad:
                on_bad(row)
            _merge(session, slice_, counts, consent_id=consent_id, language=language)
            read = slice_.read
            yield Step(replace(counts), read)
    if counts.imported == 0:
        session.execute(delete(Consent).where(Consent.id == consent_id))
    session.execute(_END)
    record(session, actor, "subscribers.imported", "consent", consent_id, **asdict(counts))
    yield Step(counts, read)


# `import_seen` holds people known before this import whom it has met; who came with it is known by its consent.
_BEGIN = text("""
DROP TABLE IF EXISTS pg_temp.import_rows, pg_temp.import_seen;
CREATE TEMPORARY TABLE import_rows (
    address_hash bytea, email text, name text, language text, country text, time_zone text,
    how_often text, topics text[], risks text[], countries text[]
);
CREATE TEMPORARY TABLE import_seen (id bigint PRIMARY KEY)
""")
_END = text("DROP TABLE pg_temp.import_rows, pg_temp.import_seen")

# One import merges at a time. Each person is looked up through an index: the statistics of tables that are just being
# filled would lead the planner to read them whole for every slice, to compare everyone there with everyone here, or to
# compile the statement anew each time.
_READY = text("""
TRUNCATE pg_temp.import_rows;
SELECT pg_advisory_xact_lock(hashtext('subscribers.import'));
SET LOCAL enable_hashjoin = off;
SET LOCAL enable_mergejoin = off;
SET LOCAL enable_seqscan = off;
SET LOCAL enable_bitmapscan = off;
SET LOCAL enable_material = off;
SET LOCAL jit = off
""")
_KNOWN = ("name", "language", "country", "time_zone")
_CHOSEN = ("how_often", "topics", "risks", "countries")


def _copy_of(*more: str) -> str:
    columns = ", ".join(("address_hash", "email", *_KNOWN, *more))
    return f"COPY pg_temp.import_rows ({columns}) FROM STDIN (ENCODING 'UTF8')"


# Without ON CONFLICT, which would look each new person up once more: see `_settled`. Not `state = 'active'`, which
# before the first ANALYZE seems to leave so few people that reading them all for each row would be the cheaper way.
_MERGE = """
WITH known AS MATERIALIZED (
    SELECT here.*, s.id, s.state, x.reason,
        CASE
            WHEN s.consent_id = :consent OR seen.id IS NOT NULL THEN 'repeated'
            WHEN x.reason = 'left' OR x.reason IS NULL AND s.state = 'left' THEN 'left'
            WHEN x.reason IS NOT NULL THEN 'suppressed'
            WHEN s.id IS NULL THEN 'new'
            ELSE 'known'
        END AS fate
    FROM pg_temp.import_rows here
    LEFT JOIN subscribers s ON s.address_hash = here.address_hash
    LEFT JOIN suppressions x ON x.address_hash = here.address_hash
    LEFT JOIN pg_temp.import_seen seen ON seen.id = s.id
), added AS (
    INSERT INTO subscribers (address_hash, email, name, language, country, time_zone, consent_id, joined_at{columns})
    SELECT address_hash, email, name, coalesce(language, :language), country, time_zone, :consent, :now{values}
    FROM known WHERE fate = 'new'
), changed AS (
    UPDATE subscribers s SET {settled}
    FROM known WHERE s.id = known.id AND known.fate = 'known' AND s.state <> 'left'
        AND ({stood}) IS DISTINCT FROM ({said})
    RETURNING 1
), met AS (
    INSERT INTO pg_temp.import_seen SELECT id FROM known WHERE fate = 'known'
)
SELECT
    count(*) FILTER (WHERE fate = 'new') AS imported,
    count(*) FILTER (WHERE fate = 'known') AS known,
    (SELECT count(*) FROM changed) AS updated,
    count(*) FILTER (WHERE fate = 'repeated') AS repeated,
    count(*) FILTER (WHERE fate = 'suppressed') AS suppressed,
    count(*) FILTER (WHERE fate = 'left') AS left
FROM known
"""


def _merge_of(*more: str) -> TextClause:
    """The statement for lists that have these columns, too; a list without them costs nothing more."""
    kept = (*_KNOWN, *more)
    said = [f"coalesce(known.{name}, s.{name})" for name in kept]
    added = {name: "coalesce(how_often, 'each')" if name == "how_often" else name for name in more}
    return text(
        _MERGE.format(
            columns="".join(f", {name}" for name in added),
            values="".join(f", {value}" for value in added.values()),
            settled=", ".join(f"{name} = {value}" for name, value in zip(kept, said, strict=True)),
            stood=", ".join(f"s.{name}" for name in kept),
            said=", ".join(said),
        )
    )


_PLAIN = _copy_of(), _merge_of()
_WITH_CHOICES = _copy_of(*_CHOSEN), _merge_of(*_CHOSEN)


def _merge(session: Session, slice_: Slice, counts: Counts, *, consent_id: UUID, language: str) -> None:
    """Settle the rows of one slice, and count what became of each."""
    session.execute(_READY)
    copy, merge = _WITH_CHOICES if slice_.chooses else _PLAIN
    _copy(session, copy, slice_)
    found = _settled(session, merge, {"consent": consent_id, "language": language, "now": clock.now()})
    counts.rows += slice_.good + len(slice_.bad)
    counts.bad += len(slice_.bad)
    counts.unspoken += slice_.unspoken
    counts.imported += found.imported
    counts.updated += found.updated
    counts.unchanged += found.known - found.updated
    counts.repeated += found.repeated + slice_.good - slice_.people
    counts.suppressed += found.suppressed
    counts.left += found.left


def _copy(session: Session, statement: str, slice_: Slice) -> None:
    driver = session.connection().connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            copy.write(slice_.copied)
    except psycopg.OperationalError as error:
        reason = str(error).strip().splitlines()[0]
        raise Busy(f"PostgreSQL stopped taking the list in ({reason}). What is in stays in: run it again.") from error


def _settled(session: Session, merge: TextClause, values: dict[str, object]) -> Row[Any]:
    """The counts of the slice that was copied. Where someone on it joins by themselves meanwhile, it looks again."""
    for _ in range(_TRIES):
        try:
            with session.connection().begin_nested():
                return session.execute(merge, values).one()
        except IntegrityError as error:
            if constraint_of(error) != _SAME_PERSON:
                raise
    raise Busy("People on this list keep joining by themselves meanwhile. What is in stays in: run it again.")
