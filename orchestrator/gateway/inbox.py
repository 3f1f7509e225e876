"""Frames that a caller's socket has read: handled as they come, or queued until the application receives them.

Limits: while a message waits to be received, nothing more is read. Frames that exceed the share of the socket
(`protocol/share.py`), pings among them, wait in order, and nothing more is read meanwhile.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import copy_context
from typing import Any

from orchestrator.protocol.share import SLICE, SPEED, Share

AsgiMessage = dict[str, Any]
# Handles a text frame, None stands for a binary one; returns the seconds that it took if they are worth counting.
FrameHandler = Callable[[str | None], float | None]


class Inbox:
    """What was read from one socket, on its way to the application."""

    def __init__(self) -> None:
        # Pauses and resumes reading; None before the socket is open.
        self._reading: asyncio.ReadTransport | None = None
        # Messages that the application has not received.
        self._messages: asyncio.Queue[AsgiMessage] = asyncio.Queue()
        self._messages.put_nowait({"type": "websocket.connect"})
        # Handles frames instead, if somebody asked for them.
        self._handler: FrameHandler | None = None
        # What is to be done about the frames that exceeded the share, and the characters of those that are text.
        self._waiting: deque[Callable[[], object]] = deque()
        self.size = 0
        # What it has had of the time.
        self._share = Share(asyncio.get_running_loop().time)
        # The application was told that nothing more will come.
        self.ended = False

    @property
    def waiting(self) -> int:
        """How much waits until there is time for it."""
        return len(self._waiting)

    # --- the socket's side ---

    def open(self, reading: asyncio.ReadTransport) -> None:
        """Note how to pause reading."""
        self._reading = reading

    def put(self, text: str | None, whole: bytes = b"") -> None:
        """Pass on a message: its text, or None and the bytes of a binary one."""
        if self._handler is not None:
            if self._waiting or not self._share.within():
                self.size += len(text or "")
                self._wait(lambda: self._handle_waiting(text))
            else:
                self._handle(text)
            return
        content = {"bytes": whole} if text is None else {"text": text}
        self._messages.put_nowait({"type": "websocket.receive", **content})
        self.pause()

    def share(self, work: Callable[[], object]) -> None:
        """Do what another frame asks for, a ping above all, within the share."""
        if self._waiting or not self._share.within():
            self._wait(work)
        else:
            work()

    def count(self) -> None:
        """Count a frame that asks for nothing; reading waits for as long as all that exceed the share would take."""
        if not self._share.within() and not self._waiting:
            self._wait(lambda: None)

    def end(self, code: int, reason: str = "") -> None:
        """Tell the application, once, that nothing more will come after what waits."""
        if self.ended:
            return
        self.ended = True
        message = {"type": "websocket.disconnect", "code": code, "reason": reason}
        if self._waiting:
            self._waiting.append(lambda: self._messages.put_nowait(message))
        else:
            self._messages.put_nowait(message)

    def _handle_waiting(self, text: str | None) -> None:
        self.size -= len(text or "")
        self._handle(text)

    def _handle(self, text: str | None) -> None:
        if self._handler is not None:
            self._share.spent += (self._handler(text) or 0.0) + len(text or "") / SPEED

    def _wait(self, work: Callable[[], object]) -> None:
        """Keep work for later; what comes after its frame stays in the network."""
        if not self._waiting:
            self.pause()
            asyncio.get_running_loop().call_later(SLICE, self._go_on)
        self._waiting.append(work)

    def _go_on(self) -> None:
        """Do what waits, as much as the share allows."""
        while self._waiting and self._share.within():
            self._waiting.popleft()()
        if self._waiting:
            asyncio.get_running_loop().call_later(SLICE, self._go_on)
        elif self._messages.empty():
            self._resume()

    def pause(self) -> None:
        """Read nothing more: what comes is of no interest, or has to wait."""
        if self._reading is not None:
            self._reading.pause_reading()

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
        """Return the next message, within the share; reading goes on after the last one."""
        if not self._share.within():
            await asyncio.sleep(SLICE)
        message = await self._messages.get()
        if self._messages.empty() and not self._waiting:
            self._resume()
        return message


def _drop(frame: str | None) -> None:
    """Ignore a frame that nobody waits for."""
