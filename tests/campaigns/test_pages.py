"""Claims about a campaign's page from draft to readers: drafts are nobody's to see, and two people are needed."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from alerts.actions.models import Campaign
from alerts.actions.states import Visibility
from alerts.campaigns import editing, queries, review
from alerts.campaigns.errors import BadBlock, BlockConflict, CampaignGone, NotOpen, OwnPage, PageDown, PageIncomplete
from alerts.campaigns.figures import Figure
from alerts.campaigns.kinds import BlockKind
from alerts.campaigns.load import Outcome, load_page
from alerts.campaigns.models import CampaignBlock, CampaignBlockText, CampaignRevision
from alerts.campaigns.transitions import MOVES, RevisionState, check_move
from alerts.core import clock
from alerts.core.errors import NotAllowed, Refused, Unknown
from alerts.organisers import Role
from alerts.search.queries import search
from tests.builders import a_defender, an_actor
from tests.campaigns.scenes import DEMO, a_draft, a_folder, a_published_page, documented, published, swapped


def test_a_folder_is_loaded_once_as_a_draft_that_nobody_sees(session: Session, tmp_path: Path) -> None:
    author = an_actor(session, Role.AUTHOR)
    folder = a_folder(tmp_path)
    first = load_page(session, author, folder)
    assert first.outcome is Outcome.NEW
    assert load_page(session, author, folder).outcome is Outcome.UNCHANGED
    a_folder(tmp_path, en=swapped(("Tell others", "Tell everybody")))
    assert load_page(session, author, folder).outcome is Outcome.CHANGED
    assert session.get_one(CampaignRevision, first.revision_id).state == RevisionState.DRAFT
    assert queries.home_page(session, "en").block(BlockKind.HERO).parts == {}  # type: ignore[union-attr]
    assert not search(session, "en", "courage").hits


def test_one_bad_file_and_nothing_is_loaded(session: Session, tmp_path: Path) -> None:
    folder = a_folder(tmp_path, es="no front matter")
    with pytest.raises(Refused):
        load_page(session, an_actor(session, Role.AUTHOR), folder)
    assert session.scalars(select(Campaign)).all() == []


def test_the_demo_page_reaches_its_readers_in_every_language_and_is_found(session: Session) -> None:
    a_published_page(session, DEMO)
    page = queries.home_page(session, "fa")
    assert [block.kind for block in page.blocks] == list(BlockKind)
    assert {block.language for block in page.blocks} == {"fa"}
    assert [figure.value for figure, _ in page.block(BlockKind.NUMBERS).figures] == [281, 75, 63, 68, 94]  # type: ignore[union-attr]
    assert any(hit.is_home for hit in search(session, "en", "courage").hits)


def test_a_block_without_words_in_a_language_is_read_in_the_main_one(session: Session, tmp_path: Path) -> None:
    a_published_page(session, a_folder(tmp_path, es=documented()["es"]))
    page = queries.campaign_page(session, "spring", "es")
    spoken = {block.kind: block.language for block in page.blocks}
    assert (spoken[BlockKind.HERO], spoken[BlockKind.NUMBERS], spoken[BlockKind.QUOTE]) == ("es", "es", "en")
    assert page.languages == ("en", "es")


def test_nobody_approves_what_they_wrote_and_the_database_holds_it(session: Session, tmp_path: Path) -> None:
    both = an_actor(session, Role.AUTHOR, Role.REVIEWER)
    draft = a_draft(session, a_folder(tmp_path), both)
    review.submit(session, both, draft.id)
    with pytest.raises(OwnPage):
        review.approve(session, both, draft.id)
    editor = an_actor(session, Role.AUTHOR, Role.REVIEWER)
    write(session, editor, draft, "Another headline")
    review.submit(session, both, draft.id)
    with pytest.raises(OwnPage):
        review.approve(session, editor, draft.id)
    for person in (both, editor):
        with (
            pytest.raises(IntegrityError, match=r"may not approve|campaign_reviewer_is_not_author"),
            session.begin_nested(),
        ):
            session.execute(update(CampaignRevision).values(approved_by=person.id, state="approved"))
    review.approve(session, an_actor(session, Role.REVIEWER), draft.id)


def test_nothing_is_published_that_nobody_approved(session: Session, tmp_path: Path) -> None:
    draft = a_draft(session, a_folder(tmp_path))
    with pytest.raises(NotOpen):
        review.publish(session, an_actor(session, Role.SENDER), draft.id)
    with pytest.raises(IntegrityError, match="campaign_approved_by_somebody"), session.begin_nested():
        session.execute(update(CampaignRevision).values(state="published"))


def test_each_verb_asks_for_its_permission(session: Session, tmp_path: Path) -> None:
    draft = a_draft(session, a_folder(tmp_path))
    nobody = an_actor(session, Role.DATA_OFFICER)
    for verb in (review.submit, review.approve, review.publish):
        with pytest.raises(NotAllowed):
            verb(session, nobody, draft.id)
    with pytest.raises(NotAllowed):
        write(session, nobody, draft, "Mine")


def test_changing_a_published_page_is_a_draft_beside_it_until_it_is_reviewed(session: Session, tmp_path: Path) -> None:
    first = a_published_page(session, a_folder(tmp_path))
    author = an_actor(session, Role.AUTHOR)
    with pytest.raises(NotOpen):
        write(session, author, first, "Changed")
    draft = editing.open_draft(session, author, first.campaign_id)
    assert editing.open_draft(session, author, first.campaign_id).id == draft.id, "one draft at a time"
    write(session, author, draft, "Changed")
    assert headline(session) == "They speak for all of us. Speak for them."
    assert not search(session, "en", "changed").hits
    published(session, draft)
    assert headline(session) == "Changed"
    assert first.state == RevisionState.REPLACED
    assert search(session, "en", "changed").hits


def test_a_change_in_review_takes_the_page_back_to_draft(session: Session, tmp_path: Path) -> None:
    draft = a_draft(session, a_folder(tmp_path))
    author = an_actor(session, Role.AUTHOR)
    review.submit(session, author, draft.id)
    review.approve(session, an_actor(session, Role.REVIEWER), draft.id)
    editing.move_block(session, author, draft.id, BlockKind.QUOTE, up=True)
    assert (draft.state, draft.approved_by) == (RevisionState.DRAFT, None)


def test_what_was_reviewed_cannot_be_changed_even_past_the_code(session: Session, tmp_path: Path) -> None:
    a_published_page(session, a_folder(tmp_path))
    for change in (update(CampaignBlock).values(shown=False), update(CampaignBlockText).values(parts={})):
        with pytest.raises(IntegrityError, match="in draft only"), session.begin_nested():
            session.execute(change)
    with pytest.raises(IntegrityError, match="in draft only"), session.begin_nested():
        session.execute(text("DELETE FROM campaign_blocks"))
    session.execute(text("DELETE FROM campaigns"))  # a campaign that goes takes its pages along


def test_two_writers_of_the_same_words_see_each_other_and_nothing_is_lost(session: Session, tmp_path: Path) -> None:
    draft = a_draft(session, a_folder(tmp_path))
    ana = an_actor(session, Role.AUTHOR, name="Ana")
    write(session, ana, draft, "Ana's headline", version=1)
    with pytest.raises(BlockConflict) as caught:
        write(session, an_actor(session, Role.AUTHOR), draft, "Bea's headline", version=1)
    assert (caught.value.version, caught.value.who) == (2, "Ana")
    assert caught.value.theirs["headline"] == "Ana's headline"
    assert caught.value.yours["headline"] == "Bea's headline"
    other = editing.write_block(
        session, ana, draft.id, BlockKind.HERO, {"headline": "H", "strap_line": "S"}, language="fr", version=0
    )
    assert other is not None, "another language is nobody's conflict"
    with pytest.raises(BlockConflict):
        editing.set_figures(session, ana, draft.id, [], version=0)


def test_blocks_change_places_and_are_hidden_and_shown(session: Session, tmp_path: Path) -> None:
    draft = a_draft(session, a_folder(tmp_path))
    author = an_actor(session, Role.AUTHOR)
    editing.move_block(session, author, draft.id, BlockKind.QUOTE, up=True)
    editing.move_block(session, author, draft.id, BlockKind.HERO, up=True)
    editing.show_block(session, author, draft.id, BlockKind.GALLERY, shown=False)
    kinds = [block.kind for block in queries.draft_page(session, draft.id, "en").blocks]
    assert kinds[:3] == [BlockKind.HERO, BlockKind.QUOTE, BlockKind.NARRATIVE]
    editing.move_block(session, author, draft.id, BlockKind.HERO, up=False)
    assert queries.draft_page(session, draft.id, "en").blocks[0].kind is BlockKind.QUOTE


def test_a_page_goes_to_review_whole(session: Session, tmp_path: Path) -> None:
    draft = a_draft(session, a_folder(tmp_path))
    author = an_actor(session, Role.AUTHOR)
    editing.write_block(session, author, draft.id, BlockKind.QUOTE, {"text": "Only words"}, language="en", version=1)
    editing.write_block(session, author, draft.id, BlockKind.SHARE, {"title": "Dilo"}, language="es", version=0)
    editing.show_block(session, author, draft.id, BlockKind.HERO, shown=False)
    with pytest.raises(PageIncomplete) as caught:
        review.submit(session, author, draft.id)
    told = "\n".join(caught.value.faults)
    assert all(part in told for part in ("no headline", "quote block lacks its name (en)", "introduction (es)")), told
    with pytest.raises(BadBlock):
        editing.set_figures(session, author, draft.id, [Figure(1, 2016)], version=1)


def test_a_reviewer_sends_back_with_a_note(session: Session, tmp_path: Path) -> None:
    draft = a_draft(session, a_folder(tmp_path))
    review.submit(session, an_actor(session, Role.AUTHOR), draft.id)
    reviewer = an_actor(session, Role.REVIEWER)
    with pytest.raises(BadBlock):
        review.send_back(session, reviewer, draft.id, note=" ")
    review.send_back(session, reviewer, draft.id, note="Check the figure.")
    assert (draft.state, draft.review_note) == (RevisionState.DRAFT, "Check the figure.")


def test_a_campaign_that_was_never_published_has_no_page(session: Session, tmp_path: Path) -> None:
    a_draft(session, a_folder(tmp_path, en=swapped(("home: true\n", ""))))
    with pytest.raises(Unknown):
        queries.campaign_page(session, "spring", "en")
    assert queries.mapped_campaigns(session) == ()


def test_a_page_that_names_somebody_withheld_goes_nowhere(session: Session, tmp_path: Path) -> None:
    a_defender(session, name="Qubilai Hidden", visibility=Visibility.WITHHELD)
    draft = a_draft(session, a_folder(tmp_path, en=swapped(("They report what", "Qubilai  hidden reports what"))))
    with pytest.raises(PageIncomplete) as caught:
        review.submit(session, an_actor(session, Role.AUTHOR), draft.id)
    assert any("hero block names somebody" in fault for fault in caught.value.faults)
    assert "Qubilai" not in str(caught.value)


def test_a_page_is_taken_down_at_once_and_is_found_no_longer(session: Session, tmp_path: Path) -> None:
    page = a_published_page(session, a_folder(tmp_path, en=swapped(("home: true\n", ""))))
    author = an_actor(session, Role.AUTHOR)
    draft = editing.open_draft(session, author, page.campaign_id)
    with pytest.raises(BadBlock):
        review.take_down(session, author, page.campaign_id, reason=" ")
    with pytest.raises(NotAllowed):
        review.take_down(session, an_actor(session, Role.DATA_OFFICER), page.campaign_id, reason="It was wrong.")
    review.take_down(session, author, page.campaign_id, reason="It was wrong.")
    with pytest.raises(CampaignGone):
        queries.campaign_page(session, "spring", "en")
    assert not search(session, "en", "courage").hits
    with pytest.raises(NotOpen):
        review.take_down(session, author, page.campaign_id, reason="Once more.")
    assert draft.state == RevisionState.DRAFT, "what is in work stays"


def test_a_page_that_was_taken_down_returns_only_when_somebody_lets_it_and_others_approved(
    session: Session, tmp_path: Path
) -> None:
    page = a_published_page(session, a_folder(tmp_path, en=swapped(("home: true\n", ""))))
    author = an_actor(session, Role.AUTHOR)
    draft = editing.open_draft(session, author, page.campaign_id)
    review.submit(session, author, draft.id)
    review.approve(session, an_actor(session, Role.REVIEWER), draft.id)
    review.take_down(session, author, page.campaign_id, reason="A name was wrong.")
    assert (draft.state, draft.approved_by) == (RevisionState.DRAFT, None), "who approved it did not know"
    with pytest.raises(PageDown, match="show it again"):
        published(session, draft)
    assert draft.state == RevisionState.APPROVED
    with pytest.raises(CampaignGone):
        queries.campaign_page(session, "spring", "en")
    with pytest.raises(NotAllowed):
        review.let_return(session, an_actor(session, Role.DATA_OFFICER), page.campaign_id, reason="Mended.")
    with pytest.raises(BadBlock):
        review.let_return(session, author, page.campaign_id, reason=" ")
    review.let_return(session, author, page.campaign_id, reason="The name is out.")
    with pytest.raises(CampaignGone):
        queries.campaign_page(session, "spring", "en")
    review.publish(session, an_actor(session, Role.SENDER), draft.id)
    assert headline(session) == "They speak for all of us. Speak for them."
    with pytest.raises(NotOpen):
        review.let_return(session, author, page.campaign_id, reason="Once more.")


def test_what_is_down_stays_down_even_past_the_code(session: Session, tmp_path: Path) -> None:
    page = a_published_page(session, a_folder(tmp_path))
    with pytest.raises(IntegrityError, match="was taken down is not shown"), session.begin_nested():
        session.execute(update(Campaign).values(taken_down_at=clock.now()))
    review.take_down(session, an_actor(session, Role.AUTHOR), page.campaign_id, reason="It was wrong.")
    with pytest.raises(IntegrityError, match="was taken down is not shown"), session.begin_nested():
        session.execute(update(CampaignRevision).values(state="published"))


def test_a_draft_begun_after_a_page_was_taken_down_has_its_words_to_mend(session: Session, tmp_path: Path) -> None:
    page = a_published_page(session, a_folder(tmp_path))
    author = an_actor(session, Role.AUTHOR)
    review.take_down(session, author, page.campaign_id, reason="It was wrong.")
    draft = editing.open_draft(session, author, page.campaign_id)
    hero = queries.draft_page(session, draft.id, "en").block(BlockKind.HERO)
    assert hero
    assert hero.parts["headline"] == "They speak for all of us. Speak for them."


@pytest.mark.parametrize("now", RevisionState)
@pytest.mark.parametrize("to", RevisionState)
def test_the_table_of_moves_is_what_is_allowed(now: RevisionState, to: RevisionState) -> None:
    if to in MOVES[now]:
        check_move(now, to)
    else:
        with pytest.raises(NotOpen):
            check_move(now, to)


def write(session: Session, actor: object, draft: CampaignRevision, words: str, version: int | None = None) -> None:
    """Save a headline, from the version that is kept unless another is named."""
    hero = next(block for block in draft.blocks if block.kind == BlockKind.HERO)
    kept = next(found.version for found in hero.texts if found.language == "en")
    parts = {"headline": words, "strap_line": "Hours matter."}
    editing.write_block(
        session, actor, draft.id, BlockKind.HERO, parts,  # type: ignore[arg-type]
        language="en", version=kept if version is None else version,
    )  # fmt: skip


def headline(session: Session) -> str:
    """What readers see first."""
    hero = queries.campaign_page(session, "spring", "en").block(BlockKind.HERO)
    assert hero
    return hero.parts["headline"]
