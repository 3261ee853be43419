"""Rendering a mail: three templates in, subject, text and HTML out, in a language and its direction."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

from alerts.delivery import render
from alerts.delivery.content import LARGEST, BadContent, slot, slots_in
from alerts.delivery.render import render_mail

BODY = """<mjml><mj-head><mj-title>{{ title }}</mj-title>
<mj-raw><meta name="color-scheme" content="light dark" /></mj-raw></mj-head>
<mj-body><mj-section><mj-column><mj-text>{{ slot('greeting') }} {{ title }} {{ story|safe }}</mj-text>
<mj-button href="{{ slot('act_url') }}">{{ _('Act') }}</mj-button></mj-column></mj-section></mj-body></mjml>"""


@pytest.fixture(autouse=True)
def templates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A mail of its own, instead of the product's."""
    folder = tmp_path / "note"
    folder.mkdir()
    (folder / "subject.txt").write_text("\n{{ title }}\n")
    (folder / "body.txt").write_text("{{ slot('greeting') }}\n\n\n\n{{ title }}\n{{ slot('act_url') }}\n\n\n")
    (folder / "body.mjml").write_text(BODY)
    monkeypatch.setattr(render, "TEMPLATES", tmp_path)
    render._environment.cache_clear()
    yield
    render._environment.cache_clear()


class Reader(HTMLParser):
    """What a mail reader finds: the attributes of each tag, and the words."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len({name for name, _ in attrs}) == len(attrs), f"an attribute twice in {tag}"
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words += data


@pytest.mark.parametrize(("language", "direction"), [("en", "ltr"), ("ru", "ltr"), ("ar", "rtl"), ("fa", "rtl")])
def test_language_and_direction_stand_on_html_and_body(language: str, direction: str) -> None:
    page = Reader(render_mail("note", language, title="Free", story="").html)
    for wanted in ("html", "body"):
        (attributes,) = [attributes for tag, attributes in page.tags if tag == wanted]
        assert (attributes["lang"], attributes["dir"]) == (language, direction)


def test_slots_stand_in_text_and_html_and_in_links() -> None:
    mail = render_mail("note", "en", title="Free", story="")
    assert slots_in(mail.text) == slots_in(mail.html) == {"greeting", "act_url"}
    assert slot("act_url") in [attributes.get("href") for _, attributes in Reader(mail.html).tags]


def test_what_people_wrote_is_escaped_in_html_and_as_it_is_in_text() -> None:
    mail = render_mail("note", "en", title='Free <b>her</b> & "him"', story="")
    assert mail.subject == 'Free <b>her</b> & "him"'
    assert 'Free <b>her</b> & "him"' in mail.text
    assert "<b>" not in mail.html
    assert 'Free <b>her</b> & "him"' in Reader(mail.html).words


def test_a_story_keeps_its_words_and_breaks() -> None:
    story = "<p>One <strong>two</strong> <em>three</em><br>four</p><hr><ul><li>five</li></ul>"
    words = Reader(render_mail("note", "en", title="Free", story=story).html).words
    assert "One two threefour" in words
    assert "five" in words


def test_joiners_of_persian_reach_attributes_whole(tmp_path: Path) -> None:
    body = tmp_path / "note" / "body.mjml"
    body.write_text(BODY.replace("{{ slot('act_url') }}", "https://x.example/می\u200cخواهد"))
    html = render_mail("note", "fa", title="آزاد", story="").html
    assert "https://x.example/می\u200cخواهد" in [attributes.get("href") for _, attributes in Reader(html).tags]


def test_a_colour_scheme_is_named_for_readers_in_the_dark() -> None:
    page = Reader(render_mail("note", "en", title="Free", story="").html)
    assert ("meta", {"name": "color-scheme", "content": "light dark"}) in page.tags


def test_gaps_in_text_close_and_it_ends_with_one_line_end() -> None:
    assert render_mail("note", "en", title="Free", story="").text == (
        f"{slot('greeting')}\n\nFree\n{slot('act_url')}\n"
    )


def test_a_mail_that_readers_would_cut_off_is_refused_in_words() -> None:
    with pytest.raises(BadContent, match="Shorten the story"):
        render_mail("note", "en", title="Free", story="x" * LARGEST)


def test_a_missing_value_is_an_error_and_not_a_gap() -> None:
    with pytest.raises(Exception, match="story"):
        render_mail("note", "en", title="Free")
