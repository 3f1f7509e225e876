"""The audio of one worker by WebRTC, where the extra is there; their events stay on the socket.

One connection at a time, for the caller whom the worker has at that moment: a new offer takes its place. One that fails
costs nothing but a moment: audio goes on in the frames of the socket, and the worker is told.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import structlog

from orchestrator.errors import CallerError
from orchestrator.gateway.background import Background
from orchestrator.gateway.outbox import Outbox
from orchestrator.gateway.webrtc.loading import load
from orchestrator.gateway.webrtc.offers import SDP, read_offer
from orchestrator.protocol.frames import error_frame, server_frame

if TYPE_CHECKING:
    from orchestrator.gateway.webrtc.desk_peer import DeskPeer

PEER = "orchestrator.gateway.webrtc.desk_peer"
FAILED = "The server failed to hold the connection."
log = structlog.get_logger("orchestrator")


@dataclass(frozen=True, slots=True)
class Sides:
    """The call that a connection is for: its id, its two formats, and what takes the worker's words in base64."""

    call: str
    caller_format: str
    call_format: str
    spoken: Callable[[str], None]


class Line:
    """The connection of one worker."""

    def __init__(self, background: Background, outbox: Outbox, *, loopback: bool) -> None:
        # Where connections are held, which take longer than an event.
        self._background = background
        # Frames on their way to the worker.
        self._outbox = outbox
        # The worker is on this machine.
        self._loopback = loopback
        # Ends the connection, or the attempt at one; None: there is none.
        self._over: asyncio.Event | None = None
        # The connection, once its offer is answered.
        self._peer: DeskPeer | None = None

    @property
    def hears(self) -> bool:
        """Whether the worker hears the caller by it."""
        return self._peer is not None and self._peer.up

    @property
    def speaks(self) -> bool:
        """Whether the worker speaks by it: then frames of the socket are not heard, or the caller heard both."""
        return self.hears and self._peer is not None and self._peer.speaks

    def hear(self, audio: str) -> None:
        """Let the worker hear the caller."""
        if self._peer is not None:
            self._peer.hear(audio)

    def offer(self, event: Mapping[str, Any], sides: Sides) -> None:
        """Answer an offer to connect, in a moment; raises `CallerError` if it is none."""
        sdp = read_offer(SDP, event["sdp"].encode(errors="replace")).sdp
        self.end()
        self._over = asyncio.Event()
        self._background.start(self._hold(sdp, event.get("event_id"), sides, self._over), f"{sides.call}:desk audio")

    def end(self) -> None:
        """End the connection, if there is one."""
        if self._over is not None:
            self._over.set()
        self._over = self._peer = None

    async def _hold(self, sdp: str, event_id: str | None, sides: Sides, over: asyncio.Event) -> None:
        """Own a connection from the offer to its end."""
        lost: str | None = FAILED
        try:
            made: type[DeskPeer] = (await load(PEER)).DeskPeer
            peer = made(sides.caller_format, sides.call_format, sides.spoken, {"call": sides.call})
            try:
                lost = await self._connected(peer, sdp, sides.call, event_id, over)
            finally:
                self._lost(over, sides.call, event_id, lost)  # the worker need not wait for the close
                await peer.close()
        except CallerError as error:
            if not over.is_set():
                self._outbox.put(error_frame(error, event_id))

    async def _connected(
        self, peer: DeskPeer, sdp: str, call: str, event_id: str | None, over: asyncio.Event
    ) -> str | None:
        async with self._background.one_at_a_time:  # it stops the process for some milliseconds
            if over.is_set():
                return None
            answer = await peer.answer(sdp, loopback=self._loopback)
        if not over.is_set():
            self._peer = peer
            self._outbox.put(server_frame("team.audio.answer", call=call, offer=event_id, sdp=answer))
        return await peer.hold(over)

    def _lost(self, over: asyncio.Event, call: str, event_id: str | None, why: str | None) -> None:
        """Go back to the frames of the socket, and say so, unless the connection was given up."""
        if over.is_set():
            return
        answered, self._over, self._peer = self._peer is not None, None, None
        if answered and why is not None:
            log.info("desk audio lost", call=call, reason=why)
            self._outbox.put(server_frame("team.audio.lost", call=call, offer=event_id, reason=why))
