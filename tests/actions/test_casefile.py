"""Claims about reading case folders."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from alerts.actions.casefaults import CaseFileFaults, Fault
from alerts.actions.casefile import CaseFile, parse_campaign, parse_case
from alerts.actions.casefolder import read_folder
from alerts.actions.states import ActKind, AppealsBy, Pronouns, Risk, Topic, Visibility
from alerts.core.languages import LANGUAGES
from tests.actions.case_folders import NOW, ROOT, documented, english, files, spanish

GIVEN = "In person, to our colleague, with his brother present."
STREET = "Ministry of Justice\n    1 Justice Street"


def parse(**changed: str | bytes) -> CaseFile:
    return parse_case(files(**changed), slug="milan-novak", now=NOW)


def faults(**changed: str | bytes) -> list[str]:
    with pytest.raises(CaseFileFaults) as caught:
        parse(**changed)
    return [str(fault).removeprefix("milan-novak/") for fault in caught.value.found]


def test_the_documented_example_is_a_case() -> None:
    case = parse()
    assert case.main_language == "en"
    assert case.risk is Risk.ARREST
    assert (case.defender.real_name, case.defender.country, case.defender.pronouns) == (
        "Milan Novák",
        "CZ",
        Pronouns.HE,
    )
    assert case.target.address == "Ministry of Justice\n1 Justice Street\nExampleton"
    assert case.consent.how_given
    assert case.consent.not_sought_reason is None
    en, es = case.texts
    assert len(en.asks) == 2
    assert en.story.startswith("Milan Novák keeps bees")
    assert "### What happened then" in en.story
    assert es.salutation == "Señor Ministro:"
    assert es.summary.endswith("lo detuvieron.")


def test_the_documented_campaign_is_a_campaign() -> None:
    campaign = parse_campaign({"en.md": documented()["campaign/en.md"].encode()}, slug="we-defend")
    assert campaign.home
    assert campaign.texts[0].narrative == "They report what others want hidden."


def test_a_duration_ends_with_the_day_in_the_stated_zone() -> None:
    assert parse().deadline == datetime(2027, 1, 5, 22, 59, 59, tzinfo=UTC)
    assert parse().consent.valid_until == datetime(2027, 11, 24, 22, 59, 59, tzinfo=UTC)
    date = english(("6 weeks", "2027-07-01"))
    assert parse(en=date).deadline == datetime(2027, 7, 1, 21, 59, 59, tzinfo=UTC)


def test_a_month_later_is_the_last_day_of_a_shorter_month() -> None:
    case = parse_case(files(en=english(("6 weeks", "1 month"))), slug="a", now=datetime(2027, 1, 31, 12, tzinfo=UTC))
    assert case.deadline.date().isoformat() == "2027-02-28"


def test_a_line_that_looks_like_another_type_stays_text() -> None:
    case = parse(
        en=english(("country: CZ", "country: NO"), ("title: Beekeeper arrested", "title: 2016-04-01 arrested"))
    )
    assert case.defender.country == "NO"
    assert case.texts[0].title.startswith("2016-04-01 arrested")


def test_windows_lines_and_a_byte_order_mark_are_read_alike() -> None:
    text = english()
    again = parse(en=b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert again.texts == parse().texts


@pytest.mark.parametrize(
    ("swap", "expected"),
    [
        (("risk: arrest", "rsk: arrest"), "en.md:11: unknown key `rsk` — did you mean 'risk'?"),
        (("risk: arrest", "risk: arest"), "en.md:11: unknown risk 'arest' — did you mean 'arrest'?"),
        (("6 weeks", "2020-01-31"), "en.md:12: `deadline` is over: 2020-01-31 — write a day that is still to come"),
        (("6 weeks", "soon"), "en.md:12: `deadline: soon` is no date"),
        (("6 weeks", "2027-02-30"), "en.md:12: `deadline: 2027-02-30` is no date"),
        (("6 weeks", "900 years"), "en.md:12: `deadline` is too far away"),
        (("Europe/Prague", "Europe/Prag"), "en.md:13: unknown time zone 'Europe/Prag' — did you mean 'Europe/Prague'?"),
        (("country: CZ", "country: Czechia"), "en.md:18: unknown country 'Czechia' — write CZ"),
        (("country: CZ", "country: XX"), "en.md:18: unknown country 'XX'"),
        (("minister@justice.example", "minister"), "en.md:28: 'minister' is no mail address"),
        (("verified_on: today", "verified_on: 2027-01-01"), "en.md:30: `target.verified_on` is in the future"),
        (("scope: named", "scope: pseudonym"), "en.md:32: consent to be pseudonym does not allow named"),
        ((f"  how_given: {GIVEN}\n", ""), "en.md:32: consent is not explained"),
        (("title: Beekeeper", "title: " + "very " * 30), "en.md:3: the title has"),
        (("Milan Novák keeps", "Milan <b>Novák</b> keeps"), "en.md:39: HTML in the story: '<b>'"),
        (("I call on you", "I call on <script>"), "en.md:49: HTML in the letter"),
        (("## Letter", "## Leter"), "en.md:45: unknown heading 'Leter' — did you mean 'Letter'?"),
        (("## Letter", "### Letter"), "the part `## Letter` is missing or empty"),
        (("preferred_language: en", "preferred_language: cs"), "en.md:29: unknown language 'cs'"),
        (("pronouns: he", "pronouns: it"), "en.md:19: unknown defender.pronouns 'it'"),
        (("call: Free", "call: &x Free"), "en.md:4: anchors (&) and aliases (*) are not used here"),
        (("call: Free", "call: !!str Free"), "en.md:4: tags (!) are not used here"),
        (("call: Free", "call: 'Free"), "this is not YAML"),
        (("call: Free", "title: Free"), "en.md:4: 'title' stands here twice — keep one; the first is in line 3"),
        (("call: Free", "call: \ue000Free"), "en.md:4: the call has an invisible character, U+E000"),
        (("summary: >-", "summary: >-\n  \u202egnp.exe"), "en.md:6: the summary has an invisible character, U+202E"),
        ((f"    {STREET}\n    Exampleton", "    Exampleton"), "not a whole postal address"),
    ],
)  # fmt: skip
def test_each_fault_is_told_with_its_line_and_its_remedy(swap: tuple[str, str], expected: str) -> None:
    found = faults(en=english(swap))
    assert any(expected in fault for fault in found), found
    assert all(" — " in fault for fault in found)


def test_every_fault_of_every_file_is_told_at_once() -> None:
    found = faults(
        en=english(("country: CZ", "country: XX"), ("scope: named", "scope: withheld"), ("## Letter", "## Leter")),
        es=spanish(("office: Ministro", "ofice: Ministro"), ("defender:", "risk: arrest\ndefender:")),
        de="---\n---\n",
        eng="",
    )
    expected = ("en.md:18", "en.md:32", "en.md:45", "de.md:1", "es.md:8", "es.md:13")
    assert {fault.split(": ")[0] for fault in found} >= set(expected)


def test_translations_must_be_whole() -> None:
    found = faults(es="---\ntitle: Apicultor detenido\n---\n## Story\n\nHistoria.\n")
    for part in ("call", "summary", "asks", "defender", "target", "## Letter"):
        assert any(f"`{part}` is missing" in fault or f"`{part}` is missing or" in fault for fault in found), part


def test_exactly_one_file_is_the_main_one() -> None:
    assert any("no file says which is the main one" in fault for fault in faults(en=english(("main: true\n", ""))))
    twice = faults(es=spanish(("title:", "main: true\ntitle:")))
    assert any("es.md:2: en.md is the main file already" in fault for fault in twice)
    assert parse(en=english(("main: true\n", "")), es="").main_language == "en"


def test_a_name_that_must_not_be_shown_is_found_wherever_it_stands() -> None:
    hidden = (
        ("name: Milan Novák", "real_name: Milan Novák\n  pseudonym: M."),
        ("visibility: named", "visibility: pseudonym"),
        ("Beekeeper arrested", "Milan  NOVAK arrested"),
    )
    found = faults(en=english(*hidden))
    shown = [fault for fault in found if "must not be shown" in fault]
    assert {fault.split(" stands in the ")[1].split(" ")[0] for fault in shown} == {
        "title", "call", "summary", "asks", "story", "letter",
    }  # fmt: skip
    assert any("es.md:9: visibility is pseudonym, so no name may stand here" in fault for fault in found)


def test_a_withheld_person_needs_no_name_at_all() -> None:
    bare = (("  name: Milan Novák\n", ""), ("visibility: named", "visibility: withheld"))
    case = parse(en=english(*bare), es=spanish(("  name: Milan Novák\n", "")))
    assert case.defender.visibility is Visibility.WITHHELD
    assert [text.name for text in case.texts] == ["", ""]


def test_consent_that_could_not_be_sought_needs_a_risk_assessment() -> None:
    reason = (
        "how_given: In person, to our colleague, with his brother present.",
        "could_not_be_sought: He is held incommunicado.",
    )
    assert any("`consent.risk_assessment` is missing" in fault for fault in faults(en=english(reason)))
    case = parse(en=english((reason[0], reason[1] + "\n  risk_assessment: His name is public already.")))
    assert case.consent.how_given is None
    assert case.consent.risk_assessment == "His name is public already."


def test_a_portrait_is_checked_by_content_and_kept_from_people_who_must_not_be_known() -> None:
    out = io.BytesIO()
    Image.new("RGB", (300, 400), "teal").save(out, "JPEG")
    case = parse_case(files() | {"portrait.png": out.getvalue()}, slug="a", now=NOW)
    assert case.portrait is not None
    assert (case.portrait.width, case.portrait.height) == (300, 400)
    with pytest.raises(CaseFileFaults, match=r"portrait\.png:1: This is not a picture"):
        parse_case(files() | {"portrait.png": b"<svg/>"}, slug="a", now=NOW)
    hidden = english(("name: Milan Novák", "pseudonym: M."), ("visibility: named", "visibility: pseudonym"))
    with pytest.raises(CaseFileFaults, match="a portrait would show who the person is"):
        parse_case(files(en=hidden, es="") | {"portrait.png": out.getvalue()}, slug="a", now=NOW)


def test_an_alias_bomb_is_refused_unread() -> None:
    bomb = "---\na: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [{','.join([f'*{chr(97 + n)}'] * 9)}]\n" for n in range(20)
    )
    assert "anchors" in faults(en=bomb + "---\n", es="")[0]
    assert "nested too deep" in faults(en="---\na: " + "[" * 5000 + "\n---\n", es="")[0]
    assert "bytes" in faults(en="---\n" + "#" * 300_000, es="")[0]


def test_the_demo_campaign_is_whole_and_each_of_its_cases_speaks_every_language() -> None:
    found = read_folder(ROOT / "demo" / "we-defend", now=NOW)
    assert not isinstance(found, CaseFile)
    assert found.home
    assert {text.language for text in found.texts} == set(LANGUAGES)
    names = {case.slug for case in found.cases}
    assert names == {
        "bertha-zuniga-caceres", "elena-milashina", "narges-mohammadi", "rafael-maldonado", "withheld-land-defender",
    }  # fmt: skip
    for case in found.cases:
        assert {text.language for text in case.texts} == set(LANGUAGES), case.slug
        known = case.defender.visibility is Visibility.NAMED
        assert all(bool(text.life) is known for text in case.texts), "who is withheld has no page of their own"
        for news in case.news:
            assert {text.language for text in news.texts} == set(LANGUAGES), (case.slug, news.number)
        assert case.target.email is not None
        assert case.target.email.endswith(".example")
        for each in ("asks", "copies"):
            assert len({len(getattr(text, each)) for text in case.texts}) == 1, f"{case.slug}: not the same {each}"


def _never_anything_but_faults(data: dict[str, bytes], slug: str) -> None:
    found: tuple[Fault, ...] | None = None
    try:
        parse_case(data, slug=slug, now=NOW)
    except CaseFileFaults as error:
        found = error.found
    assert found is None or found
    assert all(fault.line >= 1 and fault.instead and str(fault) for fault in found or ())


_BITS = st.sampled_from(
    [
        "---\n",
        "main: true\n",
        "deadline: ",
        "6 weeks\n",
        "999 years\n",
        "9999-12-31\n",
        "0000-00-00\n",
        "defender:\n",
        "  name: ",
        "  visibility: pseudonym\n",
        "- x\n",
        "asks:\n",
        "? [a]\n",
        "{a: b}\n",
        '"\\UFFFFFFFF"\n',
        '"\\ud800"\n',
        "## Story\n",
        "## Letter\n",
        "## \n",
        "# \n",
        "&a ",
        "*a\n",
        "!!binary x\n",
        "%YAML 9.9\n",
        "...\n",
        "\x00",
        "\x85",
        "\u2028",
        "|\n  x\n",
        ">-\n",
        "<b>",
        "time_zone: /etc/passwd\n",
        "time_zone: ../UTC\n",
        "consent:\n",
        "  until: 1 year\n",
        "[" * 40,
        "\t",
        ": ",
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(_BITS, st.text(max_size=12)), max_size=25), st.text(max_size=8))
def test_no_text_makes_reading_raise_anything_but_faults(bits: list[str], slug: str) -> None:
    text = "---\n" + "".join(bits)
    _never_anything_but_faults(files(en=text.encode("utf-8", "surrogatepass")), slug)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_change_to_a_good_file_raises_anything_but_faults(data: st.DataObject) -> None:
    lines = english().split("\n")
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(lines) - 1))
        lines[at] = data.draw(st.one_of(_BITS, st.text(max_size=20), st.just(lines[at] * 2), st.just(lines[at][1:])))
    _never_anything_but_faults(files(en="\n".join(lines).encode("utf-8", "surrogatepass")), "milan-novak")


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.text(max_size=12), st.binary(max_size=60), max_size=4))
def test_no_bytes_under_any_name_raise_anything_but_faults(data: dict[str, bytes]) -> None:
    _never_anything_but_faults(data, "milan-novak")


def test_a_case_says_what_people_can_do_and_signing_is_enough() -> None:
    kinds = "kinds:\n  - share\n  - write\nrisk: arrest"
    assert parse(en=english(("risk: arrest", kinds))).kinds == (ActKind.WRITE, ActKind.SHARE)
    assert parse().kinds == (ActKind.SIGN,)


def test_a_case_may_say_whom_it_is_about() -> None:
    topics = "topics:\n  - land\n  - lawyers\nrisk: arrest"
    assert set(parse(en=english(("risk: arrest", topics))).topics) == {Topic.LAND, Topic.LAWYERS}
    assert parse().topics == ()
    (fault,) = faults(en=english(("risk: arrest", "topics:\n  - lawers\nrisk: arrest")))
    assert "did you mean 'lawyers'" in fault


def test_kinds_that_are_none_or_count_nobody_are_faults() -> None:
    for kinds, told in (("- sing", "did you mean 'sign'"), ("- share", "sharing alone counts nobody")):
        (fault,) = faults(en=english(("risk: arrest", f"kinds:\n  {kinds}\nrisk: arrest")))
        assert told in fault


def test_how_appeals_reach_the_target_needs_a_mail_address_where_it_is_by_mail() -> None:
    by_mail = ("risk: arrest", "appeals: relay\nrisk: arrest")
    no_mail = re.compile(r"^  email: .*\n", re.MULTILINE)
    assert parse().appeals_by is AppealsBy.HAND_IN
    assert parse(en=english(by_mail)).appeals_by is AppealsBy.RELAY
    (fault,) = faults(en=no_mail.sub("", english(by_mail)))
    assert "letters cannot go to a target without a mail address" in fault
    (fault,) = faults(en=english(("risk: arrest", "appeals: relai\nrisk: arrest")))
    assert "did you mean 'relay'" in fault
