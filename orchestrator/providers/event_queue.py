"""A session's server events on their way to whoever reads the session."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any

from orchestrator.errors import RealtimeError
from orchestrator.protocol.frames import server_frame
from orchestrator.providers.port import Take

ROOM = 64  # frames that may wait before a response pauses
LIMIT = 4096  # frames that may wait at all: beyond, nobody reads, and the session ends as stalled


class EventQueue:
    """A queue of frames that ends in an error or in silence."""

    def __init__(self) -> None:
        # Frames not read yet.
        self._frames: deque[str] = deque()
        # Set while there is something to read, or nothing will come any more.
        self._some = asyncio.Event()
        # Set while fewer than `ROOM` wait.
        self._room = asyncio.Event()
        self._room.set()
        # Nothing is taken any more.
        self._ended = False
        # Why, when it was not closed by its owner.
        self._error: RealtimeError | None = None

    def emit(self, kind: str, **fields: Any) -> None:
        """Queue a server event."""
        self.put(server_frame(kind, **fields))

    def put(self, text: str) -> None:
        """Queue a frame; ignored after the end."""
        if self._ended:
            return
        if len(self._frames) >= LIMIT:
            self.end(RealtimeError("Nobody reads the session's events.", code="stalled"))
            return
        self._frames.append(text)
        self._some.set()
        if len(self._frames) >= ROOM:
            self._room.clear()

    async def room(self) -> None:
        """Wait until the reader has caught up, and let others run in any case."""
        await asyncio.sleep(0)
        await self._room.wait()

    def end(self, error: RealtimeError | None = None) -> None:
        """Take nothing more; the reader gets what is queued, then the error, if any."""
        if self._ended:
            return
        self._ended, self._error = True, error
        self._some.set()
        self._room.set()

    @property
    def ended(self) -> bool:
        """Whether nothing is taken any more."""
        return self._ended

    async def read(self, take: Take) -> None:
        """Hand frames to `take` until it has enough, or all were taken after the end; raises the end's error."""
        while True:
            await self._some.wait()
            if not self._frames:
                if self._error is not None:
                    raise self._error
                return
            text = self._frames.popleft()
            if not self._frames and not self._ended:
                self._some.clear()
            if len(self._frames) < ROOM:
                self._room.set()
            if take(text):
                return
