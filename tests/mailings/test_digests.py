"""Digests: real mailings of what is open and new, to those who chose them, with only what is for each of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from email.utils import parseaddr
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from alerts.actions.models import Defender, UrgentAction
from alerts.actions.publishing import close
from alerts.actions.states import CaseState, Topic
from alerts.core import clock
from alerts.core.dates import day
from alerts.core.errors import Refused
from alerts.core.tokens import Purpose, mint
from alerts.delivery.letter import Letter, read_letter
from alerts.mailings import desk, upkeep
from alerts.mailings.digests import MOST_CASES, make_due, new_cases
from alerts.mailings.freeze import freeze_next_slice
from alerts.mailings.handover import Turn, hand_over_next
from alerts.mailings.joined import joined_since
from alerts.mailings.launch import audience_of, cancel, launch, pause, resume
from alerts.mailings.models import DigestCase, Mailing, MailingState
from alerts.mailings.progress import progress
from alerts.organisers import Role
from alerts.participation.mine import all_of, as_json
from alerts.participation.queries import count
from alerts.participation.service import Person, act
from alerts.subscribers.models import HowOften, Subscriber
from alerts.subscribers.service import leave
from tests.builders import a_later_bulletin, an_actor, an_urgent_action
from tests.mailings.scenes import SITE, people, smtp
from tests.standins.relay import Relay, a_relay

pytestmark = pytest.mark.usefixtures("whole_app")


@pytest.fixture
def relay() -> Iterator[Relay]:
    with a_relay() as running:
        yield running


@pytest.fixture(autouse=True)
def whatever_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is noon on a Monday."""
    monkeypatch.setattr(clock, "now", lambda: datetime.fromisoformat("2026-11-23T12:00:00+00:00"))


def a_case(session: Session, *, country: str = "EG", days: int = 20, **more: object) -> UrgentAction:
    """A case that was published an hour ago."""
    case = an_urgent_action(
        session,
        CaseState.PUBLISHED,
        deadline=clock.now() + timedelta(days=days),
        **more,  # type: ignore[arg-type]
    )
    case.published_at = clock.now() - timedelta(hours=1)
    session.get_one(Defender, case.defender_id).country = country
    session.flush()
    return case


def readers(session: Session, number: int = 1, often: HowOften = HowOften.DAILY, **chosen: object) -> list[Subscriber]:
    """People who chose to hear so often."""
    made = people(session, number, language=str(chosen.pop("language", "en")))
    for person in made:
        person.how_often = often.value
        for name, value in chosen.items():
            setattr(person, name, value)
    session.flush()
    return made


def made(session: Session) -> Mailing:
    """The digest that is due is made."""
    (mailing_id,) = [id for id in make_due(session, hour=8) if session.get_one(Mailing, id).digest == "daily"]
    session.commit()
    return session.get_one(Mailing, mailing_id)


def cases_of(session: Session, mailing: Mailing) -> set[UUID]:
    """The cases that a digest holds."""
    return set(session.scalars(select(DigestCase.urgent_action_id).filter_by(mailing_id=mailing.id)))


def frozen(session: Session, mailing: Mailing) -> Mailing:
    while freeze_next_slice(session, mailing.id, batch_size=10):
        pass
    session.commit()
    return mailing


def handed_over(session: Session, relay: Relay, mailing: Mailing) -> dict[str, Letter]:
    """The whole digest goes out; what arrived, by address."""
    transport = smtp(relay.mail_url)
    turn = Turn(session, transport, SITE, "test", session.commit, lambda: True)
    while hand_over_next(turn, mailing.id):
        pass
    transport.close()
    letters = [read_letter(raw) for raw in relay.messages]
    return {parseaddr(letter.header("To"))[1]: letter for letter in letters}


def numbers_in(letter: Letter) -> set[str]:
    return {
        line.removeprefix("Urgent action ") for line in letter.text.splitlines() if line.startswith("Urgent action")
    }


def test_each_person_has_one_mail_with_what_they_chose_and_have_not_done(session: Session, relay: Relay) -> None:
    egypt, guatemala = a_case(session), a_case(session, country="GT", days=5)
    everything, some, acted, none, each = (
        *readers(session),
        *readers(session, countries=["GT"]),
        *readers(session),
        *readers(session, countries=["FR"]),
        *people(session, 1),
    )
    act(session, egypt.id, Person(acted.address_hash, acted.email or "", "A", "DE", "en"))
    mailing = frozen(session, made(session))
    arrived = handed_over(session, relay, mailing)
    assert {address: numbers_in(letter) for address, letter in arrived.items()} == {
        everything.email: {egypt.number, guatemala.number},
        some.email: {guatemala.number},
        acted.email: {guatemala.number},
    }
    assert progress(session, mailing.id).excluded == {"nothing_new": 1}
    assert none.email not in arrived
    assert each.email not in arrived
    order = [line for line in arrived[str(everything.email)].text.splitlines() if line.startswith("Urgent action")]
    assert guatemala.number in order[0], "the nearest deadline comes first"


def test_topics_are_chosen_for_digests_and_alerts_alike(session: Session, relay: Relay) -> None:
    women, land, unsaid = a_case(session, topics=[Topic.WOMEN]), a_case(session, topics=[Topic.LAND]), a_case(session)
    (reader,) = readers(session, topics=["land", "lawyers"])
    (each,) = people(session, 1)
    each.topics = ["women"]
    session.flush()
    (letter,) = handed_over(session, relay, frozen(session, made(session))).values()
    assert numbers_in(letter) == {land.number, unsaid.number}, "whom a case is about need not be said"
    sender = an_actor(session, Role.SENDER)
    told = [audience_of(session, sender, case.bulletins[0].id) for case in (women, land, unsaid)]
    assert [one.people for one in told] == [1, 0, 1]
    assert told[1].excluded == {"gets_digest": 1, "not_chosen": 1}
    kept = json.loads(as_json(all_of(session, reader.address_hash, "en")))["alerts"]
    assert kept["about_topics"] == ["land", "lawyers"]


def test_its_links_each_act_on_their_own_case(session: Session, relay: Relay, client: FlaskClient) -> None:
    first, second = a_case(session), a_case(session, days=5)
    readers(session)
    (letter,) = handed_over(session, relay, frozen(session, made(session))).values()
    links = [link.removeprefix(SITE.base_url) for link in dict.fromkeys(letter.text_links) if "/a/" in link]
    assert len(links) == 2
    for link in links:
        assert client.get(link).status_code == 200
        assert client.post(link).status_code == 303
    session.expire_all()
    assert (count(session, first.id), count(session, second.id)) == (1, 1)


def test_it_is_written_in_one_language_and_holds_no_case_without_words_in_it(session: Session, relay: Relay) -> None:
    both = a_case(session, languages=("en", "fa"))
    a_case(session, languages=("en",), days=5)
    (persian,) = readers(session, language="fa")
    (english,) = readers(session)
    (russian,) = readers(session, language="ru")
    arrived = handed_over(session, relay, frozen(session, made(session)))
    letter = arrived[str(persian.email)]
    assert letter.header("Content-Language") == "fa"
    assert f"/fa/ua/{both.sequence}-" in letter.text
    assert both.deadline is not None
    assert day(both.deadline, "fa") in letter.text, "the solar Hijri day first, on one line"
    assert letter.text.count("/a/") == 1
    assert arrived[str(english.email)].text.count("/a/") == arrived[str(russian.email)].text.count("/a/") == 2
    assert arrived[str(russian.email)].header("Content-Language") == "en"


def test_it_is_made_once_a_day_from_its_hour_on_and_only_where_something_is_new(session: Session) -> None:
    a_case(session)
    readers(session)
    readers(session, often=HowOften.WEEKLY)
    assert make_due(session, hour=13) == []
    assert len(make_due(session, hour=12)) == 2, "on a Monday the weekly one too"
    assert make_due(session, hour=12) == []
    assert len(session.scalars(select(Mailing)).all()) == 2


def tomorrow(monkeypatch: pytest.MonkeyPatch, days: int = 1) -> None:
    later = clock.now() + timedelta(days=days)
    monkeypatch.setattr(clock, "now", lambda: later)


def both_made(session: Session) -> tuple[Mailing, Mailing]:
    """The daily digest and that of the week, both of which are due."""
    daily, weekly = [session.get_one(Mailing, id) for id in make_due(session, hour=8)]
    return daily, weekly


def test_who_heard_of_a_case_by_an_alert_or_another_digest_does_not_meet_it_again(
    session: Session, relay: Relay
) -> None:
    old, seen = a_case(session), a_case(session, days=5)
    changes, daily, weekly = *people(session, 1), *readers(session), *readers(session, often=HowOften.WEEKLY)
    alert = launch(session, an_actor(session, Role.SENDER), old.bulletins[0].id, site=SITE).mailing_id
    handed_over(session, relay, frozen(session, session.get_one(Mailing, alert)))
    changes.how_often = HowOften.DAILY.value
    session.flush()
    of_the_day, of_the_week = both_made(session)
    arrived = handed_over(session, relay, frozen(session, of_the_day))
    assert numbers_in(arrived[str(changes.email)]) == {seen.number}
    assert numbers_in(arrived[str(daily.email)]) == {old.number, seen.number}
    changes.how_often = daily.how_often = HowOften.WEEKLY.value
    session.flush()
    relay.messages.clear()
    arrived = handed_over(session, relay, frozen(session, of_the_week))
    assert {to: numbers_in(letter) for to, letter in arrived.items()} == {weekly.email: {old.number, seen.number}}
    assert progress(session, of_the_week.id).excluded == {"nothing_new": 2}


def test_a_digest_in_which_a_case_was_not_theirs_told_them_nothing_of_it(session: Session, relay: Relay) -> None:
    a_case(session, topics=[Topic.LAND])
    women = a_case(session, topics=[Topic.WOMEN], days=5)
    reader, *_ = *readers(session, topics=["land"]), *readers(session, often=HowOften.WEEKLY)
    of_the_day, of_the_week = both_made(session)
    handed_over(session, relay, frozen(session, of_the_day))
    reader.topics, reader.how_often = None, HowOften.WEEKLY.value
    session.flush()
    relay.messages.clear()
    arrived = handed_over(session, relay, frozen(session, of_the_week))
    assert numbers_in(arrived[str(reader.email)]) == {women.number}


@pytest.mark.parametrize("to", [HowOften.EACH, HowOften.DAILY])
def test_who_goes_over_to_hearing_more_often_has_one_more_digest_and_loses_nothing(
    session: Session, relay: Relay, monkeypatch: pytest.MonkeyPatch, to: HowOften
) -> None:
    missed = a_case(session)
    (reader,) = readers(session, often=HowOften.WEEKLY)
    reader.how_often = to.value
    session.flush()
    session.refresh(reader)
    assert reader.owed_digest == "weekly"
    reader.owed_since = clock.now() - timedelta(hours=2)
    session.execute(update(UrgentAction).values(published_at=clock.now() - timedelta(hours=30)))
    session.flush()
    (mailing_id,) = [id for id in make_due(session, hour=8) if session.get_one(Mailing, id).digest == "weekly"]
    arrived = handed_over(session, relay, frozen(session, session.get_one(Mailing, mailing_id)))
    assert numbers_in(arrived[str(reader.email)]) == {missed.number}
    tomorrow(monkeypatch, days=7)
    a_case(session, days=30)
    assert [id for id in make_due(session, hour=8) if session.get_one(Mailing, id).digest == "weekly"] == []


def test_an_alert_leaves_out_whoever_a_digest_told_of_the_case_before_they_changed(
    session: Session, relay: Relay
) -> None:
    case = a_case(session)
    (reader,) = readers(session)
    handed_over(session, relay, frozen(session, made(session)))
    reader.how_often = HowOften.EACH.value
    session.flush()
    found = audience_of(session, an_actor(session, Role.SENDER), case.bulletins[0].id)
    assert (found.people, found.excluded) == (0, {"has_received": 1})


@pytest.mark.parametrize(
    ("steps", "owed"),
    [
        ("daily each", "daily"),
        ("weekly each", "weekly"),
        ("weekly daily", "weekly"),
        ("weekly daily each", "weekly"),
        ("weekly each daily each", "weekly"),
        ("weekly each weekly", None),
        ("daily weekly", None),
        ("daily each weekly", None),
        ("daily each daily", None),
        ("each daily", None),
    ],
)
def test_the_digest_that_is_owed_is_the_one_that_holds_what_was_missed(
    session: Session, steps: str, owed: str | None
) -> None:
    (person,) = people(session, 1)
    for often in steps.split():
        person.how_often = often
        session.flush()
    session.refresh(person)
    assert (person.owed_digest, person.owed_since is None) == (owed, owed is None)
    leave(session, person.address_hash)
    session.refresh(person)
    assert (person.owed_digest, person.owed_since) == (None, None)


def test_what_one_digest_has_no_room_for_is_in_the_next(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    cases = {a_case(session, days=5 + number).id for number in range(MOST_CASES + 1)}
    readers(session)
    first = cases_of(session, made(session))
    assert len(first) == MOST_CASES
    tomorrow = clock.now() + timedelta(days=1)
    monkeypatch.setattr(clock, "now", lambda: tomorrow)
    assert cases_of(session, made(session)) == cases - first


def test_the_weekly_one_is_made_on_its_day_or_made_up_for_after_it(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    readers(session, often=HowOften.WEEKLY)
    wednesday = 2
    a_case(session)
    assert len(make_due(session, hour=13, weekday=wednesday)) == 1, "that of last Wednesday, which was missed"
    tomorrow(monkeypatch)
    a_case(session)
    assert make_due(session, hour=8, weekday=wednesday) == []
    tomorrow(monkeypatch)
    assert make_due(session, hour=13, weekday=wednesday) == []
    assert len(make_due(session, hour=12, weekday=wednesday)) == 1


def test_where_nobody_chose_it_there_is_none(session: Session) -> None:
    a_case(session)
    people(session, 1)
    assert make_due(session, hour=8) == []


def test_where_nothing_is_new_there_is_none_that_day(session: Session) -> None:
    readers(session)
    assert make_due(session, hour=8) == []
    a_case(session)
    assert make_due(session, hour=8) == [], "it goes into tomorrow's"
    (held,) = new_cases(session, HowOften.DAILY, since=clock.now() - timedelta(days=1), now=clock.now())
    assert held.number


def test_an_alert_leaves_out_who_chose_a_digest_and_says_how_many(session: Session) -> None:
    case = an_urgent_action(session, CaseState.APPROVED)
    people(session, 2)
    readers(session, 3)
    found = audience_of(session, an_actor(session, Role.SENDER), case.bulletins[0].id)
    assert (found.people, found.excluded) == (2, {"gets_digest": 3})


def test_an_alert_may_be_launched_while_a_digest_that_its_case_leads_is_open(session: Session) -> None:
    case = a_case(session)
    people(session, 1)
    readers(session)
    made(session)
    assert launch(session, an_actor(session, Role.SENDER), case.bulletins[0].id, site=SITE)


def test_what_became_of_a_case_is_told_to_whom_the_digest_told_of_it(session: Session, relay: Relay) -> None:
    egypt, guatemala = a_case(session), a_case(session, country="GT", days=5)
    readers(session)
    readers(session, countries=["GT"])
    handed_over(session, relay, frozen(session, made(session)))
    sender = an_actor(session, Role.SENDER)
    for case, heard in ((egypt, 1), (guatemala, 2)):
        news = a_later_bulletin(session, case)
        assert audience_of(session, sender, news.id).people == heard


@pytest.mark.parametrize("which", [0, 1])
def test_a_case_that_is_over_takes_the_rest_back_and_sends_what_is_still_open(
    session: Session, relay: Relay, which: int
) -> None:
    cases = [a_case(session), a_case(session, days=5)]
    readers(session, 25)
    mailing = frozen(session, made(session))
    transport = smtp(relay.mail_url)
    turn = Turn(session, transport, SITE, "test", session.commit, lambda: True)
    assert hand_over_next(turn, mailing.id)
    first = len(relay.messages)
    assert 0 < first < 25
    close(session, an_actor(session, Role.SENDER), cases[which].id, reason="Over.")
    session.commit()
    while hand_over_next(turn, mailing.id):
        pass
    assert len(relay.messages) == first, "nothing leaves that asks for it"
    upkeep.end_overtaken(session)
    session.commit()
    anew = session.scalars(select(Mailing).where(Mailing.follows_id == mailing.id)).one()
    assert mailing.state == MailingState.CANCELLED
    handed_over(session, relay, frozen(session, anew))
    assert sum(relay.taken.values()) == 25
    assert set(relay.taken.values()) == {1}, "nobody has two"
    rest = [read_letter(raw) for raw in relay.messages[first:]]
    assert all(numbers_in(letter) == {cases[1 - which].number} for letter in rest)


def test_who_leaves_in_the_middle_gets_none_and_organisers_stop_it(session: Session, relay: Relay) -> None:
    a_case(session)
    gone, *_ = readers(session, 3)
    mailing, sender = frozen(session, made(session)), an_actor(session, Role.SENDER)
    leave(session, gone.address_hash)
    pause(session, sender, mailing.id)
    assert handed_over(session, relay, mailing) == {}
    resume(session, sender, mailing.id)
    assert len(handed_over(session, relay, mailing)) == 2
    upkeep.finish_complete(session)
    assert session.get_one(Mailing, mailing.id, populate_existing=True).state == MailingState.DONE
    assert "Daily digest of 23 November 2026" in {one.number for one in desk.recent(session, sender)}
    with pytest.raises(Refused):
        joined_since(session, sender, mailing.id)


def test_a_digest_that_a_person_cancelled_stays_so(session: Session) -> None:
    a_case(session)
    readers(session)
    mailing = made(session)
    cancel(session, an_actor(session, Role.SENDER), mailing.id)
    assert upkeep.end_overtaken(session) == []
    assert [id for id in make_due(session, hour=8) if session.get_one(Mailing, id).digest == "daily"] == []


def test_the_page_shows_and_keeps_how_often(session: Session, client: FlaskClient) -> None:
    (person,) = people(session, 1)
    session.commit()
    link = f"/p/{mint(Purpose.PREFERENCES, 0, extra=person.address_hash)}"
    assert 'value="each" checked' in client.get(link).text
    client.post(link, data={"language": "en", "how_often": "weekly"})
    session.expire_all()
    assert person.how_often == "weekly"
    assert 'value="weekly" checked' in client.get(link).text
    client.post(link, data={"language": "en", "how_often": "hourly"})
    session.expire_all()
    assert person.how_often == "each"


def test_whoever_left_may_come_back_for_one_mail_a_week_and_nobody_else_by_their_offer(
    session: Session, client: FlaskClient
) -> None:
    mine, other = people(session, 2)
    mine.countries = ["GT"]
    email, links = mine.email, [f"/u/{mint(Purpose.LEAVE, 0, extra=one.address_hash)}" for one in (mine, other)]
    session.commit()
    left = client.post(links[0])
    assert "You can have one mail a week instead" in left.text
    offer = left.text.partition('name="again" value="')[2].partition('"')[0]
    session.expire_all()
    assert mine.email is None
    assert "You can have one mail a week" not in client.post(links[0]).text, "there is nobody to offer it to any more"
    client.post(links[1])
    assert client.post(f"{links[1]}/weekly", data={"again": offer}).location.endswith("/subscribe")
    assert client.post(f"{links[0]}/weekly", data={"again": offer + "x"}).location.endswith("/subscribe")
    session.expire_all()
    assert (mine.email, other.email) == (None, None)
    assert "/p/" in client.post(f"{links[0]}/weekly", data={"again": offer}).location
    session.expire_all()
    assert (mine.email, mine.how_often, mine.state) == (email, "weekly", "active")
    assert mine.countries == ["GT"], "and for nothing that they had not chosen"


def test_what_is_kept_of_somebody_says_how_often(session: Session) -> None:
    (person,) = readers(session, often=HowOften.WEEKLY)
    assert json.loads(as_json(all_of(session, person.address_hash, "en")))["alerts"]["how_often"] == "weekly"


def test_the_database_knows_no_other_rhythm(session: Session) -> None:
    people(session, 1)
    with pytest.raises(IntegrityError, match="subscriber_how_often_known"):
        session.execute(update(Subscriber).values(how_often="hourly"))
