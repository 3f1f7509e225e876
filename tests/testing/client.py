"""Clients of the scripted server: one over a socket, one without; both check every event against the official types."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from openai.types.realtime import RealtimeServerEvent
from pydantic import TypeAdapter
from websockets.asyncio.client import ClientConnection, connect

from orchestrator.testing import ScriptedRealtime, ScriptedSession
from orchestrator.testing.script import Script
from tests.patience import PATIENCE

SERVER_EVENT: TypeAdapter[Any] = TypeAdapter(RealtimeServerEvent)
FRAME = 1440  # bytes in 30 ms of PCM16
HELLO: dict[str, Any] = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hello."}]}
TRANSCRIBED: dict[str, Any] = {"audio": {"input": {"transcription": {"model": "gpt-transcribe"}}}}
Event = dict[str, Any]


def tone(ms: int, level: int = 2000) -> bytes:
    """Return something loud, in 24 kHz PCM16."""
    return level.to_bytes(2, "little", signed=True) * (24 * ms)


def frames(pcm: bytes) -> list[bytes]:
    """Cut audio into frames of 30 ms, which turn detection has to cut anew."""
    return [pcm[at : at + FRAME] for at in range(0, len(pcm), FRAME)]


def valid(frame: str | bytes) -> Event:
    """Return the event of a frame; it has to be one that the official types accept."""
    event: Event = json.loads(frame)
    SERVER_EVENT.validate_python(event)
    return event


def kinds(events: list[Event]) -> list[str]:
    """Return the types of events."""
    return [event["type"] for event in events]


class SessionClient:
    """A session without a socket: client events go in, server events come out, and the test moves the clock."""

    def __init__(self, script: Script | None = None, **fields: Any) -> None:
        self.script = script or Script()
        self.session = ScriptedSession(1, "front", self.script)
        self.now = 0.0
        self.session.open()
        self.opening = self.send("session.update", session={"type": "realtime", **fields})

    def events(self, now: float | None = None) -> list[Event]:
        """Return the events that are due by now."""
        self.now = self.now if now is None else now
        events: list[Event] = []
        while (frame := self.session.next_frame(self.now)) is not None:
            events.append(valid(frame))
        return events

    def send(self, kind: str, **fields: Any) -> list[Event]:
        """Send a client event; returns the events that are due then."""
        self.session.receive({"type": kind, **fields})
        return self.events()

    def respond(self, **options: Any) -> Event:
        """Ask for a response that ends at once; returns it."""
        done = next(event for event in self.send("response.create", response=options) if is_done(event))
        response: Event = done["response"]
        return response

    def refusal(self, kind: str, **fields: Any) -> tuple[str, str | None]:
        """Send an event that is refused; returns code and param. The error names the event."""
        (event,) = self.send(kind, event_id="mine", **fields)
        assert (event["type"], event["error"]["event_id"]) == ("error", "mine")
        return event["error"]["code"], event["error"]["param"]


def is_done(event: Event) -> bool:
    """Return whether an event ends a response."""
    return bool(event["type"] == "response.done")


class SocketClient:
    """A plain client over a socket."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.seen: list[Event] = []

    async def send(self, kind: str, **fields: Any) -> None:
        """Send one client event."""
        await self.socket.send(json.dumps({"type": kind, **fields}))

    async def until(self, kind: str, where: Callable[[Event], bool] = lambda _: True) -> Event:
        """Read up to an event."""
        async with asyncio.timeout(PATIENCE):
            while True:
                event = valid(await self.socket.recv())
                self.seen.append(event)
                if event["type"] == kind and where(event):
                    return event


@asynccontextmanager
async def talking(server: ScriptedRealtime, **session: Any) -> AsyncIterator[SocketClient]:
    """Connect and configure."""
    async with connect(f"{server.url}?model=front") as socket:
        client = SocketClient(socket)
        await client.until("session.created")
        await client.send("session.update", session={"type": "realtime", **session})
        await client.until("session.updated")
        yield client
