"""Frees the versions that were there when the server started, once they are over.

What is loaded at the start is out of the way of garbage collection (`garbage_collection`), also when it is garbage.
Versions of later edits are collected as anything else is.
"""

from __future__ import annotations

import asyncio
import weakref

from orchestrator.gateway.teams.version import Version
from orchestrator.server import garbage_collection


class Tidying:
    """Waits for the ends of versions, and then for a moment at which no caller has to wait."""

    def __init__(self) -> None:
        # The versions of the start that are not over.
        self._first: list[weakref.ref[Version]] = []
        # Set when one of them is over; the event loop that waits for it.
        self._over = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def begin(self, version: Version) -> None:
        """Free this version when it is over."""

        def over(reference: weakref.ref[Version]) -> None:
            self._first.remove(reference)
            if self._loop is not None and not self._loop.is_closed():
                self._loop.call_soon_threadsafe(self._over.set)

        self._first.append(weakref.ref(version, over))

    async def run(self, idle: asyncio.Event) -> None:
        """Free versions until cancelled; `idle` is set while no call is open."""
        self._loop = asyncio.get_running_loop()
        while True:
            await self._over.wait()
            await idle.wait()
            self._over.clear()
            garbage_collection.again()
