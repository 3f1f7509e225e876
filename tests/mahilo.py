"""A client of mahilo in a test: what it sends and takes, frame by frame, and a team for it."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.patience import PATIENCE

TEAM = """
team: dispatch
providers: {{service: {{url: "{url}"}}}}
variables:
  card: {{type: string, secret: true}}
agents:
  dispatcher:
    model: service/dispatcher
    instructions: Find out what has happened.
    greeting: Emergency desk.
    tools: [tools.py:find_order, tools.py:wait_long]
    handoffs: [archive]
    messages: {{medic: when somebody is hurt, police: when there is danger}}
  medic:
    model: service/medic
    voice: cedar
    instructions: Help the hurt.
    messages: {{dispatcher: when you know more}}
  police:
    model: service/police
    voice: coral
    instructions: Keep people safe.
  archive:
    model: service/archive
    instructions: Look things up.
    handoffs: [dispatcher]
"""
BLOCK = 2048  # bytes that the client's microphone sends at a time


class MahiloClient:
    """Keeps every frame that it gets."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.frames: list[str] = []
        self._changed = asyncio.Condition()
        self.reading = asyncio.get_running_loop().create_task(self._read())

    async def _read(self) -> None:
        with suppress(ConnectionClosed):
            async for frame in self.socket:
                assert isinstance(frame, str)  # the client's listener would end on a binary one
                assert not frame.startswith("{") or "event" in json.loads(frame)
                async with self._changed:
                    self.frames.append(frame)
                    self._changed.notify_all()
        async with self._changed:
            self._changed.notify_all()

    async def type(self, line: str) -> None:
        """Send a line as the client does."""
        await self.socket.send(json.dumps(line))

    async def speak(self, blocks: int = 1, sound: bytes = bytes(BLOCK)) -> None:
        """Send blocks of the microphone."""
        payload = base64.b64encode(sound).decode()
        for _ in range(blocks):
            await self.socket.send(json.dumps({"event": "media", "media": {"payload": payload}}))

    async def lines(self, count: int) -> list[str]:
        """Wait for so many lines of text; returns all that came."""
        await self._until(lambda: len(self._lines()) >= count)
        return self._lines()

    def _lines(self) -> list[str]:
        return [frame for frame in self.frames if not frame.startswith("{")]

    async def event(self, name: str, count: int = 1) -> None:
        """Wait until so many events have come."""
        await self._until(lambda: [json.loads(frame)["event"] for frame in self._events()].count(name) >= count)

    def _events(self) -> list[str]:
        return [frame for frame in self.frames if frame.startswith("{")]

    def heard(self) -> bytes:
        """Return the audio that has come."""
        payloads = (json.loads(frame).get("media", {}).get("payload", "") for frame in self._events())
        return b"".join(base64.b64decode(payload) for payload in payloads)

    async def closed(self) -> int | None:
        """Wait for the close; returns its code."""
        await asyncio.wait_for(self.reading, PATIENCE)
        return self.socket.close_code

    async def _until(self, true: object) -> None:
        assert callable(true)
        async with asyncio.timeout(PATIENCE), self._changed:
            await self._changed.wait_for(lambda: self.reading.done() or true())
        assert true(), f"it did not come; last: {self.frames[-2:]}"


@asynccontextmanager
async def mahilo(url: str, agent: str = "", *, voice: bool = False) -> AsyncIterator[MahiloClient]:
    """Connect a client to an agent, as it is connected by its library."""
    path = f"/ws/voice-stream/{agent}" if voice else f"/ws/{agent}"
    async with connect(f"{url}{path}", max_size=None) as socket:
        client = MahiloClient(socket)
        yield client
    await client.reading
