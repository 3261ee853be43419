"""People who go through pages in a way of their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.walks.keys import Keys


@pytest.fixture
def keys(browser: Browser) -> Iterator[Keys]:
    """Somebody at a desk, with the keyboard."""
    context = browser.new_context(viewport={"width": 1000, "height": 700}, locale="en-GB", reduced_motion="reduce")
    context.set_default_timeout(5_000)
    yield Keys(context.new_page())
    context.close()
