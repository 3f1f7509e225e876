"""One of mahilo's clients, whichever way it talks: its socket, from the handshake to the close."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import structlog
from fastapi import WebSocket, WebSocketDisconnect

from orchestrator.core.events import CallerLeft
from orchestrator.gateway import closing
from orchestrator.gateway.caller import Transport
from orchestrator.gateway.open_call import OpenCall
from orchestrator.gateway.outbox import Outbox
from orchestrator.gateway.websocket import close, write

FLUSH_SECONDS = 5.0  # to write the last frames
REFUSED = 1008  # the code with which mahilo refuses
log = structlog.get_logger("orchestrator")


def error_line(message: str) -> str:
    """Write what is wrong, as mahilo does: plain text."""
    return f"Error: {message}"


async def turn_away(websocket: WebSocket, message: str) -> None:
    """Refuse a client after the handshake: a line of text, then the close."""
    await websocket.accept()
    with suppress(TimeoutError, RuntimeError, WebSocketDisconnect):
        await asyncio.wait_for(websocket.send_text(error_line(message)), FLUSH_SECONDS)
    await close(websocket, REFUSED)


class Client(Transport):
    """A caller whose client is one of mahilo's. Subclasses read its frames, and show it what the team says."""

    def __init__(self, websocket: WebSocket, call: OpenCall) -> None:
        # The client's socket.
        self._socket = websocket
        # Its call.
        self.call = call
        # Frames on their way to the client, all of them text.
        self.outbox = Outbox(on_full=call.too_slow)
        # A frame that could not be read was logged already: one per call is enough.
        self._warned = False

    async def hold(self) -> None:
        """Hold the call of this socket, until either side ends it."""
        await self._socket.accept()
        name = self.call.call_id
        async with asyncio.TaskGroup() as group:
            writing = group.create_task(write(self._socket, self.outbox), name=f"{name}:write")
            reading = group.create_task(self._read_to_the_end(), name=f"{name}:read")
            try:
                await self.call.run(self)
            finally:
                reading.cancel()
                self.outbox.end(closing.OVER, "the call is over")
                await asyncio.wait({writing}, timeout=FLUSH_SECONDS)
                writing.cancel()
        if (end := self.outbox.close) is not None:
            await close(self._socket, end.code, end.reason)

    async def _read_to_the_end(self) -> None:
        try:
            while (message := await self._socket.receive())["type"] != "websocket.disconnect":
                self.read(message.get("text"))
            self.call.feed(CallerLeft("hang-up"))
        finally:
            self.stopped()

    def read(self, frame: str | None) -> None:
        """Take a frame; None stands for a binary one."""
        raise NotImplementedError

    def stopped(self) -> None:
        """Note that nothing more will be read."""

    def ignored(self, why: str) -> None:
        """Log, once, that a frame means nothing."""
        if not self._warned:
            self._warned = True
            log.warning("invalid frame ignored", call=self.call.call_id, reason=why)

    # --- the transport ---

    def event_sent(self, event: Mapping[str, Any]) -> None:
        """Say what went wrong."""
        if event["type"] == "error":
            self.outbox.put(error_line(str(event["error"]["message"])))

    def end(self, code: int, reason: str) -> None:
        """Hang up after what is queued."""
        self.outbox.end(code, reason)
