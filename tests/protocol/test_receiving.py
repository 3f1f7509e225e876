"""The kernel keeps little of what a peer sends."""

from __future__ import annotations

import socket
from types import SimpleNamespace

from orchestrator.protocol.receiving import KEPT, bound


def transport(peer: socket.socket | None) -> SimpleNamespace:
    """Return as much of a socket's transport as is asked for."""
    return SimpleNamespace(underlying_transport=SimpleNamespace(get_extra_info={"socket": peer}.get))


def test_the_receive_buffer_is_bounded() -> None:
    """Linux doubles the number that it is given."""
    with socket.socket() as peer:
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024 * 1024)
        bound(transport(peer))  # type: ignore[arg-type]
        assert peer.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) in (KEPT, 2 * KEPT)


def test_a_transport_without_a_socket_is_left_alone() -> None:
    """TLS or a test may have none at hand."""
    bound(transport(None))  # type: ignore[arg-type]
