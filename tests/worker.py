"""Somebody who works at the desk, in a test of whole calls: a plain client of the desk's socket."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from orchestrator.testing import call
from tests.calls import CallerClient, Desk
from tests.patience import PATIENCE

Event = dict[str, Any]
OFFICE = """
team: helpdesk
providers: {{service: {{url: "{url}"}}}}
variables:
  card: {{type: string, set_by: take_card, secret: true}}
rules: [card stays in billing]
agents:
  front:
    model: service/front
    instructions: Find out what the caller needs.
    tools: [tools.py:wait_long]
    handoffs: [billing, colleague, nurse]
  billing:
    model: service/billing
    voice: cedar
    instructions: Solve questions about invoices.
    tools: [tools.py:take_card]
    handoffs: [front, colleague]
  colleague:
    kind: person
    description: a colleague of flesh and blood
    desk: support
    brief: spoken
    wait: {{limit: 60, say: I am looking for a colleague., then: billing}}
    handoffs: [billing, nurse]
    tools: [tools.py:find_order]
  nurse:
    kind: person
    description: a nurse
    desk: ward
    brief: none
    wait: {{limit: 0.3, say: I am looking for a nurse., then: front, sound: none}}
people:
  support: {{}}
  ward: {{}}
  chief: {{secrets: shown}}
  trainee: {{may: [listen]}}
  writer: {{may: [note]}}
"""
OFFICE_TOOLS = '''
"""Tools of the test team."""
import asyncio
from pathlib import Path


def find_order(number: str) -> str:
    """Find an order."""
    return f"Order {number} is on its way."


def take_card(call, number: str) -> str:
    """Take a card's number."""
    call.variables["card"] = number
    return "Taken."


async def wait_long() -> str:
    """Take as long as the test wants."""
    while not Path(__file__).with_name("go").exists():
        await asyncio.sleep(0.01)
    return "finally"
'''


class WorkerClient:
    """Keeps every event that the desk sends."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.events: list[Event] = []
        self._changed = asyncio.Condition()
        self.reading = asyncio.get_running_loop().create_task(self._read())

    async def _read(self) -> None:
        with suppress(ConnectionClosed):
            async for frame in self.socket:
                async with self._changed:
                    self.events.append(json.loads(frame))
                    self._changed.notify_all()
        async with self._changed:
            self._changed.notify_all()

    async def send(self, kind: str, **fields: Any) -> None:
        """Send one event."""
        await self.socket.send(json.dumps({"type": kind, **fields}))

    async def do(self, name: str, /, **fields: Any) -> None:
        """Send `team.person.NAME`."""
        await self.send(f"team.person.{name}", **fields)

    async def speak(self, number: int) -> None:
        """Say 20 ms of audio that names itself."""
        await self.send("input_audio_buffer.append", audio=audio(number))

    def of(self, kind: str) -> list[Event]:
        """Return the events of a type that have come so far."""
        return [event for event in self.events if event["type"] == kind]

    async def until(self, kind: str, count: int = 1, *, where: Callable[[Event], bool] = lambda _: True) -> Event:
        """Wait until an event has come `count` times; returns the last of these."""

        def found() -> list[Event]:
            return [event for event in self.of(kind) if where(event)]

        async with asyncio.timeout(PATIENCE), self._changed:
            await self._changed.wait_for(lambda: self.reading.done() or len(found()) >= count)
        assert len(found()) >= count, f"{kind} did not come {count} times; last: {self.events[-2:]}"
        return found()[count - 1]

    async def told(self, name: str, count: int = 1) -> Event:
        """Wait for `team.person.NAME`."""
        return await self.until(f"team.person.{name}", count)

    async def refused(self, count: int = 1) -> Event:
        """Wait for an `error`; returns what it says."""
        error: Event = (await self.until("error", count))["error"]
        return error

    def heard(self, leg: str = "caller") -> list[int]:
        """Return the numbers of the audio of one side, in order."""
        return [number_of(event["delta"]) for event in self.of("team.audio.delta") if event["leg"] == leg]


def audio(number: int, size: int = 960) -> str:
    """Return 20 ms of audio that names itself, in base64."""
    return base64.b64encode(number.to_bytes(4, "little") + bytes(size - 4)).decode()


def number_of(delta: str) -> int:
    """Return the name of a piece of audio."""
    return int.from_bytes(base64.b64decode(delta)[:4], "little")


@asynccontextmanager
async def worker(at: Desk, role: str = "support", query: str = "", **how: Any) -> AsyncIterator[WorkerClient]:
    """Connect somebody to the desk."""
    async with connect(f"{at.url}/v1/realtime?desk={role}{query}", max_size=None, **how) as socket:
        client = WorkerClient(socket)
        await client.until("team.desk.opened")
        yield client
    await client.reading


async def wait_for(at: Desk, caller: CallerClient, person: str = "colleague") -> None:
    """Let a caller ask for a person."""
    at.service.reply("front", call(f"transfer_to_{person}", reason="wants a human"))
    await caller.type("A person please.")
    await caller.until("team.person.waiting")


async def connected(at: Desk, caller: CallerClient, client: WorkerClient) -> str:
    """Let a caller ask for a person, who takes the call; returns its id."""
    call_id = str(caller.of("session.created")[0]["session"]["id"])
    await wait_for(at, caller)
    await client.do("accept", call=call_id)
    await client.told("joined")
    await caller.until("team.handoff.completed", where=lambda event: event["to"] == "colleague")
    return call_id
