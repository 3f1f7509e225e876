"""One caller's peer connection: its data channel, its two tracks, and how they end.

Needs the extra `webrtc`; imported when the first caller asks for it. ICE uses the machine's own addresses only: no
server outside is asked for anything.
"""

from __future__ import annotations

import asyncio
import base64
import json
import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import structlog
from aiortc import RTCConfiguration, RTCDataChannel, RTCPeerConnection, RTCSessionDescription
from aiortc.exceptions import InvalidStateError
from aiortc.mediastreams import MediaStreamTrack

from orchestrator.core.events import CallerLeft, CallerTruncated, Ending
from orchestrator.errors import CallerError
from orchestrator.gateway import closing
from orchestrator.gateway.caller import Player
from orchestrator.gateway.line import Line
from orchestrator.gateway.outbox import Outbox
from orchestrator.gateway.webrtc.messages import fitting, largest_message
from orchestrator.gateway.webrtc.playout import FRAME_MS, Playout
from orchestrator.gateway.webrtc.tracks import Voice, heard

LABEL = "oai-events"
CONNECT_SECONDS = 20.0  # for the connection to come up after the answer
GOODBYE_SECONDS = 10.0  # for what is queued to be played when the call has ended
TAIL_SECONDS = 0.2  # that the caller's player is behind
CLOSE_SECONDS = 2.0  # to write the last events and to close the channel
HIGH, LOW = 262_144, 65_536  # bytes in the channel: writing waits from the one until the other
LOOPBACK = "127.0.0.1"
# Candidates behind names that only multicast resolves. The browser reaches us; we need not look for it.
HIDDEN = re.compile(r"^a=candidate:[^\r\n]*\.local [^\r\n]*\r?\n", re.MULTILINE)
log = structlog.get_logger("orchestrator")


def transports(connection: RTCPeerConnection) -> set[Any]:
    """Return the DTLS transports of a connection: one, unless the peer does not bundle its media."""
    used = {transceiver.receiver.transport for transceiver in connection.getTransceivers()}
    return used | ({connection.sctp.transport} if connection.sctp else set())


async def gather(connection: RTCPeerConnection, *, loopback: bool) -> None:
    """Find our addresses. The library leaves out loopback, and a machine without a network has nothing else."""
    for transport in transports(connection):
        gatherer = transport.transport.iceGatherer
        await gatherer.gather()
        if loopback:
            ice = gatherer._connection
            ice._local_candidates += await ice.get_component_candidates(1, [LOOPBACK])


class Peer(Player):
    """A caller on WebRTC. What it is given to hear is played here, so it is known what was heard."""

    def __init__(self, line: Line, groups: frozenset[str]) -> None:
        # The caller's line, and the groups of additive events that it asked for.
        self._line, self._groups = line, groups
        # Its connection; without servers named the library would ask a public one.
        self._connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        # What it is still to hear.
        self._playout = Playout(self._tell)
        # The events it is still to be told.
        self._outbox = Outbox(on_full=line.too_slow)
        # Its data channel, once it is open.
        self._channel: RTCDataChannel | None = None
        # The track it speaks on.
        self._microphone: MediaStreamTrack | None = None
        # How large a message it takes.
        self._largest: int | None = None
        # Set when events can go, when more of them can go, and when the caller is gone.
        self._open, self._room, self._gone = asyncio.Event(), asyncio.Event(), asyncio.Event()

    # --- how it comes up ---

    async def answer(self, sdp: str, *, loopback: bool) -> str:
        """Return the answer to an SDP offer; raises `CallerError`. `loopback`: the caller is on this machine."""
        self._largest = largest_message(sdp)
        self._connection.on("datachannel", self._channel_opened)
        try:
            await self._connection.setRemoteDescription(RTCSessionDescription(HIDDEN.sub("", sdp), "offer"))
            self._take_audio()
            answer = await self._connection.createAnswer()
            await gather(self._connection, loopback=loopback)
            await self._connection.setLocalDescription(answer)
        except CallerError:
            raise
        except Exception as error:  # the library raises anything for what is no offer
            log.info("offer refused", call=self._line.call_id, error=repr(error))
            raise CallerError("The SDP offer cannot be answered.", code="invalid_offer", param="sdp") from None
        self._watch()
        return str(self._connection.localDescription.sdp)

    def _take_audio(self) -> None:
        """Take the first audio of the offer; other media are answered and not used."""
        sending = None
        for transceiver in self._connection.getTransceivers():
            if transceiver.kind == "audio" and sending is None:
                sending = self._connection.addTrack(Voice(self._playout.take))
                self._microphone = transceiver.receiver.track
            else:
                transceiver.direction = "inactive"
        if sending is None:
            raise CallerError("The SDP offer has no audio.", code="invalid_offer", param="sdp")

    def _watch(self) -> None:
        """Notice when the connection is up, and when it is gone."""
        for transport in transports(self._connection):
            transport.on("statechange", self._changed)
        self._connection.on("connectionstatechange", self._changed)

    def _changed(self) -> None:
        states = {transport.state for transport in transports(self._connection)}
        if states & {"closed", "failed"} or self._connection.connectionState in ("closed", "failed"):
            self._lost()
        elif states == {"connected"} and self._connection.sctp is None:
            self._open.set()

    def _channel_opened(self, channel: RTCDataChannel) -> None:
        if channel.label != LABEL or self._channel is not None:
            return
        self._channel = channel
        channel.bufferedAmountLowThreshold = LOW
        channel.on("message", self._received)
        channel.on("bufferedamountlow", self._room.set)
        channel.on("close", self._lost)
        self._open.set()
        self._line.listen(self._outbox, self._groups)

    def _received(self, message: str | bytes) -> None:
        self._line.received(message if isinstance(message, str) else None)

    def _lost(self) -> None:
        if not self._gone.is_set():
            self._gone.set()
            self._room.set()
            self._line.feed(CallerLeft("hang-up"))

    # --- the call ---

    async def hold(self) -> None:
        """Hold the call to its end, on whichever side that comes."""
        async with asyncio.TaskGroup() as group:
            name = self._line.call_id
            waiting = group.create_task(self._come_up(), name=f"{name}:connect")
            listening = group.create_task(self._listen(), name=f"{name}:listen")
            writing = group.create_task(self._write(), name=f"{name}:write")
            try:
                await self._line.hold(self)
                waiting.cancel()
                await self._goodbye(group, writing)
            finally:
                for task in (waiting, listening, writing):
                    task.cancel()

    async def close(self) -> None:
        """Close the connection, whatever state it is in; sockets that the library does not let go of too."""
        self._gone.set()
        try:
            await asyncio.wait_for(self._connection.close(), CLOSE_SECONDS)
        except TimeoutError:
            log.warning("connection did not close", call=self._line.call_id)
            for transport in transports(self._connection):
                await transport.transport.stop()

    async def _come_up(self) -> None:
        try:
            await asyncio.wait_for(self._open.wait(), CONNECT_SECONDS)
        except TimeoutError:
            self._line.hang_up(Ending.IDLE, "the connection did not come up")

    async def _listen(self) -> None:
        if self._microphone is not None:
            async for piece in heard(self._microphone):
                self._line.spoke(base64.b64encode(piece).decode(), FRAME_MS)

    async def _write(self) -> None:
        await self._open.wait()
        if self._channel is not None:
            await self._outbox.write(self._send)

    async def _send(self, frame: str) -> None:
        assert self._channel is not None
        while self._channel.bufferedAmount > HIGH and not self._gone.is_set():
            self._room.clear()
            await self._room.wait()
        with suppress(InvalidStateError):  # a channel that is gone is noticed by its `close` event
            self._channel.send(fitting(frame, self._largest))

    async def _goodbye(self, group: asyncio.TaskGroup, writing: asyncio.Task[None]) -> None:
        """Let the last words be heard and the last events be read, unless the caller is gone."""
        gone = group.create_task(self._gone.wait(), name=f"{self._line.call_id}:gone")
        try:
            speaking = not self._playout.silent.is_set()
            silent = group.create_task(self._playout.silent.wait(), name=f"{self._line.call_id}:last words")
            if not self._open.is_set():
                return
            await asyncio.wait({gone, silent}, timeout=GOODBYE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if speaking:
                await asyncio.wait({gone}, timeout=TAIL_SECONDS)
            await asyncio.wait({gone, writing}, timeout=CLOSE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if self._channel is not None and not gone.done():
                self._channel.close()  # after what it still has to send; the peer confirms
                await asyncio.wait({gone}, timeout=CLOSE_SECONDS)
        finally:
            gone.cancel()
            silent.cancel()

    # --- the player ---

    def play(self, item_id: str, frame: str) -> None:
        """Queue the audio of a `response.output_audio.delta` frame."""
        with suppress(ValueError):  # what is no JSON or no base64 is not heard
            event = json.loads(frame)
            self._playout.add(event["response_id"], item_id, base64.b64decode(event["delta"]))

    def stop(self) -> None:
        """Drop what was not heard yet, and say of each item how much was."""
        for item_id, ms in self._playout.clear():
            self._line.feed(CallerTruncated(item_id, ms))

    def told(self, event: Mapping[str, Any]) -> None:
        """Notice that a response is over: no more audio of it will come."""
        if event["type"] == "response.done":
            self._playout.finish(event["response"]["id"])

    def end(self, code: int, reason: str) -> None:
        """Tell nothing more; `hold` lets the rest be played, unless the server stops, and closes."""
        self._outbox.end(code, reason)
        if code == closing.DRAINING:
            self._playout.clear()

    def _tell(self, how: str, response_id: str) -> None:
        self._line.caller.send({"type": f"output_audio_buffer.{how}", "response_id": response_id})
