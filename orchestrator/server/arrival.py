"""A connection that brings a request: it has to bring it soon, and brings one only.

`orchestrator serve --workers` passes a connection to a process by what its first request names, so a second request on
it could come to the wrong one. None of this server's requests is made so often that a new connection would matter.

Limits: 10 s for the whole request, head and body, then the connection is cut; a head of 64 kB.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    import h11

ARRIVAL_SECONDS = 10.0
ONE_REQUEST = ("connection", "close")  # the header of every answer


class Arrival(H11Protocol):
    """uvicorn's own protocol, and its patience."""

    # Cuts the connection when the request is not here in time.
    _patience: asyncio.TimerHandle

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait."""
        super().connection_made(transport)
        self._patience = self.loop.call_later(ARRIVAL_SECONDS, self._late)

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        """Leave the connection to the WebSocket that it becomes."""
        self._patience.cancel()
        super().handle_websocket_upgrade(event)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._patience.cancel()
        super().connection_lost(exc)

    def _late(self) -> None:
        if self.cycle is None or self.cycle.more_body:
            self.transport.abort()
