"""New connections: the request must arrive soon, and only one is served per connection.

`orchestrator serve --workers` chooses the process for a connection by its first request, so a second request on it
might reach the wrong one. No request of this API is so frequent that a new connection each time would matter.

Limits: 10 s for the whole request, headers and body, and 60 s more for the answer to be made and read, then the
connection is cut; 64 kB of headers.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog
from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    import h11

ARRIVAL_SECONDS, ANSWER_SECONDS = 10.0, 60.0
TLS = b"\x16\x03"  # how a TLS handshake begins
NO_TLS = "use http:// and ws:// in the client, or serve with --tls-cert and --tls-key"
ONE_REQUEST = ("connection", "close")  # a header of every response
log = structlog.get_logger("orchestrator")


class Arrival(H11Protocol):
    """uvicorn's own protocol with a deadline."""

    arriving = True
    # Cuts the connection if the request has not arrived in time, or the answer was not read.
    _deadline: asyncio.TimerHandle

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the deadline."""
        super().connection_made(transport)
        self._deadline = self.loop.call_later(ARRIVAL_SECONDS, self._late)

    def data_received(self, data: bytes) -> None:
        """Read on; whoever speaks TLS gets a plain answer, which its library reports, and the operator a line."""
        if data.startswith(TLS) and self.cycle is None:
            peer = self.client[0] if self.client else None
            log.warning("a client speaks TLS, and this server does not", peer=peer, remedy=NO_TLS)
        super().data_received(data)

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        """Stop the deadline: the connection becomes a WebSocket, if the request is one that can ask for it."""
        self._deadline.cancel()
        lengths = (value for name, value in event.headers if name in (b"transfer-encoding", b"content-length"))
        body = any(length != b"0" for length in lengths)
        plain = event.method == b"GET" and event.http_version == b"1.1" and not body
        if plain and not self.conn.trailing_data[0]:  # a client waits for the answer before it sends anything else
            super().handle_websocket_upgrade(event)
        else:
            self.send_400_response("Invalid WebSocket request.")

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the deadline."""
        self._deadline.cancel()
        super().connection_lost(exc)

    def _late(self) -> None:
        if self.cycle is None or self.cycle.more_body:
            self.transport.abort()
        else:
            self._deadline = self.loop.call_later(ANSWER_SECONDS, self.transport.abort)
