"""Somebody who has a keyboard and nothing else: every step of the focus is looked at."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Page

MOST_STEPS = 120
_WHERE = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  const style = getComputedStyle(one), box = one.getBoundingClientRect();
  const inside = one.matches('input[type=radio], input[type=checkbox]') ? one.closest('label') || one : one;
  const outer = getComputedStyle(inside), near = one.closest('.seek') && getComputedStyle(one.closest('.seek'));
  const ring = s => s && ((s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0) || s.boxShadow !== 'none');
  return {
    name: one.getAttribute('aria-label') || (one.labels && one.labels[0] && one.labels[0].innerText)
      || one.innerText || one.value || one.id || '',
    tag: one.tagName.toLowerCase(), html: one.outerHTML.slice(0, 120),
    // The button in a field for a day or a time is the browser's, with the browser's ring.
    ring: one.matches('input:is([type=date], [type=time]):not(:focus)')
      || ring(style) || ring(outer) || ring(near),
    seen: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth && box.width > 0,
  };
}"""


@dataclass
class Keys:
    """Goes through pages by Tab, Enter, arrows and typing. Fails where the focus is not seen, or gets no further."""

    page: Page

    def to(self, name: str, *, back: bool = False) -> Keys:
        """Tab to the control with this name (a pattern)."""
        wanted = re.compile(name)
        for _ in range(MOST_STEPS):
            self.page.keyboard.press("Shift+Tab" if back else "Tab")
            here = self._focus()
            if here is None:
                continue
            assert here["ring"], f"the focus is not seen: {here['html']}"
            assert here["seen"], f"the focus is out of sight: {here['html']}"
            if wanted.search(here["name"].strip()):
                return self
        raise AssertionError(f"no key leads to {name!r} on {self.page.url}")

    def _focus(self) -> Any:
        """What has the focus, also inside a frame."""
        frame = self.page.main_frame
        while (one := frame.evaluate_handle("document.activeElement").as_element()) and (into := one.content_frame()):
            frame = into
        return frame.evaluate(_WHERE)

    def enter(self) -> Keys:
        """Press what has the focus, and wait for where it leads."""
        self.page.keyboard.press("Enter")
        self.page.wait_for_load_state()
        return self

    def go(self, name: str) -> Keys:
        """Tab to a link or a button, and press it; the page that comes is there."""
        self.to(name)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")
        return self

    def press(self, *keys: str) -> Keys:
        """Press these keys, one after the other."""
        for key in keys:
            self.page.keyboard.press(key)
        return self

    def write(self, name: str, words: str) -> Keys:
        """Tab to a field, and put these words in the place of what is there."""
        self.to(name).press("Control+a")
        self.page.keyboard.type(words)
        return self
