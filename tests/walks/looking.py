"""Looking at a page as a browser shows it: by axe, and for what makes it sound, in both schemes and at both widths."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import html5lib
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page, Response

from tests.walks.states import State

Scheme = Literal["light", "dark"]
WIDTHS: tuple[tuple[int, tuple[Scheme, Scheme]], ...] = ((320, ("light", "dark")), (1280, ("dark", "light")))
"""Each width with both schemes. What does not hang on colours is looked at in the first of the two alone."""
EVERYTHING: dict[str, Any] = {"resultTypes": ["violations"]}
COLOURS = EVERYTHING | {"runOnly": ["color-contrast", "link-in-text-block"]}
PAUSE = 2_100
"""Milliseconds after which a form may be sent: whoever is quicker is taken for a program."""
SOUND = """() => {
  const faults = [], ids = new Set();
  const TIME = /^\\d{4}-\\d\\d-\\d\\d(T\\d\\d:\\d\\d(:\\d\\d(\\.\\d{1,3})?)?(Z|[+-]\\d\\d:\\d\\d))?$/;
  for (const one of document.querySelectorAll('[id]')) {
    if (ids.has(one.id)) faults.push('id twice: ' + one.id);
    ids.add(one.id);
  }
  for (const name of ['for', 'aria-labelledby', 'aria-describedby', 'aria-controls'])
    for (const one of document.querySelectorAll('[' + name + ']'))
      for (const id of one.getAttribute(name).split(/\\s+/))
        if (!ids.has(id)) faults.push(name + ' points at nothing: ' + id);
  const heads = [...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map(h => +h.tagName[1]);
  if (heads.filter(level => level === 1).length !== 1) faults.push('h1: ' + heads.join(' '));
  if (heads.some((level, at) => at && level > heads[at - 1] + 1)) faults.push('a level is skipped: ' + heads.join(' '));
  for (const image of document.images)
    if (!image.hasAttribute('alt') || !image.width || !image.getAttribute('height')) faults.push('image: ' + image.src);
  if (document.documentElement.scrollWidth > innerWidth) faults.push('scrolls sideways');
  if (!document.querySelector('meta[name=viewport]') || !document.title) faults.push('no viewport or title');
  for (const one of document.querySelectorAll('a[href], button, summary, select, input:not([type=hidden])')) {
    const box = one.getBoundingClientRect();
    const inline = getComputedStyle(one).display === 'inline' || one.closest('p, li, label, dd, .trap');
    if (box.width && box.height && !inline && (box.width < 24 || box.height < 24))
      faults.push('small target: ' + one.outerHTML.slice(0, 90));
  }
  for (const one of document.querySelectorAll('time[datetime]'))
    if (!TIME.test(one.getAttribute('datetime'))) faults.push('no time: ' + one.outerHTML.slice(0, 90));
  for (const one of document.querySelectorAll('option'))
    if (!one.label.trim()) faults.push('an option without words: ' + one.outerHTML.slice(0, 90));
  for (const one of document.querySelectorAll('body *:not(svg, svg *)'))
    for (const name of one.getAttributeNames())
      if (name.includes('-') && !/^(data|aria|accept)-/.test(name)) faults.push('no attribute of HTML: ' + name);
  for (const one of document.querySelectorAll('tbody'))
    if (!one.rows.length) faults.push('a table without rows: ' + one.outerHTML.slice(0, 90));
  return faults;
}"""


def shown(page: Page, address: str, state: State) -> Response:
    """The page in that state; the answer that it came with."""
    answer = page.goto(address)
    assert answer is not None
    if state.meanwhile:
        state.meanwhile()
    if state.press:
        page.wait_for_timeout(PAUSE if "/LANG/ua/" in state.path else 0)
        wanted = page.locator(state.press).first
        wanted.evaluate("one => one.closest('details')?.setAttribute('open', '')")
        with page.expect_response(_leads_somewhere) as pressed:
            wanted.click()
        page.wait_for_load_state()
        return pressed.value
    return answer


def _leads_somewhere(answer: Response) -> bool:
    """Whether the page itself goes there: a frame in it, a mail's preview say, may still come in after the press."""
    of_page = answer.request.is_navigation_request() and answer.frame.parent_frame is None
    return of_page and answer.status != 303


class Looking:
    """One page, looked at wherever it goes; what it says to itself in the meantime is noted."""

    def __init__(self, page: Page) -> None:
        self.page, self.said = page, list[str]()
        page.on("console", lambda one: self._note(one.text) if one.type == "error" else None)
        page.on("pageerror", lambda one: self.said.append(str(one)))

    def _note(self, words: str) -> None:
        if "status of 4" not in words:
            self.said.append(words)

    def faults(self, address: str, state: State) -> list[str]:
        """Everything that is wrong with the page in that state: once for all, and in each scheme at each width."""
        self._as_seen(*_FIRST)
        answer = shown(self.page, address, state)
        if answer.status != state.status:
            return [f"answered {answer.status}, not {state.status}"]
        html5lib.HTMLParser(strict=True).parse(answer.text())
        self.page.evaluate("for (const one of document.querySelectorAll('main details')) one.open = true")
        self.page.evaluate(AXE_SCRIPT)
        found = [fault for width, schemes in WIDTHS for fault in self._at(width, schemes)]
        found += self.said
        self.said.clear()
        return found

    def _as_seen(self, width: int, scheme: Scheme) -> None:
        self.page.set_viewport_size({"width": width, "height": 800})
        self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")

    def _at(self, width: int, schemes: tuple[Scheme, Scheme]) -> Iterator[str]:
        for scheme, rules in zip(schemes, (EVERYTHING, COLOURS), strict=True):
            self._as_seen(width, scheme)
            for fault in self._axe(rules):
                yield f"{scheme} {width}: {fault}"
        for fault in self.page.evaluate(SOUND):
            yield f"{width}: {fault}"

    def _axe(self, rules: dict[str, Any]) -> Iterator[str]:
        for one in self.page.evaluate("rules => axe.run(rules)", rules)["violations"]:
            for node in one["nodes"]:
                yield f"{one['id']}: {node['html'][:160]}"


_FIRST: tuple[int, Scheme] = (WIDTHS[0][0], WIDTHS[0][1][0])
