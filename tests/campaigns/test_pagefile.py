"""Claims about a campaign's page as files: what is documented is understood, and every fault is told at once."""

from __future__ import annotations

import pytest

from alerts.actions.casefaults import CaseFileFaults
from alerts.campaigns.kinds import BlockKind
from alerts.campaigns.pagefile import PageFile, parse_page
from alerts.core.languages import LANGUAGES
from tests.campaigns.scenes import DEMO, documented, swapped


def page_of(**texts: str) -> PageFile:
    files = {f"{language}.md": text.encode() for language, text in (documented() | texts).items() if text}
    return parse_page(files, slug="spring", label="spring/campaign")


def faults_of(**texts: str) -> list[str]:
    with pytest.raises(CaseFileFaults) as caught:
        page_of(**texts)
    return [str(fault) for fault in caught.value.found]


def test_the_documented_page_is_a_page() -> None:
    page = page_of()
    assert (page.main_language, page.home) == ("en", True)
    assert page.shown == tuple(BlockKind)
    assert [(one.value, one.before, one.change, one.share, one.over) for one in page.figures] == [
        (281, 156, 80, False, False), (75, None, None, True, True),
    ]  # fmt: skip
    assert page.words[BlockKind.QUOTE]["en"]["attribution"] == "Salil Shetty"
    assert page.words[BlockKind.NUMBERS]["es"]["figure_2"] == "de esos asesinatos ocurrieron en América"
    assert set(page.words[BlockKind.QUOTE]) == {"en"}, "what is not translated is not there"


def test_the_demo_has_every_block_in_every_language() -> None:
    files = {file.name: file.read_bytes() for file in (DEMO / "campaign").iterdir()}
    page = parse_page(files, slug="we-defend")
    assert page.shown == tuple(BlockKind)
    for kind in BlockKind:
        assert set(page.words[kind]) == set(LANGUAGES), kind
        names = {language: set(words) for language, words in page.words[kind].items()}
        assert all(found == names["en"] for found in names.values()), (kind, names)
    assert {one.value for one in page.figures} == {281, 75, 63, 68, 94}


def test_the_order_of_blocks_is_that_of_the_file_and_what_it_leaves_out_is_hidden() -> None:
    line = "blocks: [hero, gallery, quote, narrative, action, numbers, outcomes, share, sign_up]"
    assert page_of(en=swapped((line, "blocks: [hero, action, quote]"))).shown == (
        BlockKind.HERO, BlockKind.ACTION, BlockKind.QUOTE,
    )  # fmt: skip
    assert page_of(en=swapped((line + "\n", ""))).shown == tuple(BlockKind)


def test_all_faults_of_all_files_are_told_at_once_with_their_lines() -> None:
    bad = swapped(
        ("value: 281", "value: many"),
        ("  attribution: Salil Shetty\n", ""),
        ("sign_up]", "sing_up]"),
        ("source: https://reports.example/2016", "source: reports"),
        ("  button: Get alerts by mail", "  button: <b>Now</b>"),
        ("  title: Tell others", "  title: Tell others\n  colour: red"),
    )
    spanish = swapped(("    - text: de esos asesinatos ocurrieron en América\n", "      value: 3\n"), language="es")
    found = faults_of(en=bad, es=spanish)
    told = "\n".join(found)
    for part in (
        "en.md:6: unknown blocks 'sing_up'", "`quote.attribution` is missing", "`numbers.figures.1.value: many`",
        "The source is no address of a page", "HTML in the button", "unknown key `share.colour`",
        "is a fact", "1 figures, and the main file has 2",
    ):  # fmt: skip
        assert part in told, told
    assert all(line.startswith("spring/campaign/") for line in found)


@pytest.mark.parametrize(
    ("swap", "said"),
    [
        (("## Second narrative", "## Third narrative"), "unknown heading"),
        (("  title: Take action\n", "  title: ''\n"), "`action.title` is missing"),
        (("value: 75", "value: 175"), "no share of a hundred"),
        (("year: 2016", "year: 16"), "no year"),
        (("headline: They speak", f"headline: {'x' * 120} They speak"), "the headline has"),
        (("main: true", "main: perhaps"), "write true or false"),
    ],
)
def test_a_fault_says_what_to_write_instead(swap: tuple[str, str], said: str) -> None:
    assert any(said in line and " — " in line for line in faults_of(en=swapped(swap)))
