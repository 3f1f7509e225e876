"""Realtime callers who speak lines, and come back with their token to another node when the connection is lost."""

from __future__ import annotations

import asyncio
import base64
import json
import random
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import quote

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from tests.fleet.rig import NodeProcess
from tests.fleet.service import ANSWER_MS, LINE_MS, RATE, line, words
from tests.twilio import TwilioCall, phoning

CHUNK_MS, PAUSE_MS = 100, 400
OWED = 3.0  # seconds that an answer may take that is still owed
AGAIN = 0.5  # seconds until somebody says again what was cut
GIVE_UP = 20.0  # seconds of trying to come back
FOR_EVER = 3600.0
TONE = (b"\x80" * 20 + b"\x00" * 20) * 80  # 400 ms as loud as can be, in µ-law
EACH = 10_000  # lines of one caller at most: so many numbers has each
LASTS = (60.0, 90.0)  # seconds after which a caller hangs up, to call again
SOUND = '"response.output_audio.delta"'  # in what needs not be read


@dataclass
class Seen:
    """What all callers have seen together."""

    back: list[float] = field(default_factory=list)  # seconds from the loss to `team.call.resumed`
    voice: list[float] = field(default_factory=list)  # and to the agent's first sound, without what the caller said
    moved: list[float] = field(default_factory=list)  # seconds from a close that asks to come back
    phones: list[float] = field(default_factory=list)  # seconds from a stream's end to the agent's next sound
    phones_lost: list[str] = field(default_factory=list)  # phone calls that ended, or went wrong
    lost: list[str] = field(default_factory=list)  # calls that could not be resumed, and why
    told: dict[str, Counter[str]] = field(default_factory=dict)  # call → what it was told that its caller said
    unheard: int = 0  # lines that were said and never transcribed
    tried_again: int = 0


class MobileCaller:
    """One caller."""

    def __init__(self, number: int, nodes: Sequence[NodeProcess], seen: Seen, *, impatient: bool = False) -> None:
        # Which lines are theirs, whom they can call, and what they note.
        self._next, self._nodes, self._seen = number * EACH, list(nodes), seen
        # How long a node may be silent before they come back.
        self._pings = (0.5, 1.0) if impatient else (20.0, 20.0)
        # The node, the connection, the call and the token that they have.
        self.node = self._nodes[number % len(nodes)]
        self._socket: ClientConnection | None = None
        self.call, self._token = "", ""
        # Until when the call lasts.
        self._until = 0.0
        # When the connection was lost, how long they have spoken since; 0.0: it is there.
        self._lost_at, self._spoke = 0.0, 0.0
        # The line that was said and not transcribed; an answer is owed; set when its first sound comes, or its end.
        self._said, self._owed = "", False
        self._sound, self._done = asyncio.Event(), asyncio.Event()

    @property
    def connected(self) -> bool:
        """Whether they are in their call."""
        return self._socket is not None and not self._lost_at

    async def run(self, over: asyncio.Event) -> None:
        """Talk until it is over, in whatever connections; then hang up."""
        while not over.is_set():
            socket = await self._connected()
            self._socket = socket
            async with asyncio.TaskGroup() as group:
                talking = group.create_task(self._talk(socket, over))
                await self._listen(socket)
                talking.cancel()
            if not self._token:  # they have hung up
                self.call, self._owed = "", False
            elif not over.is_set():
                self._lost_at, self._spoke = time.monotonic(), 0.0
                if socket.close_code == 1012:
                    self._seen.moved.append(-self._lost_at)
        self._socket = None

    async def _connected(self) -> ClientConnection:
        """Connect, or come back."""
        deadline = time.monotonic() + GIVE_UP
        if self._lost_at:
            self._other()
        while True:
            if self._token and time.monotonic() > deadline:
                self._give_up("nobody answered")
            query = f"resume={quote(self._token)}&" if self._token else ""
            url = f"ws{self.node.url.removeprefix('http')}/v1/realtime?model=fleet&{query}events=team,resume"
            with suppress(OSError, InvalidHandshake, ConnectionClosed, TimeoutError):
                every, limit = self._pings
                how: dict[str, Any] = {"compression": None, "proxy": None, "max_size": None, "open_timeout": 5}
                socket = await connect(url, ping_interval=every, ping_timeout=limit, **how)
                if await self._welcomed(socket):
                    return socket
            self._seen.tried_again += 1
            self._other()
            await asyncio.sleep(random.uniform(0.05, 0.15))

    async def _welcomed(self, socket: ClientConnection) -> bool:
        """Read up to the token; return whether the call goes on."""
        async with asyncio.timeout(10):
            while True:
                event = json.loads(await socket.recv())
                match event["type"]:
                    case "session.created":
                        if not self.call:
                            self._until = time.monotonic() + random.uniform(*LASTS)
                        self.call = event["session"]["id"]
                    case "error":
                        if event["error"]["code"] == "call_not_resumable":
                            self._give_up(event["error"]["message"])
                        await socket.close()
                        return False
                    case "team.call.resumed":
                        took = time.monotonic() - self._lost_at
                        self._seen.back.append(took)
                        if self._seen.moved and -self._lost_at in self._seen.moved:
                            self._seen.moved[self._seen.moved.index(-self._lost_at)] = took
                    case "team.call.resumable":
                        self._token = event["token"] or ""
                        return True

    def _give_up(self, why: str) -> None:
        self._seen.lost.append(f"{self.call}: {why}")
        self._token, self.call, self._lost_at, self._said, self._owed = "", "", 0.0, "", False

    def _other(self) -> None:
        self.node = next(node for node in self._nodes if node is not self.node)

    async def _listen(self, socket: ClientConnection) -> None:
        with suppress(ConnectionClosed):
            async for frame in socket:
                if SOUND in frame[:60]:
                    self._hear()
                else:
                    self._take(json.loads(frame))

    def _hear(self) -> None:
        if self._lost_at:
            self._seen.voice.append(time.monotonic() - self._lost_at - self._spoke)
            self._lost_at = 0.0
        self._sound.set()

    def _take(self, event: dict[str, Any]) -> None:
        match event["type"]:
            case "conversation.item.input_audio_transcription.completed":
                self._seen.told.setdefault(self.call, Counter())[event["transcript"]] += 1
                if event["transcript"] == self._said:
                    self._said = ""
            case "response.done":
                if any(item["type"] == "message" for item in event["response"]["output"]):
                    self._owed = False
                    self._done.set()
            case "team.call.resumable":
                self._token = event["token"] or ""

    async def _talk(self, socket: ClientConnection, over: asyncio.Event) -> None:
        with suppress(ConnectionClosed):
            if self._owed and self._lost_at and not self._said:  # a line that was cut is said again, as people do
                self._sound.clear()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._sound.wait(), OWED)
                    await asyncio.sleep(ANSWER_MS / 1000)
            while not over.is_set():
                await self._say(socket)
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._done.wait(), 2 * OWED + ANSWER_MS / 1000)
                    await asyncio.sleep(ANSWER_MS / 1000)  # what was sent is still being played
                if self._said:
                    self._seen.unheard += 1
                await asyncio.sleep(random.uniform(0.1, 0.8))
                if time.monotonic() > self._until and not self._lost_at:
                    break
            self._token = ""
            await socket.close()

    async def _say(self, socket: ClientConnection) -> None:
        """Say the next line in real time, and the silence after it."""
        self._next += 1
        audio = line(self._next) + bytes(2 * RATE * PAUSE_MS)
        self._said, self._owed = words(self._next), True
        self._done.clear()
        size, began = 2 * RATE * CHUNK_MS, time.monotonic()
        for at in range(0, len(audio), size):
            piece = base64.b64encode(audio[at : at + size]).decode()
            await socket.send(json.dumps({"type": "input_audio_buffer.append", "audio": piece}))
            await asyncio.sleep(max(0.0, began + (at // size + 1) * CHUNK_MS / 1000 - time.monotonic()))
        if self._lost_at:
            self._spoke += LINE_MS / 1000


async def phone(number: int, nodes: Sequence[NodeProcess], seen: Seen, over: asyncio.Event) -> None:
    """Telephone until it is over, a minute or more each time."""

    def reach() -> str:
        ready = [node for node in nodes if node.ready] or list(nodes)
        return ready[number % len(ready)].url

    while not over.is_set():
        async with phoning(reach) as call:
            await _phone(call, seen, over)
            if call.over.is_set() or call.failures:
                seen.phones_lost.append(f"{number}: {call.failures or 'the call ended'}")


async def _phone(call: TwilioCall, seen: Seen, over: asyncio.Event) -> None:
    """Talk in as many streams as it takes."""
    until, tones = time.monotonic() + random.uniform(*LASTS), list[float]()
    noticed = asyncio.get_running_loop().create_task(_notice(call, seen, tones), name=f"phone {call.sid}")
    while not over.is_set() and not call.over.is_set() and time.monotonic() < until:
        streams, heard = len(call.streams), len(call.played)
        tones.append(time.monotonic())
        call.speak(TONE)
        with suppress(TimeoutError):
            await call.until(partial(_has_changed, call, streams, heard), 2 * OWED)
        if len(call.streams) > streams:
            await asyncio.sleep(AGAIN)
        else:  # whoever hears the line break says at once that they are still there
            with suppress(TimeoutError):
                listening = ANSWER_MS / 1000 + random.uniform(0.5, 1.0)
                await call.until(partial(_has_changed, call, streams, FOR_EVER), listening)
    noticed.cancel()


def _has_changed(call: TwilioCall, streams: int, heard: float) -> bool:
    return len(call.played) > heard or len(call.streams) > streams or call.over.is_set()


async def _more(things: Sequence[object], call: TwilioCall, seconds: float = FOR_EVER) -> None:
    """Wait until there is one more of something, or the phone call is over."""
    before = len(things)
    await call.until(lambda: len(things) > before or call.over.is_set(), seconds)


async def _notice(call: TwilioCall, seen: Seen, tones: Sequence[float]) -> None:
    """Note how long the caller hears nothing when a stream has ended, without what they say themselves."""
    await _more(call.streams, call)
    while not call.over.is_set():
        await _more(call.streams, call)
        heard = len(call.played)
        await _more(call.played, call)
        if not call.over.is_set():
            ended = call.streams[-2].ended
            spoke = sum(LINE_MS / 1000 for tone in tones if tone > ended)
            seen.phones.append(call.played[heard].began - ended - spoke)
