"""Who has a kept page made, and who waits for it: the first time one reader, after that nobody.

A page that is out of date is made anew while all who ask still get it as it was; one that many read, even before the
next one asks. One page after the other: each takes its turns beside the event loop, and many at once would take most of
them.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine, Hashable, MutableMapping
from typing import Any

from alerts.core import logs
from alerts.web.bridge import RENEWAL, Asgi, Receive, Scope, Send
from alerts.web.kept import Page, Pages

MANY = 20
"""Readers of a page as it was made once, who make it likely that the next one is on the way."""
TOO_LONG = 5.0
"""Seconds after which a page that is not made holds up no other."""
LOOKS_EVERY = 0.05
"""Seconds."""
STAYS_READY = 3.0
"""Seconds after that many for which it is made anew though nobody asks: a wave of mail comes in bursts."""

log = logs.logger(__name__)


class Making:
    """Has pages made by who is `behind`, whose answers are kept in `pages`."""

    def __init__(self, behind: Asgi, pages: Pages) -> None:
        self._behind, self._pages = behind, pages
        self._under_way: dict[Hashable, asyncio.Future[None]] = {}
        self._renewals: set[asyncio.Task[None]] = set()
        self._ready: dict[Hashable, tuple[float, Scope]] = {}
        self._one_by_one = asyncio.Lock()

    def shown(self, key: Hashable, scope: Scope) -> Page | None:
        """The page that may be shown to who asks; it is made anew where it is out of date, and nobody waits for it."""
        page = self._pages.good(key)
        if page is not None:
            page.readers += 1
            if page.readers == MANY:
                self._keep_ready(key, scope)
            if page.wants_making():
                self._begin(self._renewed(page, key, scope))
        return page

    async def wait(self, key: Hashable, scope: Scope) -> Page | None:
        """The page that somebody else has made at this moment; None where nobody has, or nothing came of it."""
        if (under_way := self._under_way.get(key)) is None:
            return None
        await asyncio.shield(under_way)
        return self.shown(key, scope)

    async def make(self, key: Hashable, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as who is behind does, by which the page is kept as well, if it is one that is kept."""
        made = self._under_way[key] = asyncio.get_running_loop().create_future()

        def is_made() -> None:
            if self._under_way.get(key) is made:
                del self._under_way[key]
            if not made.done():
                made.set_result(None)

        async def sent(message: MutableMapping[str, Any]) -> None:
            is_made()  # nobody waits until its first reader has taken it
            await send(message)

        try:
            await self._behind(scope, receive, sent)
        finally:
            is_made()

    def _keep_ready(self, key: Hashable, scope: Scope) -> None:
        is_ready = key in self._ready
        self._ready[key] = time.monotonic() + STAYS_READY, scope
        if not is_ready:
            self._begin(self._kept_ready(key))

    async def _kept_ready(self, key: Hashable) -> None:
        """Have a page made each time that it is out of date, for as long as many read it."""
        try:
            while (page := self._pages.good(key)) is not None and time.monotonic() < self._ready[key][0]:
                await asyncio.sleep(max(LOOKS_EVERY, page.until - time.monotonic()))
                if page.wants_making():
                    await self._renewed(page, key, self._ready[key][1])
        finally:
            del self._ready[key]

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        begun = asyncio.create_task(work)
        self._renewals.add(begun)
        begun.add_done_callback(self._renewals.discard)

    async def _renewed(self, page: Page, key: Hashable, scope: Scope) -> None:
        async with self._one_by_one:
            if key in self._under_way or self._pages.good(key) is not page:
                return
            try:
                async with asyncio.timeout(TOO_LONG):
                    await self.make(key, {**scope, RENEWAL: True}, _nothing_is_sent, _nobody_hears)
            except Exception as error:  # noqa: BLE001 - nobody waits; the next who asks is told what is wrong
                log.error("page.not_renewed", error=type(error).__name__)
            # Nothing of it where its reader has acted or left meanwhile: theirs is another page now.
            if self._pages.good(key) is page:
                page.was_not_made()


async def _nothing_is_sent() -> MutableMapping[str, Any]:
    return {"type": "http.request"}


async def _nobody_hears(_message: MutableMapping[str, Any]) -> None:
    """What matters is that the answer is kept."""
