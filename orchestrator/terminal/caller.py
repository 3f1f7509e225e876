"""The caller in the terminal: what it says, what it hears, and when a turn is over.

It is a client like any other: it asks for the greeting with `response.create`, stops its playback at `speech_started`
and reports how much was heard. The events of `?events=team` tell it who is speaking.
"""

from __future__ import annotations

import asyncio
import base64
import json
from array import array
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from typing import Any, Protocol

from websockets.exceptions import ConnectionClosed

from orchestrator.errors import OrchestratorError
from orchestrator.protocol.audio import PCM_RATE
from orchestrator.terminal.playback import Playback
from orchestrator.terminal.statistics import Figures
from orchestrator.terminal.turn_end import ANSWER, END_OF_TURN, HANDOFF, Awaited

FRAME_MS = 20
FRAME = PCM_RATE // 1000 * FRAME_MS * 2  # bytes
LOUD = 600  # of 32767; quieter samples are silence around speech
WAITING = 50  # frames of the microphone, one second; on a slow network the oldest are dropped
UNEVENTFUL = ("rate_limits.updated", "session.updated")  # events that may come when nothing happens

Show = Callable[[str], object]


class Hangup(Exception):
    """The server has ended the call normally."""


class Speakers(Protocol):
    """Where audio is played as it arrives."""

    def play(self, pcm: bytes) -> None:
        """Queue 24 kHz PCM16."""

    def stop(self) -> None:
        """Drop what is queued."""


class Connection(Protocol):
    """A connection to the server: of `websockets`, or one that comes back (`Line`)."""

    @property
    def close_code(self) -> int | None:
        """Why it was closed; None while it is open."""

    @property
    def close_reason(self) -> str | None:
        """What the server says about it."""

    async def send(self, frame: str, /) -> None:
        """Send a frame; raises `ConnectionClosed`."""

    def __aiter__(self) -> AsyncIterator[str | bytes]:
        """Yield the server's frames."""


class Caller:
    """The caller of one call; `show` and `warn` print a line."""

    def __init__(self, socket: Connection, show: Show, warn: Show, speakers: Speakers | None = None) -> None:
        # The connection to the server.
        self._socket = socket
        # Prints what happens, and what goes wrong.
        self._show, self._warn = show, warn
        # What is heard, and the speakers that play it.
        self.playback = Playback()
        self._speakers = speakers
        # When the call began, by the clock of the event loop.
        self._began = asyncio.get_running_loop().time()
        # Frames to send; silence is sent while there are none.
        self._frames: deque[bytes] = deque()
        # The agent that has the caller.
        self._agent = "agent"
        # What must still happen before the turn is over.
        self._awaited = Awaited()
        # Latencies and handoffs.
        self.figures = Figures()

    @property
    def now(self) -> float:
        """Seconds since the call began."""
        return asyncio.get_running_loop().time() - self._began

    async def send(self, kind: str, **fields: Any) -> None:
        """Send a client event; a closed connection is reported by `receive`."""
        with suppress(ConnectionClosed):
            await self._socket.send(json.dumps({"type": kind, **fields}))

    # --- what the caller says ---

    async def greet(self) -> None:
        """Let the team speak first."""
        self._awaited.add(ANSWER)
        await self.send("response.create")
        await self._turn_over()

    async def type(self, text: str) -> None:
        """Send a text message and wait for the answer."""
        item = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}
        self._awaited.add(ANSWER)
        await self.send("conversation.item.create", item=item)
        await self.send("response.create")
        self.figures.spoke = self.now
        await self._turn_over()

    async def speak(self, pcm: bytes) -> None:
        """Play recorded speech in real time, then wait for the answer."""
        self._awaited.add(ANSWER)
        self._frames.extend(pcm[at : at + FRAME] for at in range(0, len(pcm), FRAME))
        await asyncio.sleep(speech_end(pcm))
        # If the service took noise for speech, the turn may have ended and been answered before this moment.
        if END_OF_TURN in self._awaited or ANSWER in self._awaited:
            self.figures.spoke = self.now
        await self._turn_over()

    async def send_audio(self) -> None:
        """Send a frame every 20 ms: queued audio, or silence."""
        clock = asyncio.get_running_loop().time
        due = clock()
        while True:
            frame = (self._frames.popleft() if self._frames else b"").ljust(FRAME, b"\0")
            await self.send("input_audio_buffer.append", audio=base64.b64encode(frame).decode())
            due += FRAME_MS / 1000
            await asyncio.sleep(max(0.0, due - clock()))

    def queue_frame(self, frame: bytes) -> None:
        """Queue a frame of the microphone."""
        if len(self._frames) >= WAITING:
            self._frames.popleft()
        self._frames.append(frame)

    async def _turn_over(self) -> None:
        """Wait until the team has answered, everything was heard, and nothing more happens for a moment."""
        given_up = await self._awaited.all_quiet(lambda: max(0.0, self.playback.end - self.now))
        if given_up:
            self._warn(f"! gave up waiting for {', '.join(given_up)}")

    # --- what the caller hears ---

    async def receive(self) -> None:
        """Handle events until the server ends the call; raises `Hangup`, or `OrchestratorError` for an error."""
        with suppress(ConnectionClosed):
            async for frame in self._socket:
                event = json.loads(frame)
                if event["type"] not in UNEVENTFUL:
                    self._awaited.news()
                await self._handle(event)
        code, reason = self._socket.close_code, self._socket.close_reason
        if code == 1000:
            raise Hangup
        raise OrchestratorError(f"The server closed the call: {reason or 'the connection was lost'} ({code}).")

    async def _handle(self, event: Mapping[str, Any]) -> None:
        match event["type"]:
            case "response.output_audio.delta":
                self._play(event["item_id"], base64.b64decode(event["delta"]))
            case "response.created":
                self._awaited.done(ANSWER)
                self._awaited.add(event["response"]["id"])
            case "response.done":
                self._awaited.done(event["response"]["id"])
                self._check(event["response"])
            case "response.output_audio_transcript.done":
                self._show(f"{self._agent} ▸ {event['transcript']}{self.figures.new_latency()}")
            case "response.output_text.done":
                self._show(f"{self._agent} ▸ {event['text']}")
            case "conversation.item.input_audio_transcription.completed":
                self._show(f"you ▸ {event['transcript'].strip()}")
            case "input_audio_buffer.speech_started":
                self._awaited.add(END_OF_TURN)
                await self._interrupt()
            case "output_audio_buffer.cleared":
                await self._interrupt()  # somebody else is heard next
            case "input_audio_buffer.speech_stopped":
                self._awaited.done(END_OF_TURN)
                self._awaited.add(ANSWER)
            case "error":
                self._warn(f"! {event['error']['message']}")
            case kind if kind.startswith("team."):
                self._team_event(kind.removeprefix("team."), event)

    def _check(self, response: Mapping[str, Any]) -> None:
        if response["status"] == "failed":
            error = (response.get("status_details") or {}).get("error") or {}
            self._warn(f"! the answer failed: {error.get('message') or error.get('code') or 'no reason'}")

    def _play(self, item_id: str, pcm: bytes) -> None:
        self.figures.heard(self.now)
        self.playback.add(item_id, pcm, self.now)
        if self._speakers is not None:
            self._speakers.play(pcm)

    async def _interrupt(self) -> None:
        for item_id, ms in self.playback.stop(self.now):
            await self.send("conversation.item.truncate", item_id=item_id, content_index=0, audio_end_ms=ms)
        if self._speakers is not None:
            self._speakers.stop()

    def _team_event(self, name: str, event: Mapping[str, Any]) -> None:
        match name:
            case "call.started":
                self._agent = event["agent"]
            case "handoff.started":
                self._awaited.add(HANDOFF)
            case "handoff.completed":
                self._awaited.done(HANDOFF, ANSWER)
                self._agent = event["to"]
                self.figures.handoffs += 1
                self._show(f"→ {event['to']} ({event['seconds']:.2f} s)")
            case "handoff.failed":
                self._awaited.done(HANDOFF)
                self._awaited.add(ANSWER)
                self._show(f"→ {event['to']} failed: {event['reason']}")
            case "tool.called":
                self._awaited.add(f"tool {event['name']}")
            case "tool.returned":
                self._awaited.done(f"tool {event['name']}")
                self._awaited.add(ANSWER)
                # Name the agent: a handoff is shown once its agent is heard, which may be after its first tool.
                end = "by" if event["ok"] else "failed for"
                self._show(f"· {event['name']} {end} {event['agent']} ({event['seconds']:.2f} s)")
            case "session.lost" | "session.restored":
                self._warn(f"! the session of {event['agent']} was {name.removeprefix('session.')}")

    def summary(self) -> str:
        """Return the call in one line: its length, answers, handoffs and latency."""
        return self.figures.line(self.now)


def speech_end(pcm: bytes) -> float:
    """Return the second at which the speech in a recording ends; without speech, the end of the recording."""
    samples = array("h", pcm)
    last = next((at for at in range(len(samples) - 1, -1, -1) if abs(samples[at]) > LOUD), len(samples) - 1)
    return (last + 1) / PCM_RATE
