"""Frames on their way to one caller, bounded.

When it is full: a caller that has not read for so long gets no more; what is queued is dropped, the transport is
closed with 4008 and the call ends. Nobody else waits for it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from orchestrator.gateway import closing

LIMIT = 16 * 1024 * 1024  # characters: more than four minutes of audio, which is the longest answer a model gives


@dataclass(frozen=True, slots=True)
class Close:
    """How the transport is to be closed."""

    code: int
    reason: str


class Outbox:
    """A queue of frames with one writer, and how it ends."""

    def __init__(self, on_full: Callable[[], None]) -> None:
        # Frames that are not written yet.
        self._frames: deque[str] = deque()
        # Their characters.
        self._size = 0
        # Told once when the limit is passed.
        self._on_full = on_full
        # Set when there is something to write, or nothing will come any more.
        self._wake = asyncio.Event()
        # How to close once all is written; set once.
        self.close: Close | None = None
        # Set with it.
        self.ended = asyncio.Event()

    def put(self, frame: str) -> None:
        """Queue a frame; ignored once the end was set."""
        if self.close is not None:
            return
        self._frames.append(frame)
        self._size += len(frame)
        self._wake.set()
        if self._size > LIMIT:
            self._frames.clear()
            self.end(closing.TOO_SLOW, "too slow: nothing was read for too long")
            self._on_full()

    def end(self, code: int, reason: str) -> None:
        """Close the transport after what is queued; the first end counts."""
        self.close = self.close or Close(code, closing.plain(reason))
        self.ended.set()
        self._wake.set()

    async def write(self, send: Callable[[str], Awaitable[None]]) -> None:
        """Write frames in order until the end is set and the queue is empty."""
        while True:
            while self._frames:
                frame = self._frames.popleft()
                self._size -= len(frame)
                await send(frame)
            if self.close is not None:
                return
            self._wake.clear()
            await self._wake.wait()
