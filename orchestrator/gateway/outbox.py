"""Frames on their way to one caller, bounded.

When it is full, the reader has not read for too long: what is queued is dropped, the transport is closed with 4008
and the call ends. Nobody else is held up by it.

If nothing is queued, and the transport can write without waiting, a frame is written at once; otherwise the writer
writes it.
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
    """How a transport is closed."""

    code: int
    reason: str


class Outbox:
    """A queue of frames with one writer, and how it ends."""

    def __init__(self, on_full: Callable[[], None], at_once: Callable[[str], bool] | None = None) -> None:
        # Writes a frame without waiting and returns whether it could; None if the transport cannot do that.
        self._at_once = at_once
        # Frames that are not written yet, including the one that is being written.
        self._frames: deque[str] = deque()
        # Their total size in characters.
        self._size = 0
        # Called once when the limit is exceeded.
        self._on_full = on_full
        # Set when there is something to write, or the end was set.
        self._wake = asyncio.Event()
        # How to close once all is written; set once.
        self.close: Close | None = None
        # Set with it.
        self.ended = asyncio.Event()

    def put(self, frame: str) -> None:
        """Write a frame at once or queue it; ignored after the end was set."""
        if self.close is not None or (self._at_once and not self._frames and self._at_once(frame)):
            return
        self._frames.append(frame)
        self._size += len(frame)
        self._wake.set()
        if self._size > LIMIT:
            self._frames.clear()
            self.end(closing.TOO_SLOW, "too slow: the peer did not read for too long")
            self._on_full()

    def end(self, code: int, reason: str) -> None:
        """Close the transport after what is queued; only the first end counts."""
        self.close = self.close or Close(code, closing.plain(reason))
        self.ended.set()
        self._wake.set()

    async def write(self, send: Callable[[str], Awaitable[None]]) -> None:
        """Write frames in order until the end is set and the queue is empty."""
        while True:
            while self._frames:
                await send(self._frames[0])
                if self._frames:  # it was not dropped meanwhile
                    self._size -= len(self._frames.popleft())
            if self.close is not None:
                return
            self._wake.clear()
            await self._wake.wait()
