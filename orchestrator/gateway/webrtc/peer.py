"""One caller's peer connection: its data channel, its two audio tracks, and how they end.

Needs the extra `webrtc`; imported with the first WebRTC call.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import structlog
from aiortc import RTCConfiguration, RTCDataChannel, RTCPeerConnection
from aiortc.exceptions import InvalidStateError
from aiortc.mediastreams import MediaStreamTrack

from orchestrator.core.events import CallerTruncated, Ending
from orchestrator.errors import CallerError
from orchestrator.gateway import closing
from orchestrator.gateway.caller import Transport
from orchestrator.gateway.inbox import Inbox
from orchestrator.gateway.open_call import OpenCall
from orchestrator.gateway.outbox import Outbox
from orchestrator.gateway.webrtc.connection import answer_offer, is_up, shut, watch
from orchestrator.gateway.webrtc.data_channel import fitting, largest_message, within_window
from orchestrator.gateway.webrtc.playout import FRAME_MS, Playout
from orchestrator.gateway.webrtc.tracks import AgentTrack, caller_audio
from orchestrator.protocol.bounds import LONGEST_MEDIA

LABEL = "oai-events"
CONNECT_SECONDS = 20.0  # for the connection to come up after the answer
GOODBYE_SECONDS = 10.0  # for the queued audio to be played when the call has ended
TAIL_SECONDS = 0.2  # by which the caller's playback lags behind
CLOSE_SECONDS = 2.0  # to write the last events and to close the channel
HIGH, LOW = 262_144, 65_536  # bytes in the channel: writing pauses above HIGH and resumes below LOW
WAITING = 256  # events from the caller that may wait to be handled
log = structlog.get_logger("orchestrator")


class Peer(Transport):
    """A caller on WebRTC. The audio leaves here at the pace of speech, so this side knows what was heard."""

    def __init__(self, call: OpenCall, groups: frozenset[str]) -> None:
        # The call.
        self._call = call
        call.caller.promised = groups
        # The connection; with no servers given, the library would use a public STUN server.
        self._connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        # `groups` are the additional events that the caller asked for.
        self._connection.on("datachannel", lambda channel: self._channel_opened(channel, groups))
        # The audio that the caller has still to hear.
        recording = call.caller.recording
        self._playout = Playout(self._tell, None if recording is None else recording.player())
        # Events on their way to the caller.
        self._outbox = Outbox(on_full=call.too_slow)
        # Events from the caller.
        self._inbox = Inbox()
        # The data channel, once it is open.
        self._channel: RTCDataChannel | None = None
        # The track that the caller speaks on.
        self._microphone: MediaStreamTrack | None = None
        # The largest message that the caller accepts, in bytes; None for any size.
        self._largest: int | None = None
        # Set when the connection is established, when the channel is open, and when it has room for more.
        self._up, self._open, self._room = asyncio.Event(), asyncio.Event(), asyncio.Event()
        # Set when the caller is gone.
        self._gone = asyncio.Event()

    # --- connecting ---

    async def answer(self, sdp: str, *, loopback: bool) -> str:
        """Return the answer to an SDP offer; raises `CallerError`. `loopback`: the caller is on this machine."""

        def prepare() -> None:
            self._largest = largest_message(sdp)
            self._take_audio()

        answer = await answer_offer(self._connection, sdp, prepare, loopback=loopback, known=self._known)
        if self._connection.sctp is not None:
            within_window(self._connection.sctp, self._too_much)
        watch(self._connection, self._changed)
        return answer

    @property
    def _known(self) -> Mapping[str, Any]:
        """What the log says of the connection."""
        return {"call": self._call.call_id}

    def _take_audio(self) -> None:
        """Use the first audio of the offer; other media are answered as inactive."""
        sending = None
        for transceiver in self._connection.getTransceivers():
            if transceiver.kind == "audio" and sending is None:
                sending = self._connection.addTrack(AgentTrack(self._playout.next_frame))
                self._microphone = transceiver.receiver.track
            else:
                transceiver.direction = "inactive"
        if sending is None:
            raise CallerError("The SDP offer contains no audio.", code="invalid_offer", param="sdp")

    def _changed(self) -> None:
        match is_up(self._connection):
            case False:
                self._disconnected(lost=self._connection.connectionState == "failed")
            case True:
                self._up.set()

    def _channel_opened(self, channel: RTCDataChannel, groups: frozenset[str]) -> None:
        """Send events to the first channel, whatever its label; one with the service's label takes its place."""
        if self._channel is not None and (channel.label != LABEL or self._channel.label == LABEL):
            log.info("data channel not used", call=self._call.call_id, label=channel.label)
            return
        self._channel = channel
        channel.bufferedAmountLowThreshold = LOW
        channel.on("message", self._received)
        channel.on("bufferedamountlow", self._room.set)
        channel.on("close", lambda: self._channel_closed(channel))
        self._up.set()
        self._open.set()
        self._call.caller.listen(self._outbox, groups)

    def _too_much(self) -> None:
        self._call.hang_up(Ending.TOO_BIG, "a message of the data channel is larger than its peer was told")

    def _channel_closed(self, channel: RTCDataChannel) -> None:
        if channel is self._channel:
            self._disconnected(lost=False)

    def _received(self, message: str | bytes) -> None:
        """Handle an event within the share of the time; the channel cannot be paused, so only some can wait."""
        if self._inbox.waiting < WAITING and self._inbox.size + len(message) <= LONGEST_MEDIA:
            self._inbox.put(message if isinstance(message, str) else None)
        else:
            text = "Too many or too large events wait to be handled; this one was not taken. Send less at once."
            self._call.caller.refuse("rate_limit_exceeded", text, None, None)

    def _disconnected(self, *, lost: bool) -> None:
        if not self._gone.is_set():
            self._gone.set()
            self._room.set()
            self._call.disconnected(lost=lost)

    # --- the call ---

    async def hold(self, connected: Callable[[], None]) -> None:
        """Hold the call until either side ends it; `connected` is called when the connection is up."""
        with self._inbox.diverted(self._call.received):
            await self._hold(connected)

    async def _hold(self, connected: Callable[[], None]) -> None:
        async with asyncio.TaskGroup() as group:
            name = self._call.call_id
            waiting = group.create_task(self._come_up(connected), name=f"{name}:connect")
            listening = group.create_task(self._listen(), name=f"{name}:listen")
            writing = group.create_task(self._write(), name=f"{name}:write")
            try:
                await self._call.run(self)
                waiting.cancel()
                await self._goodbye(group, writing)
            finally:
                for task in (waiting, listening, writing):
                    task.cancel()

    async def close(self) -> None:
        """Close the connection in whatever state it is, and its sockets if the library fails to."""
        self._gone.set()
        await shut(self._connection, CLOSE_SECONDS, known=self._known)

    async def _come_up(self, connected: Callable[[], None]) -> None:
        try:
            await asyncio.wait_for(self._up.wait(), CONNECT_SECONDS)
        except TimeoutError:
            self._call.hang_up(Ending.IDLE, "the connection was not established")
        else:
            connected()

    async def _listen(self) -> None:
        if self._microphone is not None:
            async for piece in caller_audio(self._microphone):
                self._call.spoke(base64.b64encode(piece).decode(), FRAME_MS)

    async def _write(self) -> None:
        await self._open.wait()
        await self._outbox.write(self._send)

    async def _send(self, frame: str) -> None:
        assert self._channel is not None
        while self._channel.bufferedAmount > HIGH and not self._gone.is_set():
            self._room.clear()
            await self._room.wait()
        with suppress(InvalidStateError):  # the `close` event tells of a channel that is gone
            self._channel.send(fitting(frame, self._largest))

    async def _goodbye(self, group: asyncio.TaskGroup, writing: asyncio.Task[None]) -> None:
        """Wait until the last words were heard and the last events read, unless the caller is gone."""
        gone = group.create_task(self._gone.wait(), name=f"{self._call.call_id}:gone")
        try:
            speaking = not self._playout.silent.is_set()
            silent = group.create_task(self._playout.silent.wait(), name=f"{self._call.call_id}:last words")
            if not self._up.is_set():
                return
            await asyncio.wait({gone, silent}, timeout=GOODBYE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if speaking:
                await asyncio.wait({gone}, timeout=TAIL_SECONDS)
            if self._channel is not None:
                await asyncio.wait({gone, writing}, timeout=CLOSE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if self._channel is not None and not gone.done():
                self._channel.close()  # after what is still to be sent; the peer confirms
                await asyncio.wait({gone}, timeout=CLOSE_SECONDS)
        finally:
            gone.cancel()
            silent.cancel()

    # --- the transport ---

    def play(self, item_id: str, frame: str) -> None:
        """Queue the audio of a `response.output_audio.delta` frame."""
        with suppress(ValueError):  # invalid JSON or base64 is not heard
            event = json.loads(frame)
            self._playout.add(event["response_id"], item_id, base64.b64decode(event["delta"]))

    def stop(self) -> None:
        """Drop the audio that was not heard yet, and truncate each item at what was heard of it."""
        for item_id, ms in self._playout.clear():
            self._call.feed(CallerTruncated(item_id, ms))

    def event_sent(self, event: Mapping[str, Any]) -> None:
        """Notice that a response is over: no more audio of it will come."""
        if event["type"] == "response.done":
            self._playout.finish(event["response"]["id"])

    def end(self, code: int, reason: str) -> None:
        """Send no more events; `hold` plays the rest, unless nothing more is to be heard here, and closes."""
        self._outbox.end(code, reason)
        if code in (closing.DRAINING, closing.MOVED):
            self._playout.clear()

    def _tell(self, how: str, response_id: str) -> None:
        self._call.caller.send({"type": f"output_audio_buffer.{how}", "response_id": response_id})
