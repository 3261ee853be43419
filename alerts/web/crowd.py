"""Questions that come together are asked together: while one is on its way to the database, the next ones gather."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from itertools import islice
from typing import Generic, TypeVar

from psycopg import Error as DatabaseError

V = TypeVar("V")
MOST = 200
"""Questions that are asked at once."""


class Crowd(Generic[V]):
    """Answers to numbers, asked for by many at once, in statements of many numbers each; one at a time.

    Nobody waits for others to come: who is alone is asked for alone. One statement, one round trip and one write to the
    disk serve all who came meanwhile.
    """

    def __init__(self, ask: Callable[[Sequence[int]], Awaitable[Mapping[int, V]]]) -> None:
        self._ask = ask
        self._waiting: dict[int, asyncio.Future[V | None]] = {}
        self._asking: asyncio.Task[None] | None = None

    async def answer(self, number: int) -> V | None:
        """The answer to one number; None where there is none, or the database is away."""
        found = self._waiting.get(number)
        if found is None:
            found = self._waiting[number] = asyncio.get_running_loop().create_future()
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask_for_all())
        return await asyncio.shield(found)

    async def _ask_for_all(self) -> None:
        try:
            while self._waiting:
                taken = {number: self._waiting.pop(number) for number in list(islice(self._waiting, MOST))}
                answers: Mapping[int, V]
                try:
                    answers = await self._ask(list(taken))
                except DatabaseError:
                    answers = {}
                for number, future in taken.items():
                    future.set_result(answers.get(number))
        finally:
            self._asking = None
