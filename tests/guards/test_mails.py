"""Every mail has a subject, a text, an HTML part and a way to leave, in every language."""

from __future__ import annotations

import re
from pathlib import Path

import html5lib
import pytest

from alerts.actions.states import BulletinKind, Outcome
from alerts.core.languages import LANGUAGES, direction
from alerts.delivery.content import slots_in
from alerts.delivery.render import TEMPLATES, RenderedMail, render_mail
from alerts.mailings.content import News

MAILS = sorted(folder.name for folder in TEMPLATES.iterdir() if folder.is_dir())
CONTEXT = {
    "number": "UA 1/26",
    "again": False,
    "case": {
        "title": "Lawyer threatened",
        "call": "Defend the lawyer!",
        "summary": "A lawyer was threatened.",
        "story_text": "She went to court.",
        "story_html": "<p>She went to court.</p>",
        "asks": ["Protect her.", "Investigate."],
        "deadline_text": "5 January 2027 (UTC)",
        "defender_name": "Amal Sabri",
        "target_name": "Office of the Prosecutor",
        "copies": ["The embassy"],
        "corrected": {"on": "3 January 2027 (UTC)", "why": "We wrote of one threat."},
    },
    "case_url": "https://we-defend.example/en/ua/1-26",
    "organisation": "We Defend",
    "postal_line": "1 Harbour Street, Exampleton",
    "statement": "Write to me.",
    "daily": True,
    "more": "1",
    "cases": [
        {
            "letter": letter,
            "number": "UA 1/26",
            "call": "Defend the lawyer!",
            "summary": "A lawyer was threatened.",
            "deadline_text": "5 January 2027 (UTC)",
            "defender_name": "Amal Sabri",
            "target_name": "Office of the Prosecutor",
            "case_url": "https://we-defend.example/en/ua/1-26",
        }
        for letter in "ab"
    ],
    "subject": "About Amal Sabri",
    "letter": "Dear Office,\n\nProtect her.",
    "paragraphs": [["Dear Office,"], ["Protect her."]],
    "signature": "Eva Berg, Germany",
    "answers_to_writer": True,
    "copies": ("The embassy",),
    "people": 3,
    "figure": str,
    "title": "Lawyer threatened",
    "names": ["Eva Berg, Germany"],
    "own": [("Omar Nasser, Egypt", [["Dear Office,"], ["In my own words."]])],
    "unnamed": 1,
    "countries": [("Germany", 2)],
    "news": News(BulletinKind.FURTHER_INFORMATION, None, asks=True),
}
ENDS = (News(BulletinKind.STOP, None, asks=False), News(BulletinKind.OUTCOME, Outcome.RELEASED, asks=False))


def rendered(name: str, language: str) -> RenderedMail:
    return render_mail(name, language, **CONTEXT)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", MAILS)
class TestEveryMail:
    def test_it_is_whole(self, name: str, language: str) -> None:
        mail = rendered(name, language)
        assert mail.subject.strip()
        assert mail.text.strip()
        assert "<body" in mail.html

    def test_it_has_a_way_to_leave_in_both_parts(self, name: str, language: str) -> None:
        mail = rendered(name, language)
        assert "leave_url" in slots_in(mail.text)
        assert "leave_url" in slots_in(mail.html)

    def test_both_parts_ask_for_the_same_slots(self, name: str, language: str) -> None:
        mail = rendered(name, language)
        assert slots_in(mail.text) == slots_in(mail.html)

    def test_it_says_its_language_and_direction(self, name: str, language: str) -> None:
        html = rendered(name, language).html
        for tag in ("html", "body"):
            found = re.search(rf"<{tag}[^>]*>", html)
            assert found
            assert f'lang="{language}"' in found[0]
            assert f'dir="{direction(language)}"' in found[0]

    def test_its_text_shows_links_whole_on_lines_of_their_own(self, name: str, language: str) -> None:
        lines = rendered(name, language).text.splitlines()
        assert any(line.strip() == "\ue000leave_url\ue001" for line in lines)

    def test_it_loads_nothing_and_fits(self, name: str, language: str) -> None:
        html = rendered(name, language).html
        assert not re.search(r"<(img|script|link|iframe)\b", html)
        assert "url(" not in html.replace("url()", "")
        assert len(html.encode()) < 60_000

    def test_it_is_html_a_parser_takes(self, name: str, language: str) -> None:
        html5lib.HTMLParser().parse(rendered(name, language).html)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_reminder_to_confirm_says_in_both_parts_that_it_is_the_only_one(language: str) -> None:
    first, again = rendered("confirm", language), render_mail("confirm", language, **CONTEXT | {"again": True})
    assert first.subject != again.subject or language != "en"
    if language == "en":
        assert "This is the only reminder." in again.text
        assert "This is the only reminder." in again.html
    assert slots_in(again.text) == slots_in(again.html) == slots_in(first.text)


def test_every_folder_of_mail_templates_is_complete() -> None:
    for name in MAILS:
        assert {file.name for file in Path(TEMPLATES / name).iterdir()} >= {"subject.txt", "body.txt", "body.mjml"}
    assert {"alert", "confirm"} <= set(MAILS)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("news", ENDS)
def test_news_of_an_end_asks_for_nothing_and_both_parts_agree(news: News, language: str) -> None:
    mail = render_mail("news", language, **{**CONTEXT, "news": news})
    assert slots_in(mail.text) == slots_in(mail.html) == {"greeting", "leave_url"}
