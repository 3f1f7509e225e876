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
from statistics import median
from threading import Thread
from typing import Any, Protocol
from urllib.parse import urlencode, urlsplit, urlunsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI

from orchestrator.errors import OrchestratorError
from orchestrator.playing import Player
from orchestrator.wav import RATE, read_wav, write_wav

FRAME_MS = 20
FRAME = RATE // 1000 * FRAME_MS * 2  # bytes
LOUD = 600  # of 32767: quieter samples are silence around speech
QUIET_SECONDS = 1.0  # without anything new, then a turn is over
PATIENCE_SECONDS = 20.0  # to wait for something that was asked for
OPEN_SECONDS = 10.0
WAITING = 50  # frames of the microphone that may wait, a second: when the network is slower, the oldest go
ANSWER, HANDOFF = "an answer", "a handoff"


@dataclass(frozen=True, slots=True)
class Turn:
    """Something to say: typed text, or recorded speech as 24 kHz PCM16."""

    text: str = ""
    speech: bytes = b""


class Hangup(Exception):
    """The server has ended the call in order."""


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
        # What must still come: an answer, responses by id, tools by name, a handoff.
        self._awaited: set[str] = set()
        # Set by everything that arrives; a turn is over when nothing does.
        self._news = asyncio.Event()
        # When the caller last stopped speaking and nothing was heard since.
        self._spoke: float | None = None
        # Seconds from the end of the caller's turns to the first audio, and whether the last was shown.
        self._latencies: list[float] = []
        self._untold = False
        # Handoffs so far.
        self._handoffs = 0

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
        self._spoke = self.now
        await self.settle()

    async def say(self, pcm: bytes) -> None:
        """Play recorded speech at the pace of speech, then wait for the answer."""
        self._voice.extend(pcm[at : at + FRAME] for at in range(0, len(pcm), FRAME))
        await asyncio.sleep(speech_end(pcm))
        self._spoke = self.now
        self._awaited.add(ANSWER)
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
            print(f"! waited {PATIENCE_SECONDS:g} s in vain for {waited}", file=sys.stderr)
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
                print(f"{self._agent} ▸ {event['transcript']}{self._latency()}")
            case "response.output_text.done":
                print(f"{self._agent} ▸ {event['text']}")
            case "conversation.item.input_audio_transcription.completed":
                print(f"you ▸ {event['transcript'].strip()}")
            case "input_audio_buffer.speech_started":
                await self._interrupt()
            case "error":
                print(f"! {event['error']['message']}", file=sys.stderr)
            case kind if kind.startswith("team."):
                self._told(kind.removeprefix("team."), event)

    def _ended(self, response: Mapping[str, Any]) -> None:
        if response["status"] == "failed":
            error = (response.get("status_details") or {}).get("error") or {}
            print(f"! the answer failed: {error.get('message') or error.get('code') or 'no reason'}", file=sys.stderr)

    def _play(self, item_id: str, pcm: bytes) -> None:
        if self._spoke is not None:
            self._latencies.append(self.now - self._spoke)
            self._spoke, self._untold = None, True
        self.player.add(item_id, pcm, self.now)
        if self._speakers is not None:
            self._speakers.play(pcm)

    def _latency(self) -> str:
        if not self._untold:
            return ""
        self._untold = False
        return f"   [{self._latencies[-1] * 1000:.0f} ms]"

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
                self._agent, self._handoffs = event["to"], self._handoffs + 1
                print(f"→ {event['to']} ({event['seconds']:.2f} s)")
            case "handoff.failed":
                self._awaited.discard(HANDOFF)
                self._awaited.add(ANSWER)
                print(f"→ {event['to']} failed: {event['reason']}")
            case "tool.called":
                self._awaited.add(f"tool {event['name']}")
            case "tool.returned":
                self._awaited.discard(f"tool {event['name']}")
                self._awaited.add(ANSWER)
                print(f"· {event['name']}{'' if event['ok'] else ' failed'} ({event['seconds']:.2f} s)")
            case "session.lost" | "session.restored":
                print(f"! the session of {event['agent']} was {name.removeprefix('session.')}", file=sys.stderr)

    def summary(self) -> str:
        """Return the call in one line: how long, how many answers and handoffs, how fast."""
        fast = f", first audio after {median(self._latencies) * 1000:.0f} ms (median)" if self._latencies else ""
        return f"call of {self.now:.0f} s: {len(self._latencies)} answers, {self._handoffs} handoffs{fast}"


def speech_end(pcm: bytes) -> float:
    """Return when the speech in a recording ends, in seconds; for one without any, when the recording ends."""
    samples = array("h", pcm)
    last = next((at for at in range(len(samples) - 1, -1, -1) if abs(samples[at]) > LOUD), len(samples) - 1)
    return (last + 1) / RATE


def read_turns(said: list[tuple[str, str]]) -> list[Turn]:
    """Return what is to be said from pairs of `--wav` or `--text` and its value; raises `OrchestratorError`.

    Recordings are read here, before the call, because resampling takes time that a call does not have.
    """
    return [Turn(speech=read_wav(value)) if option == "--wav" else Turn(text=value) for option, value in said]


def socket_url(url: str) -> str:
    """Return the address of a server's Realtime socket; scheme, path and query may be missing."""
    parts = urlsplit(url if "://" in url else f"ws://{url}")
    scheme = {"http": "ws", "https": "wss"}.get(parts.scheme, parts.scheme)
    path = parts.path if parts.path.strip("/") else "/v1/realtime"
    query = "&".join(filter(None, [parts.query, urlencode({"events": "team"})]))
    return urlunsplit((scheme, parts.netloc, path, query, ""))


async def call(url: str, key: str | None) -> ClientConnection:
    """Connect to a server; raises `OrchestratorError`."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    try:
        return await connect(
            socket_url(url),
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
    except InvalidStatus as error:
        raise OrchestratorError(f"{url} refused the call: {_refusal(error)}.") from None
    except (OSError, InvalidHandshake) as error:
        what = getattr(error, "strerror", None) or str(error)
        raise OrchestratorError(f"Cannot connect to {url}: {what}. Is `orchestrator serve` running there?") from None


def _refusal(error: InvalidStatus) -> str:
    """Return why a server refused: its own words when it has any, else the HTTP status."""
    with suppress(ValueError, KeyError, TypeError):
        return str(json.loads(error.response.body or b"")["error"]["message"]).rstrip(".")
    return f"HTTP {error.response.status_code}"


async def lines() -> AsyncIterator[str]:
    """Yield typed lines until the end of the input.

    The thread that reads is a daemon: it does not keep the program when the server ends the call.
    """
    loop = asyncio.get_running_loop()
    typed: asyncio.Queue[str] = asyncio.Queue()

    def read() -> None:
        with suppress(RuntimeError):  # the call is over, and the loop with it
            for line in iter(sys.stdin.readline, ""):
                loop.call_soon_threadsafe(typed.put_nowait, line)
            loop.call_soon_threadsafe(typed.put_nowait, "")

    Thread(target=read, name="typed", daemon=True).start()
    while line := await typed.get():
        if line.strip():
            yield line.strip()


async def hold(talk: Talk, turns: list[Turn]) -> None:
    """Hold a call: the turns one after another; without any, typed lines."""
    await talk.greet()
    for turn in turns:
        if turn.text:
            print(f"you ▸ {turn.text}")
            await talk.type(turn.text)
        else:
            await talk.say(turn.speech)
    if not turns:
        async for line in lines():
            if not sys.stdin.isatty():  # a terminal has shown it
                print(f"you ▸ {line}")
            await talk.type(line)


async def hold_aloud(talk: Talk) -> None:
    """Hold a call by microphone, until it is interrupted."""
    await talk.greet()
    await asyncio.Event().wait()


async def converse(url: str, key: str | None, turns: list[Turn], *, devices: bool, out: Path | None) -> None:
    """Call a server, hold the call to its end, print a summary; raises `OrchestratorError`.

    With `out` what was heard is written there, also when the call ended badly.
    """
    async with await call(url, key) as socket:
        sound = _open_devices() if devices else None
        talk = Talk(socket, sound)
        fault: BaseException | None = None
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(talk.listen(), name="listen")]
                if devices or any(turn.speech for turn in turns):
                    tasks.append(group.create_task(talk.speak_forever(), name="speak"))
                if sound is not None:
                    sound.start(talk.hear_microphone)
                await (hold_aloud(talk) if devices else hold(talk, turns))
                for task in tasks:
                    task.cancel()
        except* Hangup:
            print("the server ended the call")
        except* OrchestratorError as errors:
            fault = errors.exceptions[0]
        finally:
            print(talk.summary())
            if out is not None:
                write_wav(out, talk.player.timeline())
                print(f"wrote {out}")
        if fault is not None:
            raise fault


def _open_devices() -> Any:
    from orchestrator.devices import Devices  # an extra: sounddevice

    return Devices()
