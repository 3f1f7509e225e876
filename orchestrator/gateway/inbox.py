"""Frames that a caller's socket has read: handled as they come, or queued until the application receives them.

Limits: while a message waits to be received, nothing more is read. Of the frames that are handled directly at most 64
are in any 10 ms, so that a peer that sends thousands does not keep other sockets waiting; the rest wait in order, and
nothing more is read meanwhile.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import copy_context
from typing import Any

SLICE, SHARE = 0.01, 64  # seconds, and the frames of one socket that are handled in them
AsgiMessage = dict[str, Any]
FrameHandler = Callable[[str | None], object]  # handles a text frame; None stands for a binary one


class Inbox:
    """What was read from one socket, on its way to the application."""

    def __init__(self) -> None:
        # Pauses and resumes reading; None before the socket is open.
        self._reading: asyncio.ReadTransport | None = None
        # Messages that the application has not received.
        self._messages: asyncio.Queue[AsgiMessage] = asyncio.Queue()
        self._messages.put_nowait({"type": "websocket.connect"})
        # Handles frames instead, if somebody asked for them, and the frames that exceeded its share.
        self._handler: FrameHandler | None = None
        self._waiting: deque[str | None] = deque()
        # When the current slice of time began, and the frames that were handled in it.
        self._since, self._handled = 0.0, 0
        # The event loop's clock.
        self._clock = asyncio.get_running_loop().time
        # The application was told that nothing more will come.
        self.ended = False

    # --- the socket's side ---

    def open(self, reading: asyncio.ReadTransport) -> None:
        """Note how to pause reading."""
        self._reading = reading

    def put(self, text: str | None, whole: bytes = b"") -> None:
        """Pass on a message: its text, or None and the bytes of a binary one."""
        if self._handler is not None:
            if self._waiting or not self._within_share():
                self._wait(text)
            else:
                self._handler(text)
            return
        content = {"bytes": whole} if text is None else {"text": text}
        self._messages.put_nowait({"type": "websocket.receive", **content})
        assert self._reading is not None
        self._reading.pause_reading()

    def flush(self) -> None:
        """Handle all frames that wait: the peer's close frame came after them."""
        while self._waiting and self._handler is not None:
            self._handler(self._waiting.popleft())

    def end(self, code: int, reason: str = "") -> None:
        """Tell the application, once, that nothing more will come."""
        if not self.ended:
            self.ended = True
            self._messages.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})

    def _within_share(self) -> bool:
        """Return whether one more frame can be handled in this slice of time."""
        now = self._clock()
        if now - self._since > SLICE:
            self._since, self._handled = now, 0
        self._handled += 1
        return self._handled <= SHARE

    def _wait(self, text: str | None) -> None:
        """Keep a frame for later; what comes after it stays in the network."""
        if not self._waiting:
            assert self._reading is not None
            self._reading.pause_reading()
            asyncio.get_running_loop().call_later(SLICE, self._go_on)
        self._waiting.append(text)

    def _go_on(self) -> None:
        """Handle the frames that wait, as many as the share allows."""
        while self._waiting and self._handler is not None and self._within_share():
            self._handler(self._waiting.popleft())
        if self._waiting:
            asyncio.get_running_loop().call_later(SLICE, self._go_on)
        else:
            self._resume()

    def _resume(self) -> None:
        if self._reading is not None and not self.ended:
            self._reading.resume_reading()

    # --- the application's side ---

    @contextmanager
    def diverted(self, handler: FrameHandler) -> Iterator[None]:
        """Give frames to `handler` as they come, in the context of this block, instead of to `receive`.

        What came before is still received, and nothing more is read until it is. Frames after the block are dropped.
        """
        context = copy_context()
        self._handler = lambda frame: context.run(handler, frame)
        try:
            yield
        finally:
            self._handler = _drop

    async def receive(self) -> AsgiMessage:
        """Return the next message; reading goes on after the last one."""
        message = await self._messages.get()
        if self._messages.empty():
            self._resume()
        return message


def _drop(frame: str | None) -> None:
    """Ignore a frame that nobody waits for."""
