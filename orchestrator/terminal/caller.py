"""The caller in the terminal: what it says, what it hears, and when a turn is over.

It is a client like any other: it asks for the greeting with `response.create`, stops its player at `speech_started`
and says how much it played. `?events=team` tells it who is speaking.
"""

from __future__ import annotations

import asyncio
import base64
import json
from array import array
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from statistics import median
from typing import Any, Protocol

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from orchestrator.errors import OrchestratorError
from orchestrator.protocol.audio import PCM_RATE
from orchestrator.terminal.player import Player

FRAME_MS = 20
FRAME = PCM_RATE // 1000 * FRAME_MS * 2  # bytes
LOUD = 600  # of 32767: quieter samples are silence around speech
QUIET_SECONDS = 1.0  # without anything new, then a turn is over
PATIENCE_SECONDS = 20.0  # to wait for something that was asked for
WAITING = 50  # frames of the microphone that may wait, a second: when the network is slower, the oldest go
TURN, ANSWER, HANDOFF = "the end of the turn", "an answer", "a handoff"

Tell = Callable[[str], object]


class Hangup(Exception):
    """The server has ended the call in order."""


class Speakers(Protocol):
    """Where audio is heard as it arrives."""

    def play(self, pcm: bytes) -> None:
        """Queue 24 kHz PCM16."""

    def stop(self) -> None:
        """Drop what is queued."""


@dataclass(slots=True)
class Figures:
    """How fast the team was; times are seconds since the call began."""

    spoke: float | None = None  # when the caller last stopped speaking and nothing was heard since
    latencies: list[float] = field(default_factory=list)  # from there to the first audio, for each answer
    untold: bool = False  # whether the last of them was not shown yet
    handoffs: int = 0

    def heard(self, now: float) -> None:
        """Note audio of the team."""
        if self.spoke is not None:
            self.latencies.append(now - self.spoke)
            self.spoke, self.untold = None, True

    def latency(self) -> str:
        """Return the latency of the answer just heard, once."""
        if not self.untold:
            return ""
        self.untold = False
        return f"   [{self.latencies[-1] * 1000:.0f} ms]"


class Talk:
    """One call from the terminal; `tell` and `warn` show a line."""

    def __init__(self, socket: ClientConnection, tell: Tell, warn: Tell, speakers: Speakers | None = None) -> None:
        # The server.
        self._socket = socket
        # Where what happens is shown, and what goes wrong.
        self._tell, self._warn = tell, warn
        # What is heard on paper, and aloud.
        self.player = Player()
        self._speakers = speakers
        # When the call began, in the loop's clock.
        self._began = asyncio.get_running_loop().time()
        # Frames to speak; silence while there are none.
        self._voice: deque[bytes] = deque()
        # Who has the caller.
        self._agent = "agent"
        # What must still come: the end of a turn, an answer, responses by id, tools by name, a handoff.
        self._awaited: set[str] = set()
        # Set by everything that arrives; a turn is over when nothing does.
        self._news = asyncio.Event()
        # For the summary.
        self.figures = Figures()

    @property
    def now(self) -> float:
        """Seconds since the call began."""
        return asyncio.get_running_loop().time() - self._began

    async def send(self, kind: str, **fields: Any) -> None:
        """Send one client event; that the server is gone is told by `listen`."""
        with suppress(ConnectionClosed):
            await self._socket.send(json.dumps({"type": kind, **fields}))

    # --- what is said ---

    async def greet(self) -> None:
        """Let the team speak first."""
        self._awaited.add(ANSWER)
        await self.send("response.create")
        await self.settle()

    async def type(self, text: str) -> None:
        """Say something by text, and wait for the answer."""
        item = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}
        self._awaited.add(ANSWER)
        await self.send("conversation.item.create", item=item)
        await self.send("response.create")
        self.figures.spoke = self.now
        await self.settle()

    async def say(self, pcm: bytes) -> None:
        """Play recorded speech at the pace of speech, then wait for the answer."""
        self._awaited.add(ANSWER)
        self._voice.extend(pcm[at : at + FRAME] for at in range(0, len(pcm), FRAME))
        await asyncio.sleep(speech_end(pcm))
        if self._awaited & {TURN, ANSWER}:  # with noise behind the speech the answer may be there already
            self.figures.spoke = self.now
        await self.settle()

    async def speak_forever(self) -> None:
        """Send a frame every 20 ms: what is to be said, else silence."""
        clock = asyncio.get_running_loop().time
        due = clock()
        while True:
            frame = (self._voice.popleft() if self._voice else b"").ljust(FRAME, b"\0")
            await self.send("input_audio_buffer.append", audio=base64.b64encode(frame).decode())
            due += FRAME_MS / 1000
            await asyncio.sleep(max(0.0, due - clock()))

    def hear_microphone(self, frame: bytes) -> None:
        """Take a frame of the microphone."""
        if len(self._voice) >= WAITING:
            self._voice.popleft()
        self._voice.append(frame)

    async def settle(self) -> None:
        """Wait until the team has answered, all of it was heard, and nothing new comes for a moment.

        When something that must come does not within 20 s, says so and gives up.
        """
        while True:
            self._news.clear()
            wait = PATIENCE_SECONDS if self._awaited else QUIET_SECONDS
            try:
                async with asyncio.timeout(wait + max(0.0, self.player.end - self.now)):
                    await self._news.wait()
            except TimeoutError:
                break
        if self._awaited:
            waited = ", ".join(sorted(self._awaited))
            self._warn(f"! waited {PATIENCE_SECONDS:g} s in vain for {waited}")
        self._awaited.clear()

    # --- what is heard ---

    async def listen(self) -> None:
        """Handle events until the server closes; raises `Hangup`, or `OrchestratorError` when it closes for a fault."""
        with suppress(ConnectionClosed):
            async for frame in self._socket:
                event = json.loads(frame)
                if event["type"] not in ("rate_limits.updated", "session.updated"):
                    self._news.set()
                await self._heard(event)
        code, reason = self._socket.close_code, self._socket.close_reason
        if code == 1000:
            raise Hangup
        raise OrchestratorError(f"The server closed the call: {reason or 'the connection was lost'} ({code}).")

    async def _heard(self, event: Mapping[str, Any]) -> None:
        match event["type"]:
            case "response.output_audio.delta":
                self._play(event["item_id"], base64.b64decode(event["delta"]))
            case "response.created":
                self._awaited.discard(ANSWER)
                self._awaited.add(event["response"]["id"])
            case "response.done":
                self._awaited.discard(event["response"]["id"])
                self._ended(event["response"])
            case "response.output_audio_transcript.done":
                self._tell(f"{self._agent} ▸ {event['transcript']}{self.figures.latency()}")
            case "response.output_text.done":
                self._tell(f"{self._agent} ▸ {event['text']}")
            case "conversation.item.input_audio_transcription.completed":
                self._tell(f"you ▸ {event['transcript'].strip()}")
            case "input_audio_buffer.speech_started":
                self._awaited.add(TURN)
                await self._interrupt()
            case "input_audio_buffer.speech_stopped":
                self._awaited.discard(TURN)
                self._awaited.add(ANSWER)
            case "error":
                self._warn(f"! {event['error']['message']}")
            case kind if kind.startswith("team."):
                self._told(kind.removeprefix("team."), event)

    def _ended(self, response: Mapping[str, Any]) -> None:
        if response["status"] == "failed":
            error = (response.get("status_details") or {}).get("error") or {}
            self._warn(f"! the answer failed: {error.get('message') or error.get('code') or 'no reason'}")

    def _play(self, item_id: str, pcm: bytes) -> None:
        self.figures.heard(self.now)
        self.player.add(item_id, pcm, self.now)
        if self._speakers is not None:
            self._speakers.play(pcm)

    async def _interrupt(self) -> None:
        for item_id, ms in self.player.stop(self.now):
            await self.send("conversation.item.truncate", item_id=item_id, content_index=0, audio_end_ms=ms)
        if self._speakers is not None:
            self._speakers.stop()

    def _told(self, name: str, event: Mapping[str, Any]) -> None:
        match name:
            case "call.started":
                self._agent = event["agent"]
            case "handoff.started":
                self._awaited.add(HANDOFF)
            case "handoff.completed":
                self._awaited -= {HANDOFF, ANSWER}
                self._agent = event["to"]
                self.figures.handoffs += 1
                self._tell(f"→ {event['to']} ({event['seconds']:.2f} s)")
            case "handoff.failed":
                self._awaited.discard(HANDOFF)
                self._awaited.add(ANSWER)
                self._tell(f"→ {event['to']} failed: {event['reason']}")
            case "tool.called":
                self._awaited.add(f"tool {event['name']}")
            case "tool.returned":
                self._awaited.discard(f"tool {event['name']}")
                self._awaited.add(ANSWER)
                # With the agent: a handoff shows only when its agent is heard, which may be after its first tool.
                end = "by" if event["ok"] else "failed for"
                self._tell(f"· {event['name']} {end} {event['agent']} ({event['seconds']:.2f} s)")
            case "session.lost" | "session.restored":
                self._warn(f"! the session of {event['agent']} was {name.removeprefix('session.')}")

    def summary(self) -> str:
        """Return the call in one line: how long, how many answers and handoffs, how fast."""
        known = self.figures
        fast = f", first audio after {median(known.latencies) * 1000:.0f} ms (median)" if known.latencies else ""
        return f"call of {self.now:.0f} s: {len(known.latencies)} answers, {known.handoffs} handoffs{fast}"


def speech_end(pcm: bytes) -> float:
    """Return when the speech in a recording ends, in seconds; for one without any, when the recording ends."""
    samples = array("h", pcm)
    last = next((at for at in range(len(samples) - 1, -1, -1) if abs(samples[at]) > LOUD), len(samples) - 1)
    return (last + 1) / PCM_RATE
