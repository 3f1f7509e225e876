"""Places for what is on its way to other nodes: so many at a time, and so many more that wait for one for a while."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Crowded(Exception):
    """All places are taken."""

    def __init__(self) -> None:
        super().__init__("as much as may be is on its way to other nodes")


class Places:
    """A number of places; without `waiting`, nobody waits for one."""

    def __init__(self, most: int, *, waiting: int = 0, seconds: float = 0.0) -> None:
        # Those that are free.
        self._free = asyncio.Semaphore(most)
        # How many may wait for one, how many do, and for how long each may.
        self._most_waiting, self._waiting, self._seconds = waiting, 0, seconds

    @asynccontextmanager
    async def one(self) -> AsyncIterator[None]:
        """Have a place while the block lasts; raises `Crowded`."""
        await self._take()
        try:
            yield
        finally:
            self._free.release()

    async def _take(self) -> None:
        if not self._free.locked():
            await self._free.acquire()  # at once
            return
        if self._waiting >= self._most_waiting:
            raise Crowded
        self._waiting += 1
        try:
            await asyncio.wait_for(self._free.acquire(), self._seconds)
        except TimeoutError:
            raise Crowded from None
        finally:
            self._waiting -= 1
