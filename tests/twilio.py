"""A stand-in for Twilio that follows TwiML: it asks for it, holds media streams in real time, and goes on after them.

It plays what it gets at the pace of a telephone and returns marks when they are reached; it sends 20 ms of the caller's
voice, or of silence, fifty times a second. When a stream ends, whoever has ended it, it goes on with the next verb;
`<Redirect>` is asked of whichever node is said to be alive. Twilio does so after a server's close; that it does after
a lost connection too is an assumption.
"""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from xml.etree import ElementTree as Xml

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from orchestrator.gateway.phone.twilio_signature import signature
from tests.patience import PATIENCE

FRAME_SECONDS, FRAME = 0.02, 160  # bytes of µ-law
SILENCE = b"\xff" * FRAME
MOST_ANSWERS = 1000  # for one phone call


@dataclass
class Played:
    """Audio that the caller has heard without a pause."""

    began: float  # by the monotonic clock
    ended: float
    audio: bytearray = field(default_factory=bytearray)


class Stream:
    """One media stream, from `start` to its end."""

    def __init__(self, socket: ClientConnection, path: str, parameters: dict[str, str]) -> None:
        self.socket, self.path, self.parameters, self.sid = socket, path, parameters, f"MZ{token_hex(16)}"
        # When it began and ended, and with which code; None while it goes on.
        self.began, self.ended = time.monotonic(), 0.0
        self.code: int | None = None
        # Every message from the server.
        self.messages: list[dict[str, Any]] = []
        # How many marks were returned.
        self.returned = 0
        # Audio and names of marks that wait to be played.
        self._waiting: deque[bytes | str] = deque()
        self._count = 0

    async def send(self, event: str, **fields: Any) -> None:
        """Send a message."""
        self._count += 1
        numbered = {"event": event, "sequenceNumber": str(self._count), "streamSid": self.sid, **fields}
        with suppress(ConnectionClosed):
            await self.socket.send(json.dumps(numbered))

    async def take(self, message: dict[str, Any]) -> None:
        """Take a message from the server."""
        assert message["streamSid"] == self.sid
        self.messages.append(message)
        match message["event"]:
            case "media":
                self._waiting.append(base64.b64decode(message["media"]["payload"]))
            case "mark":
                self._waiting.append(message["mark"]["name"])
            case "clear":
                cleared, self._waiting = self._waiting, deque()
                for name in cleared:
                    await self._mark(name)

    async def play(self) -> bytes:
        """Play 20 ms; returns what there was to play."""
        audio = b""
        while self._waiting:
            first = self._waiting.popleft()
            if isinstance(first, str):
                await self._mark(first)
            elif len(audio) == FRAME:
                self._waiting.appendleft(first)
                break
            else:
                taken = FRAME - len(audio)
                audio += first[:taken]
                if first[taken:]:
                    self._waiting.appendleft(first[taken:])
        return audio

    async def _mark(self, name: bytes | str) -> None:
        if isinstance(name, str):
            self.returned += 1
            await self.send("mark", mark={"name": name})

    def of(self, event: str) -> list[dict[str, Any]]:
        """Return the messages of a kind that have come so far."""
        return [message for message in self.messages if message["event"] == event]


@dataclass
class Outside:
    """The telephones that the caller is connected to."""

    # What happens at the next: "answers", "rings" until the caller hangs up, the status of one that does not answer, or
    # "lost" when Twilio tells nobody what came of it.
    does: str = "answers"
    dialled: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)  # `Number` or `Sip`, whom, and how
    told: list[str] = field(default_factory=list)
    # Set when whoever answered has hung up, or the caller has.
    over: asyncio.Event = field(default_factory=asyncio.Event)


class TwilioCall:
    """One phone call, as Twilio holds it."""

    def __init__(
        self,
        reach: Callable[[], str],
        *,
        voice: str = "/twilio/voice",
        token: str | None = None,
        caller: str = "+4930123",
        called: str = "+4930456",
    ) -> None:
        # Says which node to ask next: `http://HOST:PORT`. A URL in TwiML names the public address, not the node.
        self._reach = reach
        # The path that the number is set to, the account's auth token, and who calls whom.
        self._voice, self._token, self.caller, self.called = voice, token, caller, called
        self.sid = f"CA{token_hex(16)}"
        # All streams; the one that is there now, if any.
        self.streams: list[Stream] = []
        self.stream: Stream | None = None
        # TwiML that came, sentences that were said to the caller, what went wrong.
        self.answers: list[str] = []
        self.said: list[str] = []
        self.failures: list[str] = []
        # What the caller has heard.
        self.played: list[Played] = []
        # Who was called outside, what happens there, and what whoever answered was told.
        self.outside = Outside()
        # What the caller is about to say, in pieces of 20 ms; what they say while there is no stream is lost.
        self._mouth: deque[bytes] = deque()
        # Whether the caller has hung up; what came of the phone call outside; set when the phone call is over.
        self._hung_up = False
        self._ended: dict[str, str] = {}
        self.over = asyncio.Event()

    # --- the caller ---

    def speak(self, audio: bytes) -> None:
        """Say something, in µ-law, after what is being said already."""
        self._mouth.extend(audio[at : at + FRAME].ljust(FRAME, b"\xff") for at in range(0, len(audio), FRAME))

    @property
    def speaking(self) -> bool:
        """Whether the caller is saying something."""
        return bool(self._mouth)

    @property
    def heard(self) -> bytes:
        """All that the caller has heard."""
        return b"".join(bytes(one.audio) for one in self.played)

    async def press(self, digits: str) -> None:
        """Press keys."""
        for digit in digits:
            if self.stream is not None:
                await self.stream.send("dtmf", dtmf={"track": "inbound_track", "digit": digit})

    async def hang_up(self) -> None:
        """End the phone call from the caller's side."""
        self._hung_up = True
        self.outside.over.set()
        if self.stream is not None:
            await self.stream.send("stop", stop={"accountSid": "AC1", "callSid": self.sid})
            await self.stream.socket.close()

    async def until(self, true: Callable[[], object], seconds: float = PATIENCE) -> None:
        """Wait until something is so, as it must become."""
        async with asyncio.timeout(seconds):
            while not true():  # noqa: ASYNC110  # whatever it is, it changes with the ticks
                await asyncio.sleep(FRAME_SECONDS / 2)

    # --- Twilio ---

    async def run(self) -> None:
        """Hold the phone call from the first question to its end."""
        ticking = asyncio.get_running_loop().create_task(self._tick(), name="twilio:tick")
        try:
            target: str | None = self._voice
            for _ in range(MOST_ANSWERS):
                if target is None:
                    break
                target = await self._follow(target, **self._said())
        finally:
            ticking.cancel()
            await asyncio.gather(ticking, return_exceptions=True)
            self.over.set()

    def _said(self) -> dict[str, str]:
        """Return what is said of the phone call outside, once."""
        said, self._ended = self._ended, {}
        return {"CallStatus": "completed" if self._hung_up else "in-progress", **said}

    async def _follow(self, target: str, **said: str) -> str | None:
        """Ask for TwiML and follow it; returns where to ask next, None at the end."""
        answer = await self._post(target, **said)
        if answer is None or answer.status_code != 200:
            self.failures.append("no answer" if answer is None else f"HTTP {answer.status_code}: {answer.text[:200]}")
            return None
        self.answers.append(answer.text)
        for verb in Xml.fromstring(answer.text):
            match verb.tag:
                case "Connect":
                    await self._connect(verb[0])
                case "Say":
                    self.said.append(verb.text or "")
                case "Pause":
                    await asyncio.sleep(float(verb.attrib.get("length", "1")))
                case "Redirect":
                    return verb.text
                case "Hangup":
                    return None
                case "Dial":
                    return await self._dial(verb)
                case unknown:
                    self.failures.append(f"unknown verb {unknown}")
            if self._hung_up:
                return None
        return None

    async def _dial(self, verb: Xml.Element) -> str | None:
        """Call somebody; returns where to ask what is next, None if nobody is asked."""
        outside, noun = self.outside, verb[0]
        outside.dialled.append((noun.tag, noun.text or "", dict(verb.attrib)))
        if outside.does == "lost":
            return None
        if outside.does == "answers":
            told = await self._post(noun.attrib["url"], CallSid=f"CA{token_hex(16)}", ParentCallSid=self.sid)
            assert told is not None
            assert told.status_code == 200, told.text
            outside.told += [say.text or "" for say in Xml.fromstring(told.text)]
        if outside.does in ("answers", "rings"):
            await outside.over.wait()
        talked = {"DialCallStatus": "completed", "DialCallDuration": "7"}
        missed = {"DialCallStatus": "no-answer" if outside.does == "rings" else outside.does}
        self._ended = talked if outside.does == "answers" else missed
        return verb.attrib["action"]

    async def _post(self, target: str, **said: str) -> httpx.Response | None:
        """Send a form to a path, or to a URL whose host is the public one; None if nobody answers."""
        node = self._reach()
        parts = urlsplit(target)
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        form = {"AccountSid": "AC1", "CallSid": self.sid, "From": self.caller, "To": self.called, **said}
        url = target if parts.netloc else node + target
        headers = {} if self._token is None else {"X-Twilio-Signature": signature(self._token, url, form.items())}
        try:
            # Not verified, as to read the certificates of the world takes longer than all else.
            async with httpx.AsyncClient(base_url=node, timeout=15.0, trust_env=False, verify=False) as client:
                return await client.post(path, data=form, headers=headers)
        except httpx.HTTPError:
            return None

    async def _connect(self, noun: Xml.Element) -> None:
        """Hold a stream to its end, and tell the status callback of it."""
        url, told = noun.attrib["url"], noun.attrib.get("statusCallback")
        assert not parse_qsl(urlsplit(url).query), "a stream's URL has no query"
        parameters = {one.attrib["name"]: one.attrib["value"] for one in noun}
        path = urlsplit(url).path
        address = f"ws{self._reach().removeprefix('http')}{path}"
        headers = {} if self._token is None else {"X-Twilio-Signature": signature(self._token, url)}
        try:
            socket = await connect(address, additional_headers=headers, compression=None, proxy=None)
        except (OSError, InvalidHandshake) as error:
            self.failures.append(f"31920: {error}")
            await self._tell(told, "stream-error", StreamError="Stream - WebSocket - Handshake Error")
            return
        stream = Stream(socket, path, parameters)
        self.streams.append(stream)
        await socket.send('{"event":"connected","protocol":"Call","version":"1.0.0"}')
        media_format = {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1}
        start = {"accountSid": "AC1", "streamSid": stream.sid, "callSid": self.sid, "tracks": ["inbound"]}
        await stream.send("start", start={**start, "mediaFormat": media_format, "customParameters": parameters})
        self.stream = stream
        if self._hung_up:  # while there was no stream
            await socket.close()
        try:
            with suppress(ConnectionClosed):
                async for frame in socket:
                    await stream.take(json.loads(frame))
        finally:
            self.stream, stream.ended, stream.code = None, time.monotonic(), socket.close_code
        lost = stream.code != 1000 and not self._hung_up
        await self._tell(
            told, "stream-error" if lost else "stream-stopped", **({"StreamError": "31921"} if lost else {})
        )

    async def _tell(self, told: str | None, event: str, **said: str) -> None:
        if told is not None:
            sid = self.streams[-1].sid if self.streams else "MZ0"
            answer = await self._post(told, StreamSid=sid, StreamEvent=event, **said)
            if answer is not None and answer.status_code >= 400:
                self.failures.append(f"status callback: HTTP {answer.status_code}")

    async def _tick(self) -> None:
        """Let the caller speak and hear, 20 ms at a time."""
        clock = asyncio.get_running_loop().time
        due, chunk = clock(), 0
        while True:
            due += FRAME_SECONDS
            await asyncio.sleep(max(0.0, due - clock()))
            said = self._mouth.popleft() if self._mouth else SILENCE
            if (stream := self.stream) is None:
                continue
            chunk += 1
            media = {"track": "inbound", "chunk": str(chunk), "timestamp": str(20 * chunk)}
            await stream.send("media", media={**media, "payload": base64.b64encode(said).decode()})
            if audio := await stream.play():
                self._hear(audio)

    def _hear(self, audio: bytes) -> None:
        now = time.monotonic()
        if not self.played or now - self.played[-1].ended > 10 * FRAME_SECONDS:
            self.played.append(Played(now, now))
        self.played[-1].audio += audio
        self.played[-1].ended = now + FRAME_SECONDS


@asynccontextmanager
async def phoning(reach: Callable[[], str], **how: Any) -> AsyncIterator[TwilioCall]:
    """Call a number while the block lasts; the caller hangs up at its end."""
    call = TwilioCall(reach, **how)
    running = asyncio.get_running_loop().create_task(call.run(), name=f"{call.sid}:twilio")
    try:
        yield call
    finally:
        await call.hang_up()
        await asyncio.wait_for(running, PATIENCE)
