"""TLS connections of a server with several workers: served here, or relayed to the worker that has the call.

Relayed are only requests about an open call of another worker: callers who join it, sideband sockets and REST. Limits:
10 s for the first line; of what one side has not taken, the transport's own limit is kept, and nothing more is read
meanwhile.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Any, cast

from orchestrator.server.arrival import ARRIVAL_SECONDS
from orchestrator.server.routing import FIRST_LINE


class Sorter(asyncio.Protocol):
    """A connection until its first line is there."""

    arriving = True

    def __init__(
        self,
        connections: set[Any],
        here: Callable[[], asyncio.Protocol],
        elsewhere: Callable[[bytes], socket.socket | None],
    ) -> None:
        # The server's connections, this one among them until it is decided who serves it.
        self._connections = connections
        # Makes the protocol that serves a request here; connects to the worker that it is for, if it is another.
        self._here, self._elsewhere = here, elsewhere
        # The connection, and what was read from it.
        self._transport: asyncio.Transport
        self._seen = b""
        # Cuts the connection if the first line does not come.
        self._deadline: asyncio.TimerHandle
        # Connects to the other worker.
        self._connecting: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start the deadline."""
        self._transport = cast("asyncio.Transport", transport)
        self._deadline = asyncio.get_running_loop().call_later(ARRIVAL_SECONDS, self._transport.abort)
        self._connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the deadline."""
        self._decided()

    def shutdown(self) -> None:
        """Close the connection because the server stops."""
        self._transport.close()

    def _decided(self) -> None:
        self._deadline.cancel()
        self._connections.discard(self)

    def data_received(self, data: bytes) -> None:
        """Decide when the first line is there."""
        self._seen += data
        if self._connecting is not None or (b"\n" not in self._seen and len(self._seen) < FIRST_LINE):
            return
        self._decided()
        other = self._elsewhere(self._seen)
        if other is not None:
            self._transport.pause_reading()
            self._connecting = asyncio.get_running_loop().create_task(self._relay(other), name="relay")
            return
        protocol = self._here()
        protocol.connection_made(self._transport)
        self._transport.set_protocol(protocol)
        protocol.data_received(self._seen)

    async def _relay(self, other: socket.socket) -> None:
        other.setblocking(False)
        near = Pump(self._transport)
        far, _ = await asyncio.get_running_loop().create_connection(lambda: Pump(None), sock=other)
        near.other, cast("Pump", far.get_protocol()).other = far, self._transport
        self._transport.set_protocol(near)
        far.write(self._seen)
        self._transport.resume_reading()
        if self._transport.is_closing():
            far.close()


def pair() -> tuple[socket.socket, socket.socket]:
    """Return two connected sockets; of TCP, because the library for WebSockets serves no others."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ours = socket.create_connection(listener.getsockname())
        while True:
            theirs, peer = listener.accept()
            if peer == ours.getsockname():
                return ours, theirs
            theirs.close()  # somebody else on this machine was faster


class Pump(asyncio.Protocol):
    """One side of a relayed connection: what is read goes to the other."""

    def __init__(self, other: asyncio.Transport | None) -> None:
        # The other side.
        self.other = other

    def data_received(self, data: bytes) -> None:
        """Pass it on."""
        if self.other is not None:
            self.other.write(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """Close the other side after what is still to be written."""
        if self.other is not None:
            self.other.close()

    def pause_writing(self) -> None:
        """Read nothing more from the other side for now."""
        if self.other is not None:
            self.other.pause_reading()

    def resume_writing(self) -> None:
        """Read on."""
        if self.other is not None and not self.other.is_closing():
            self.other.resume_reading()
