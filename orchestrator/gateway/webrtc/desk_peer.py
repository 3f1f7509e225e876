"""The peer connection of somebody at the desk who has a caller: one audio track in both directions, and no events.

Needs the extra `webrtc`; imported with the first offer from the desk.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from aiortc import RTCConfiguration, RTCPeerConnection
from aiortc.mediastreams import MediaStreamTrack

from orchestrator.errors import CallerError
from orchestrator.gateway.webrtc.connection import answer_offer, is_up, shut, watch
from orchestrator.gateway.webrtc.live import Live
from orchestrator.gateway.webrtc.telephone import Decoder, Encoder
from orchestrator.gateway.webrtc.tracks import AgentTrack, caller_audio

CONNECT_SECONDS = 20.0  # for the connection to come up after the answer
CLOSE_SECONDS = 2.0  # to close it
SENDING = ("sendrecv", "sendonly")  # directions of our answer in which the worker hears the caller
AUDIO = "The SDP offer is to have one audio and nothing else."
LONGEST = 65_536  # characters of base64 that are heard of one frame, the last of them: more than is kept


class DeskPeer:
    """Brings the worker's microphone to the call, and the caller to the worker's ear."""

    def __init__(self, caller_format: str, call_format: str, spoken: Callable[[str], None], known: Mapping[str, Any]):
        # The connection; with no servers given, the library would use a public STUN server.
        self._connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        # Takes what the worker says, in base64 and the call's format.
        self._spoken = spoken
        # What the log says of the connection.
        self._known = known
        # What the caller said and the worker did not hear yet.
        self._live = Live()
        # From the caller's format, and to that of the call.
        self._decoder, self._encoder = Decoder(caller_format), Encoder(call_format)
        # The track that the worker speaks on; None if they only hear.
        self._microphone: MediaStreamTrack | None = None
        # Set when the connection is established, and when it is lost.
        self._up, self._lost = asyncio.Event(), asyncio.Event()
        # The track has brought audio.
        self.speaks = False

    @property
    def up(self) -> bool:
        """Whether the worker hears the caller by it."""
        return self._up.is_set() and not self._lost.is_set()

    async def answer(self, sdp: str, *, loopback: bool) -> str:
        """Return the answer to an SDP offer; raises `CallerError`. `loopback`: the worker is on this machine."""
        answer = await answer_offer(self._connection, sdp, self._take_audio, loopback=loopback, known=self._known)
        watch(self._connection, self._changed)
        if self._connection.getTransceivers()[0].currentDirection not in SENDING:
            raise CallerError(f"{AUDIO} It is to be `sendrecv` or `recvonly`.", code="invalid_offer", param="sdp")
        return answer

    def _take_audio(self) -> None:
        media = self._connection.getTransceivers()
        if len(media) != 1 or media[0].kind != "audio" or self._connection.sctp is not None:
            raise CallerError(f"{AUDIO} Events stay on the WebSocket.", code="invalid_offer", param="sdp")
        self._connection.addTrack(AgentTrack(self._live.next_frame))
        self._microphone = media[0].receiver.track

    def _changed(self) -> None:
        match is_up(self._connection):
            case False:
                self._lost.set()
            case True:
                self._up.set()

    def hear(self, audio: str) -> None:
        """Let the worker hear the caller, in base64 and the caller's format."""
        with suppress(ValueError):  # invalid base64 is not heard
            self._live.add(self._decoder.decode(base64.b64decode(audio[-LONGEST:])))

    async def hold(self, over: asyncio.Event) -> str | None:
        """Hold the connection until it is over; returns why it was lost, None if it was not."""
        async with asyncio.TaskGroup() as group:
            events = {"up": self._up, "lost": self._lost, "over": over}
            waiting = {name: group.create_task(one.wait(), name=f"desk:{name}") for name, one in events.items()}
            ends = {waiting["lost"], waiting["over"]}
            tasks = {*waiting.values(), group.create_task(self._listen(), name="desk:listen")}
            first = asyncio.FIRST_COMPLETED
            try:
                await asyncio.wait(waiting.values(), timeout=CONNECT_SECONDS, return_when=first)
                if waiting["up"].done():
                    await asyncio.wait(ends, return_when=first)
            finally:
                for task in tasks:
                    task.cancel()
        if over.is_set():
            return None
        return "The connection was lost." if self._up.is_set() else "The connection was not established."

    async def _listen(self) -> None:
        if self._microphone is not None:
            async for piece in caller_audio(self._microphone):
                self.speaks = True
                self._spoken(base64.b64encode(self._encoder.encode(piece)).decode())

    async def close(self) -> None:
        """Close the connection in whatever state it is."""
        self._lost.set()
        await shut(self._connection, CLOSE_SECONDS, known=self._known)
