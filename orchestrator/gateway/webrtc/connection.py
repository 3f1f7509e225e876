"""A peer connection as both callers and workers at the desk have one: answering an offer, its state, closing it.

Needs the extra `webrtc`. ICE uses the machine's own addresses only: no STUN or TURN server is involved.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import structlog
from aiortc import RTCPeerConnection, RTCSessionDescription

from orchestrator.errors import CallerError
from orchestrator.log import PEER

LOOPBACK = "127.0.0.1"
log = structlog.get_logger("orchestrator")


def transports(connection: RTCPeerConnection) -> set[Any]:
    """Return the DTLS transports of a connection: one, unless the peer does not bundle its media."""
    used = {transceiver.receiver.transport for transceiver in connection.getTransceivers()}
    return (used | ({connection.sctp.transport} if connection.sctp else set())) - {None}


async def gather(connection: RTCPeerConnection, *, loopback: bool) -> None:
    """Find our addresses; the library leaves out loopback, which a machine without a network needs."""
    for transport in transports(connection):
        gatherer = transport.transport.iceGatherer
        await gatherer.gather()
        if loopback:
            ice = gatherer._connection
            ice._local_candidates += await ice.get_component_candidates(1, [LOOPBACK])


async def answer_offer(
    connection: RTCPeerConnection, sdp: str, prepare: Callable[[], None], *, loopback: bool, known: Mapping[str, Any]
) -> str:
    """Return the answer to an SDP offer, for which `prepare` chooses the media; raises `CallerError`.

    `loopback`: the peer is on this machine. `known` is what the log says of the peer.
    """
    try:
        await connection.setRemoteDescription(RTCSessionDescription(sdp, "offer"))
        prepare()
        answer = await connection.createAnswer()
        await gather(connection, loopback=loopback)
        await connection.setLocalDescription(answer)
        return str(connection.localDescription.sdp)
    except CallerError:
        raise
    except Exception as error:  # the library raises anything for an invalid offer
        log.info("offer refused", error=repr(error), **known, **PEER.get())
        raise CallerError("The SDP offer is invalid or not supported.", code="invalid_offer", param="sdp") from None


def watch(connection: RTCPeerConnection, changed: Callable[[], None]) -> None:
    """Call back whenever the state of a connection may have changed."""
    for transport in transports(connection):
        transport.on("statechange", changed)
    connection.on("connectionstatechange", changed)


def is_up(connection: RTCPeerConnection) -> bool | None:
    """Return whether a connection is established; False: it is lost, None: neither yet."""
    states = {transport.state for transport in transports(connection)}
    if states & {"closed", "failed"} or connection.connectionState in ("closed", "failed"):
        return False
    return True if states == {"connected"} else None


async def shut(connection: RTCPeerConnection, seconds: float, *, known: Mapping[str, Any]) -> None:
    """Close a connection in whatever state it is, and its sockets if the library fails to."""
    try:
        await asyncio.wait_for(connection.close(), seconds)
    except Exception as error:  # it takes too long, or the library fails over what an offer left half made
        log.warning("connection did not close", error=repr(error), **known)
        for transport in transports(connection):
            with suppress(Exception):
                await transport.transport.stop()
