"""Questions that come together are asked together: while one is on its way to the database, the next ones gather."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from itertools import islice
from typing import Generic, TypeVar

from psycopg import Error as DatabaseError

from alerts.core import logs

log = logs.logger(__name__)

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
MOST = 200
"""Questions that are asked at once."""


class Crowd(Generic[K, V]):
    """Answers to questions, asked by many at once, in statements of many questions each; one at a time.

    Nobody waits for others to come: who is alone is asked for alone. One statement, one round trip and one write to the
    disk serve all who came meanwhile.
    """

    def __init__(self, ask: Callable[[Sequence[K]], Awaitable[Mapping[K, V]]]) -> None:
        self._ask = ask
        self._waiting: dict[K, asyncio.Future[V | None]] = {}
        self._asking: asyncio.Task[None] | None = None

    async def answer(self, question: K) -> V | None:
        """The answer to one question; None where there is none, or asking failed."""
        found = self._waiting.get(question)
        if found is None:
            found = self._waiting[question] = asyncio.get_running_loop().create_future()
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask_for_all())
        return await asyncio.shield(found)

    async def _ask_for_all(self) -> None:
        try:
            while self._waiting:
                taken = {question: self._waiting.pop(question) for question in list(islice(self._waiting, MOST))}
                answers: Mapping[K, V] = {}
                try:
                    answers = await self._ask(list(taken))
                except DatabaseError:
                    pass  # whoever answers instead meets it too, and says so
                except Exception as error:  # noqa: BLE001 - whoever asked is answered by others
                    log.error("questions.failed", error=type(error).__name__)
                finally:
                    for question, future in taken.items():
                        future.set_result(answers.get(question))
        finally:
            self._asking = None
