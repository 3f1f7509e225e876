"""What a service's socket has read, until there is time for it: frames in order, and pings among them."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from time import thread_time

from orchestrator.protocol.share import SLICE, SPEED, Share

AUDIO, KIND = "response.output_audio", 48  # what is passed on unread takes no time to speak of; characters of a type


class Incoming:
    """Frames (text) and pings (bytes) on their way to whoever handles them, within the share of their socket."""

    def __init__(self, handle: Callable[[str | bytes], None], caught_up: Callable[[], None]) -> None:
        # Handles what came.
        self._handle = handle
        # Called when nothing waits any more.
        self._caught_up = caught_up
        # What the socket has had of the time, and what exceeds it.
        self._share, self._waiting = Share(asyncio.get_running_loop().time), deque[str | bytes]()
        # The start of a frame that comes in pieces.
        self.piece = bytearray()

    @property
    def waiting(self) -> bool:
        """Whether something waits."""
        return bool(self._waiting)

    def clear(self) -> None:
        """Forget what waits."""
        self._waiting.clear()

    def came(self, what: str | bytes, reading: asyncio.ReadTransport) -> None:
        """Handle something now, or when there is time for it; until then nothing more is read."""
        if not self._waiting and self._share.within():
            self._take(what)
            return
        if not self._waiting:
            reading.pause_reading()
            asyncio.get_running_loop().call_later(SLICE, self._go_on, reading)
        self._waiting.append(what)

    def _go_on(self, reading: asyncio.ReadTransport) -> None:
        while self._waiting and self._share.within():
            self._take(self._waiting.popleft())
        if self._waiting:
            asyncio.get_running_loop().call_later(SLICE, self._go_on, reading)
            return
        if not reading.is_closing():
            reading.resume_reading()
        self._caught_up()

    def _take(self, what: str | bytes) -> None:
        if isinstance(what, bytes) or what.find(AUDIO, 0, KIND) >= 0:
            self._handle(what)
            self._share.spent += len(what) / SPEED
        else:
            began = thread_time()
            self._handle(what)
            self._share.spent += thread_time() - began
