"""Whole calls over real sockets: a scripted Realtime service, the gateway as a user starts it, and a caller."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pydantic import ValidationError
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from orchestrator.gateway.admission import Admission
from orchestrator.gateway.calls import Calls
from orchestrator.local import LocalProvider
from orchestrator.server.edits.edits import Edits
from orchestrator.server.serve import Deployment, build, running
from orchestrator.settings import Settings
from orchestrator.testing import ScriptedRealtime
from orchestrator.testing.script import Ears
from tests.gateway.serving import only
from tests.patience import BUSY, PATIENCE
from tests.wire import asked_for_team_events, read, validate

Event = dict[str, Any]
TEAM = """
team: helpdesk
providers: {{service: {{url: "{url}"}}}}
variables: {{customer: null}}
limits: {{handoffs: 4, tool: 60}}
agents:
  front:
    model: service/front
    instructions: Find out what the caller needs.
    greeting: Hello, this is Acme.
    tools: [tools.py]
    handoffs: [billing, tech]
  billing:
    model: service/billing
    voice: cedar
    instructions: Solve questions about invoices.
    handoffs: [front]
  tech:
    model: service/tech
    voice: coral
    instructions: Fix technical problems.
    handoffs: [front]
"""
TOOLS = '''
"""Tools of the test team."""
import asyncio
from pathlib import Path


def find_order(number: str) -> str:
    """Find an order."""
    return f"Order {number} is on its way."


def break_down() -> str:
    """Fail."""
    raise RuntimeError("the database is away")


async def wait_long() -> str:
    """Take as long as the test wants."""
    while not Path(__file__).with_name("go").exists():
        await asyncio.sleep(0.01)
    return "finally"


async def wait_for_ever(call) -> str:
    """Never end; say which function call was stopped."""
    try:
        await asyncio.Event().wait()
    finally:
        Path(__file__).with_name("stopped").write_text(call.function_call, encoding="utf-8")


def escalate(call) -> str:
    """Hand the caller to the technicians."""
    call.hand_over("tech", "it is urgent")
    return "Escalated."
'''


class CallerClient:
    """A plain Realtime client that keeps every event it gets, and checks each as a strict client would."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.events: list[Event] = []
        self.wrong: list[str] = []  # events that a strict client would reject
        self._changed = asyncio.Condition()
        self.reading = asyncio.get_running_loop().create_task(self._read())

    async def _read(self) -> None:
        with suppress(ConnectionClosed):
            async for frame in self.socket:
                event = json.loads(frame)
                try:
                    validate(read(frame), team_events=asked_for_team_events(self.socket))
                except (AssertionError, ValidationError) as error:
                    self.wrong.append(f"{error}: {event}")
                async with self._changed:
                    self.events.append(event)
                    self._changed.notify_all()
        async with self._changed:
            self._changed.notify_all()

    async def send(self, kind: str, **fields: Any) -> None:
        """Send one client event."""
        await self.socket.send(json.dumps({"type": kind, **fields}))

    async def speak(self, frames: int = 1) -> None:
        """Send silence, in frames of 20 ms."""
        for _ in range(frames):
            await self.send("input_audio_buffer.append", audio=base64.b64encode(bytes(960)).decode())

    async def type(self, text: str) -> None:
        """Type something and ask for a response."""
        item = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}
        await self.send("conversation.item.create", item=item)
        await self.send("response.create")

    def of(self, kind: str) -> list[Event]:
        """Return the server events of a type that have come so far."""
        return [event for event in self.events if event["type"] == kind]

    async def until(self, kind: str, count: int = 1, *, where: Callable[[Event], bool] = lambda _: True) -> Event:
        """Wait until an event has come `count` times; returns the last of these."""
        async with asyncio.timeout(PATIENCE), self._changed:
            await self._changed.wait_for(lambda: self.reading.done() or self._found(kind, where, count))
        assert self.wrong == []
        found = [event for event in self.of(kind) if where(event)]
        assert len(found) >= count, f"{kind} did not come {count} times; last: {self.events[-1:]}"
        return found[count - 1]

    def _found(self, kind: str, where: Callable[[Event], bool], count: int) -> bool:
        return len([event for event in self.of(kind) if where(event)]) >= count

    async def closed(self) -> tuple[int | None, str | None]:
        """Wait for the close; returns code and reason."""
        await asyncio.wait_for(self.socket.wait_closed(), PATIENCE)
        return self.socket.close_code, self.socket.close_reason

    @property
    def call(self) -> str:
        """The id of the call."""
        return str(self.of("session.created")[0]["session"]["id"])

    def voices(self) -> list[int]:
        """Return the numbers of the sessions whose audio was heard, in order; consecutive equal numbers count once."""
        numbers: list[int] = []
        for event in self.of("response.output_audio.delta"):
            number = int.from_bytes(base64.b64decode(event["delta"])[:2], "little")
            if numbers[-1:] != [number]:
                numbers.append(number)
        return numbers


class Desk:
    """A gateway that serves a team, and the scripted service behind it."""

    def __init__(self, service: ScriptedRealtime, url: str, state: Any, folder: Path) -> None:
        self.service, self.url, self.folder = service, url, folder
        self.calls: Calls = state.calls
        self.admission: Admission = state.admission
        self.edits: Edits = state.edits

    def go(self) -> None:
        """Let the tool go on that waits for it."""
        (self.folder / "go").touch()

    async def quiet(self) -> None:
        """Wait until no call is open."""
        await asyncio.wait_for(self.calls.emptied.wait(), PATIENCE)

    @asynccontextmanager
    async def caller(self, query: str = "events=team", **how: Any) -> AsyncIterator[CallerClient]:
        """Connect a caller."""
        async with connect(f"{self.url}/v1/realtime?model=helpdesk&{query}", max_size=None, **how) as socket:
            client = CallerClient(socket)
            await client.until("session.created")
            yield client
        await client.reading
        assert client.wrong == []

    @asynccontextmanager
    async def joining(self, caller: CallerClient, agent: str, more: str = "") -> AsyncIterator[CallerClient]:
        """Connect another caller to the call of one who has called already, and let them begin with an agent."""
        async with self.caller(f"events=team&call={caller.call}&agent={agent}{more}") as joined:
            yield joined


def load(house: Deployment) -> None:
    """Load the embedded models of a team that uses them, however long it takes."""
    local = only(house.teams).providers.get("local")
    if isinstance(local, LocalProvider):
        local.load()


@asynccontextmanager
async def desk(text: str = TEAM, tools: str = TOOLS, ears: Ears | None = None, **overrides: Any) -> AsyncIterator[Desk]:
    """Serve a team whose agents run on a scripted service; `tools` is its tools.py, `overrides` are settings.

    With `ears` the service hears turns and their words.
    """
    settings = Settings(**{"port": 0, "drain": 0.0, "max_lag": BUSY, **overrides})
    with TemporaryDirectory() as folder:
        async with ScriptedRealtime(ears=ears) as service:
            path = Path(folder) / "agents.yaml"
            path.write_text(text.format(url=service.url), encoding="utf-8")
            (path.parent / "tools.py").write_text(tools, encoding="utf-8")
            house = build(path, settings)
            load(house)
            async with running(house, settings) as url:
                yield Desk(service, url, house.app.state, path.parent)
