"""The socket of a media stream, from Twilio's side: what comes, message by message."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import structlog
from fastapi import WebSocket

from orchestrator.gateway import closing
from orchestrator.gateway.phone.media_streams import Started, StreamMessage, read
from orchestrator.gateway.websocket import LOST, close
from orchestrator.log import PEER

START_SECONDS = 10.0  # for Twilio to send `start`
log = structlog.get_logger("orchestrator")


class StreamSocket:
    """One socket."""

    def __init__(self, websocket: WebSocket) -> None:
        # The socket, and the ids of what it is for, for the log.
        self.websocket = websocket
        self.ids: dict[str, str] = {}
        # An invalid message was logged already: one per stream is enough.
        self._warned = False
        # It was lost, as far as one can tell: nobody has closed it.
        self.lost = False

    async def start(self) -> Started | None:
        """Accept the socket and wait for `start`, which says what phone call it is; None if it does not come."""
        await self.websocket.accept()
        with suppress(TimeoutError):
            async with asyncio.timeout(START_SECONDS):
                while (message := await self.next()) is not None:
                    if isinstance(message, Started):
                        self.ids = {"call_sid": message.call, "stream_sid": message.stream}
                        return message
        log.info("phone call did not start", **PEER.get())
        return None

    async def next(self) -> StreamMessage | None:
        """Return the next message that matters to a call; None when the socket is closed."""
        while (received := await self.websocket.receive())["type"] != "websocket.disconnect":
            try:
                message = read(received.get("text") or "")
            except ValueError as error:
                self._ignored(str(error))
            else:
                if message is not None:
                    return message
        self.lost = received.get("code") in LOST
        return None

    async def close(self) -> None:
        """Close it; whatever the reason, since Twilio reports any other code as an error."""
        await close(self.websocket, closing.OVER)

    def _ignored(self, why: str) -> None:
        if not self._warned:
            self._warned = True
            log.warning("invalid phone message ignored", **self.ids, reason=why)
