"""The picture that networks show of a campaign: its words, faces that may be seen, and gone with what it shows."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from redis import Redis
from sqlalchemy.orm import Session

from alerts.actions.models import UrgentAction
from alerts.actions.portraits import reencode
from alerts.actions.publishing import withdraw
from alerts.actions.states import Visibility
from alerts.campaigns import editing, review
from alerts.campaigns.kinds import BlockKind
from alerts.campaigns.models import CampaignRevision
from alerts.campaigns.sharecard import MOST_FACES, CampaignCard, drawn
from alerts.core.sharing import PANEL, SIZE
from alerts.organisers import Role
from tests.actions.test_portraits import picture
from tests.builders import an_actor
from tests.campaigns.scenes import DEMO, a_folder, a_published_page, into, published, swapped
from tests.web.test_cards import opened, teal, with_portrait

CARD = CampaignCard("en", "ltr", "We Defend", "They speak for all of us.", "Hours matter.", ())
NOT_HOME = ("home: true\n", "")


def seen(session: Session, visibility: Visibility = Visibility.NAMED) -> UrgentAction:
    """A case of the campaign, whose defender has a portrait."""
    case = into(session, with_portrait(session, visibility))
    session.commit()
    return case


@pytest.mark.parametrize(("path", "home"), [("/en/", True), ("/en/c/spring", False)])
def test_the_page_names_its_picture_and_how_large_it_is(
    session: Session, client: FlaskClient, tmp_path: Path, path: str, home: bool
) -> None:
    a_published_page(session, a_folder(tmp_path, en=swapped(*(() if home else (NOT_HOME,)))))
    session.commit()
    said = dict(
        re.findall(r'<meta (?:property|name)="((?:og:image|twitter:)[^"]*)" content="([^"]*)"', client.get(path).text)
    )
    address = path.rstrip("/") + "/card.jpg"
    assert said["og:image"] == said["twitter:image"] == f"http://localhost:8000{address}"
    assert (said["og:image:width"], said["og:image:height"]) == ("1200", "630")
    alt = "We Defend: They speak for all of us. Speak for them."
    assert said["og:image:alt"] == said["twitter:image:alt"] == alt
    assert said["twitter:card"] == "summary_large_image"
    card = client.get(address)
    assert (card.mimetype, opened(card.data).size) == (said["og:image:type"], SIZE)
    assert card.headers["Cache-Control"] == "no-cache"


def test_each_language_has_its_own_and_the_one_at_home_has_one_address(session: Session, client: FlaskClient) -> None:
    a_published_page(session, DEMO)
    session.commit()
    pictures = [client.get(f"/{code}/card.jpg").data for code in ("en", "es", "fr", "ar", "fa", "ru")]
    assert len(set(pictures)) == len(pictures)
    assert max(map(len, pictures)) < 300_000
    moved = client.get("/fa/c/we-defend/card.jpg")
    assert (moved.status_code, moved.headers["Location"]) == (301, "/fa/card.jpg")
    assert client.get("/en/c/nothing/card.jpg").status_code == 404


def test_a_language_without_words_has_the_picture_of_the_main_one(
    session: Session, client: FlaskClient, tmp_path: Path
) -> None:
    a_published_page(session, a_folder(tmp_path))
    session.commit()
    assert client.get("/fa/card.jpg").data == client.get("/en/card.jpg").data
    assert "http://localhost:8000/en/card.jpg" in client.get("/fa/").text


def test_it_shows_who_may_be_seen_and_nobody_else(session: Session, client: FlaskClient, tmp_path: Path) -> None:
    a_published_page(session, a_folder(tmp_path))
    for visibility in (Visibility.PSEUDONYM, Visibility.WITHHELD):
        seen(session, visibility)
    assert teal(opened(client.get("/en/card.jpg").data)) == 0
    shown = seen(session)
    before = client.get("/en/card.jpg")
    assert teal(opened(before.data)) > 100_000
    withdraw(session, an_actor(session, Role.SENDER), shown.id, reason="The family asked for it.")
    session.commit()
    after = client.get("/en/card.jpg", headers={"If-None-Match": before.headers["ETag"]})
    assert after.status_code == 200, "what a browser keeps is no longer it"
    assert teal(opened(after.data)) == 0


def test_a_gallery_that_is_not_shown_puts_nobody_on_it(session: Session, client: FlaskClient, tmp_path: Path) -> None:
    a_published_page(session, a_folder(tmp_path, en=swapped(("blocks: [hero, gallery,", "blocks: [hero,"))))
    seen(session)
    assert teal(opened(client.get("/en/card.jpg").data)) == 0


def test_it_changes_when_the_page_is_published_anew_and_not_before(
    session: Session, client: FlaskClient, tmp_path: Path
) -> None:
    page = a_published_page(session, a_folder(tmp_path))
    session.commit()
    first = client.get("/en/card.jpg")
    draft = another_headline(session, page)
    session.commit()
    assert client.get("/en/card.jpg").data == first.data
    published(session, draft)
    session.commit()
    assert client.get("/en/card.jpg", headers={"If-None-Match": first.headers["ETag"]}).status_code == 200
    assert client.get("/en/card.jpg").data != first.data


def test_a_page_that_was_taken_down_has_no_picture_at_once(
    session: Session, client: FlaskClient, tmp_path: Path
) -> None:
    page = a_published_page(session, a_folder(tmp_path, en=swapped(NOT_HOME)))
    session.commit()
    first = client.get("/en/c/spring/card.jpg")
    assert first.status_code == 200
    review.take_down(session, an_actor(session, Role.AUTHOR), page.campaign_id, reason="It was wrong.")
    session.commit()
    gone = client.get("/en/c/spring/card.jpg", headers={"If-None-Match": first.headers["ETag"]})
    assert (gone.status_code, gone.mimetype) == (410, "text/html")


def test_it_is_drawn_once_while_nothing_on_it_changes(
    session: Session, client: FlaskClient, redis: Redis, tmp_path: Path
) -> None:
    a_published_page(session, a_folder(tmp_path))
    session.commit()
    first = client.get("/en/card.jpg")
    (key,) = redis.keys("card:*")  # type: ignore[misc]
    redis.set(key, b"kept", ex=60)
    assert client.get("/en/card.jpg").data == b"kept"
    again = client.get("/en/card.jpg", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_a_site_without_a_campaign_still_has_a_picture(client: FlaskClient) -> None:
    assert opened(client.get("/fa/card.jpg").data).size == SIZE
    assert "http://localhost:8000/fa/card.jpg" in client.get("/fa/").text


def test_another_word_or_face_makes_another_card() -> None:
    changes: tuple[dict[str, object], ...] = (
        {}, {"headline": "Other"}, {"strap_line": "Other"}, {"portraits": ("x",)}, {"portraits": ("x", "y")},
    )  # fmt: skip
    assert len({replace(CARD, **change).digest for change in changes}) == len(changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
@pytest.mark.parametrize("faces", range(1, MOST_FACES + 1))
@pytest.mark.parametrize("words", ["Act!", "Defend them all " * 8, "Donaudampfschifffahrtsgesellschaft " * 3])
def test_no_words_run_into_the_faces(direction: str, faces: int, words: str) -> None:
    portrait = reencode(picture((800, 1000))).webp
    said = replace(CARD, headline=words[:120], strap_line=(words * 9)[:200], direction=direction)
    card = opened(drawn(said, [portrait] * faces))
    assert teal(card) > 0.95 * PANEL * SIZE[1]


def another_headline(session: Session, page: CampaignRevision) -> CampaignRevision:
    """A draft that says something else first."""
    author = an_actor(session, Role.AUTHOR)
    draft = editing.open_draft(session, author, page.campaign_id)
    words = {"headline": "Another headline", "strap_line": "Hours matter."}
    editing.write_block(session, author, draft.id, BlockKind.HERO, words, language="en", version=1)
    return draft
