"""The picture that networks show of a case: made by us, and gone with the case."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from PIL import Image, ImageChops
from redis import Redis
from sqlalchemy.orm import Session

from alerts.actions.defenders import keep_portrait
from alerts.actions.models import UrgentAction
from alerts.actions.portraits import reencode
from alerts.actions.sharecard import ShareCard, drawn
from alerts.actions.states import CaseState, Visibility
from alerts.core.sharing import SIZE
from tests.actions.test_portraits import picture
from tests.builders import a_consent, a_defender, an_urgent_action
from tests.web.pages import number_of

CARD = ShareCard("en", "ltr", "We Defend", "Urgent action UA 3/26", "Defend the lawyer!", "Add my name", "", "")


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data)).convert("RGB")


def path_of(case: UrgentAction, lang: str = "en") -> str:
    return f"/{lang}/ua/{number_of(case)}/card.jpg"


def teal(card: Image.Image) -> int:
    """How many of its pixels have the colour of the portrait."""
    far = ImageChops.difference(card, Image.new("RGB", SIZE, "teal")).convert("L")
    return far.histogram()[0] + sum(far.histogram()[1:12])


def with_portrait(session: Session, visibility: Visibility = Visibility.NAMED) -> UrgentAction:
    defender = a_defender(session, visibility=visibility, languages=("en", "fa"))
    a_consent(session, defender, scope=visibility)
    keep_portrait(session, defender, reencode(picture((800, 1000))))
    return an_urgent_action(session, CaseState.PUBLISHED, defender=defender, languages=("en", "fa"))


def test_the_page_of_a_case_names_its_picture_and_how_large_it_is(session: Session, client: FlaskClient) -> None:
    case = with_portrait(session)
    session.commit()
    page = client.get(f"/en/ua/{number_of(case)}").text
    said = dict(re.findall(r'<meta (?:property|name)="((?:og:image|twitter:)[^"]*)" content="([^"]*)"', page))
    assert said["og:image"] == f"http://localhost:8000{path_of(case)}"
    assert (said["og:image:width"], said["og:image:height"]) == ("1200", "630")
    assert said["og:image:alt"] == f"Urgent action {case.number}: Defend the lawyer! (en)"
    assert said["twitter:card"] == "summary_large_image"
    card = client.get(path_of(case))
    assert (card.mimetype, opened(card.data).size) == (said["og:image:type"], SIZE)
    assert len(card.data) < 300_000


def test_each_language_has_its_own(session: Session, client: FlaskClient) -> None:
    case = with_portrait(session)
    session.commit()
    english, persian, french = (client.get(path_of(case, lang)).data for lang in ("en", "fa", "fr"))
    assert english != persian
    assert english == french, "a case that is not written in it has the card of its main language"


@pytest.mark.parametrize("visibility", [Visibility.PSEUDONYM, Visibility.WITHHELD])
def test_who_must_not_be_known_is_on_no_card(session: Session, client: FlaskClient, visibility: Visibility) -> None:
    named, hidden = with_portrait(session), with_portrait(session, visibility)
    session.commit()
    assert teal(opened(client.get(path_of(named)).data)) > 100_000
    assert teal(opened(client.get(path_of(hidden)).data)) == 0


@pytest.mark.parametrize("state", [CaseState.WITHDRAWN, CaseState.HELD])
def test_a_case_that_was_taken_down_has_no_card_at_once(
    session: Session, client: FlaskClient, state: CaseState
) -> None:
    case = with_portrait(session)
    session.commit()
    first = client.get(path_of(case))
    assert first.status_code == 200
    case.state = state.value
    session.commit()
    for headers in ({}, {"If-None-Match": first.headers["ETag"]}):
        gone = client.get(path_of(case), headers=headers)
        assert gone.status_code == 410
        assert gone.mimetype == "text/html"


def test_it_is_drawn_once_while_nothing_on_it_changes(session: Session, client: FlaskClient, redis: Redis) -> None:
    case = with_portrait(session)
    session.commit()
    first = client.get(path_of(case))
    (key,) = redis.keys("card:*")  # type: ignore[misc]
    assert 0 < redis.ttl(key) <= 3600  # type: ignore[operator]
    redis.set(key, b"kept", ex=60)
    assert client.get(path_of(case)).data == b"kept"
    again = client.get(path_of(case), headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert first.headers["Cache-Control"] == "no-cache"
    case.state = CaseState.CLOSED.value
    case.ended_at = case.created_at
    session.commit()
    assert client.get(path_of(case)).data not in (b"kept", first.data), "it no longer asks to act"


def test_another_portrait_or_word_makes_another_card() -> None:
    assert len({replace(CARD, **change).digest for change in ({}, {"portrait": "x"}, {"call": "Other"})}) == 3  # type: ignore[arg-type]


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
@pytest.mark.parametrize("call", ["Act!", "Defend " * 40, "Donaudampfschifffahrtsgesellschaft " * 3])
def test_no_words_run_into_the_portrait(direction: str, call: str) -> None:
    card = opened(drawn(replace(CARD, call=call, direction=direction), reencode(picture((800, 1000))).webp))
    panel = (0, 0, 462, 630) if direction == "rtl" else (738, 0, 1200, 630)
    assert teal(card) > 0.98 * 462 * 630
    white = card.crop(panel).convert("L").point(lambda light: 255 if light > 200 else 0)
    assert white.getbbox() is None
