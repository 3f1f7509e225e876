"""How much of what a peer sends is kept before it is read: little, since whoever reads here is never late for long.

picows doubles its buffer whenever one read fills it, and never gives it back. What one read can bring is what the
kernel keeps for us, so that is bounded: 64 kB are a second of audio.
"""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from picows import WSTransport

FIRST = 4096  # bytes that are read at once at first
KEPT = 64 * 1024  # bytes that the kernel keeps


def bound(transport: WSTransport) -> None:
    """Bound what the kernel keeps for a socket."""
    peer = transport.underlying_transport.get_extra_info("socket")
    if peer is not None:
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, KEPT)
