"""The caller in the terminal: a Realtime client that plays recorded speech, types, or uses microphone and speakers.

It is a client like any other: it talks to a server by WebSocket, asks for the greeting with `response.create`, stops
its player at `speech_started` and says how much it played. `?events=team` tells it who is speaking.
"""

from __future__ import annotations

import asyncio
import base64
import json
import sys
from array import array
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlencode, urlsplit, urlunsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI

from orchestrator.errors import OrchestratorError
from orchestrator.playing import Player
from orchestrator.wav import RATE, read_wav

FRAME_MS = 20
FRAME = RATE // 1000 * FRAME_MS * 2  # bytes
LOUD = 600  # of 32767: quieter samples are silence around speech
QUIET_SECONDS = 1.2  # without anything new, then a turn is over
TURN_SECONDS = 45.0  # for one turn, at the most
OPEN_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Turn:
    """Something to say: typed text, or a recording."""

    text: str = ""
    wav: Path | None = None


class Speakers(Protocol):
    """Where audio is heard as it arrives."""

    def play(self, pcm: bytes) -> None:
        """Queue 24 kHz PCM16."""

    def stop(self) -> None:
        """Drop what is queued."""


class Talk:
    """One call from the terminal."""

    def __init__(self, socket: ClientConnection, speakers: Speakers | None = None) -> None:
        # The server.
        self._socket = socket
        # What is heard on paper, and aloud.
        self.player = Player()
        self._speakers = speakers
        # When the call began, in the loop's clock.
        self._began = asyncio.get_running_loop().time()
        # Frames to speak; silence while there are none.
        self._voice: deque[bytes] = deque()
        # Who has the caller.
        self._agent = "agent"
        # Responses that began and are not done, tools and handoffs under way.
        self._open = 0
        # Set by everything that arrives; a turn is over when nothing does.
        self._news = asyncio.Event()
        # When the caller last stopped speaking and nothing was heard since.
        self._spoke: float | None = None
        # Latencies in seconds, and the number of handoffs, for the summary.
        self.latencies: list[float] = []
        self.handoffs = 0

    @property
    def now(self) -> float:
        """Seconds since the call began."""
        return asyncio.get_running_loop().time() - self._began

    async def send(self, kind: str, **fields: Any) -> None:
        """Send one client event."""
        await self._socket.send(json.dumps({"type": kind, **fields}))

    # --- what is said ---

    async def greet(self) -> None:
        """Let the team speak first."""
        await self.send("response.create")
        self._open += 1
        await self.settle()

    async def type(self, text: str) -> None:
        """Say something by text."""
        print(f"you ▸ {text}")
        item = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}
        await self.send("conversation.item.create", item=item)
        await self.send("response.create")
        self._spoke = self.now
        self._open += 1
        await self.settle()

    async def say(self, pcm: bytes) -> None:
        """Play recorded speech at the pace of speech, then wait for the answer."""
        self._voice.extend(pcm[at : at + FRAME] for at in range(0, len(pcm), FRAME))
        await asyncio.sleep(_speech_end(pcm))
        self._spoke = self.now
        self._open += 1  # its answer
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
        self._voice.append(frame)

    async def settle(self) -> None:
        """Wait until the team has answered and all of it was heard; 45 s at the most."""
        with suppress(TimeoutError):
            async with asyncio.timeout(TURN_SECONDS):
                while True:
                    self._news.clear()
                    with suppress(TimeoutError):
                        quiet = max(QUIET_SECONDS, self.player.end - self.now + 0.3)
                        await asyncio.wait_for(self._news.wait(), quiet)
                        continue
                    if self._open <= 0 and self.player.end <= self.now:
                        break
        self._open = 0

    # --- what is heard ---

    async def listen(self) -> None:
        """Handle events until the server closes; raises `OrchestratorError` when it closes for a fault."""
        try:
            async for frame in self._socket:
                event = json.loads(frame)
                if event["type"] not in ("rate_limits.updated", "session.updated"):
                    self._news.set()
                await self._heard(event)
        except ConnectionClosed:
            pass
        code, reason = self._socket.close_code, self._socket.close_reason
        if code not in (1000, None):
            raise OrchestratorError(f"The server closed the call: {reason or 'no reason given'} ({code}).")

    async def _heard(self, event: Mapping[str, Any]) -> None:
        match event["type"]:
            case "response.output_audio.delta":
                self._play(event["item_id"], base64.b64decode(event["delta"]))
            case "response.created":
                self._open = max(1, self._open)
            case "response.done":
                self._open -= 1
            case "response.output_audio_transcript.done":
                print(f"{self._agent} ▸ {event['transcript']}{self._latency()}")
            case "response.output_text.done":
                print(f"{self._agent} ▸ {event['text']}")
            case "conversation.item.input_audio_transcription.completed":
                print(f"you ▸ {event['transcript']}")
            case "input_audio_buffer.speech_started":
                await self._interrupt()
            case "error":
                print(f"! {event['error']['message']}", file=sys.stderr)
            case kind if kind.startswith("team."):
                self._told(kind.removeprefix("team."), event)

    def _play(self, item_id: str, pcm: bytes) -> None:
        if self._spoke is not None:
            self.latencies.append(self.now - self._spoke)
            self._spoke = None
        self.player.add(item_id, pcm, self.now)
        if self._speakers is not None:
            self._speakers.play(pcm)

    def _latency(self) -> str:
        return f"   [{self.latencies[-1] * 1000:.0f} ms]" if self.latencies else ""

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
                self._open += 1
            case "handoff.completed":
                self._agent, self.handoffs = event["to"], self.handoffs + 1
                print(f"→ {event['to']} ({event['seconds']:.2f} s)")
            case "handoff.failed":
                print(f"→ {event['to']} failed: {event['reason']}")
            case "tool.called":
                self._open += 1
            case "tool.returned":
                print(f"· {event['name']} ({event['seconds']:.2f} s)")


def _speech_end(pcm: bytes) -> float:
    """Return when the speech in a recording ends, in seconds."""
    samples = array("h", pcm)
    last = next((at for at in range(len(samples) - 1, -1, -1) if abs(samples[at]) > LOUD), len(samples) - 1)
    return (last + 1) / RATE


async def call(url: str, key: str | None) -> ClientConnection:
    """Connect to a server; raises `OrchestratorError`. `url` may lack the path and the query."""
    parts = urlsplit(url if "://" in url else f"ws://{url}")
    path = parts.path if parts.path.strip("/") else "/v1/realtime"
    query = "&".join(filter(None, [parts.query, urlencode({"events": "team"})]))
    scheme = {"http": "ws", "https": "wss"}.get(parts.scheme, parts.scheme)
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    try:
        return await connect(
            urlunsplit((scheme, parts.netloc, path, query, "")),
            additional_headers=headers,
            compression=None,
            max_size=None,
            open_timeout=OPEN_SECONDS,
            close_timeout=1.0,
        )
    except (InvalidURI, ValueError):
        raise OrchestratorError(f"{url!r} is not an address. Write ws://host:port/v1/realtime.") from None
    except TimeoutError:
        raise OrchestratorError(f"{url} does not answer.") from None
    except (OSError, InvalidHandshake) as error:
        raise OrchestratorError(f"Cannot connect to {url}: {error}. Is `orchestrator serve` running there?") from None


async def lines() -> AsyncIterator[str]:
    """Yield typed lines until the end of the input."""
    while line := await asyncio.to_thread(sys.stdin.readline):
        if line.strip():
            yield line.strip()


async def hold(talk: Talk, turns: list[Turn], *, aloud: bool) -> None:
    """Hold a call: the turns one after another, or typed lines, or the microphone until interrupted."""
    await talk.greet()
    if aloud:
        await asyncio.Event().wait()
    for turn in turns:
        if turn.wav is not None:
            await talk.say(await asyncio.to_thread(read_wav, turn.wav))
        else:
            await talk.type(turn.text)
    if not turns:
        async for line in lines():
            await talk.type(line)


async def converse(url: str, key: str | None, turns: list[Turn], *, devices: bool) -> Talk:
    """Call a server and hold the call to its end; returns the finished call for its figures and its audio."""
    for turn in turns:
        if turn.wav is not None:
            read_wav(turn.wav)  # a bad file is found before the call begins
    speaking = devices or any(turn.wav is not None for turn in turns)
    socket = await call(url, key)
    async with socket:
        if devices:
            from orchestrator.devices import Devices  # an extra: sounddevice

            sound = Devices()
            talk = Talk(socket, sound)
            sound.start(talk.hear_microphone)
        else:
            talk = Talk(socket)
        tasks = [asyncio.ensure_future(talk.listen()), asyncio.ensure_future(hold(talk, turns, aloud=devices))]
        if speaking:
            tasks.append(asyncio.ensure_future(talk.speak_forever()))
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                if not isinstance(task.exception(), ConnectionClosed | None):
                    task.result()
            if tasks[1] not in done:
                await tasks[0]  # the server has closed: say why
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
    return talk
