"""A gateway in a test: the real application on a real server on loopback, with calls that the test drives."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import asynccontextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from orchestrator.core.events import CallerLeft, CallerSettings, Ending, Event
from orchestrator.core.state import Phase
from orchestrator.gateway import calls as calls_module
from orchestrator.gateway.calls import Calls
from orchestrator.gateway.resuming.cluster import Member
from orchestrator.gateway.teams.teams import Teams
from orchestrator.gateway.teams.version import Version
from orchestrator.observe.watch import Lookers
from orchestrator.records.audio import Recordings
from orchestrator.runner import Caller, Place
from orchestrator.server.app import create_app
from orchestrator.server.upgrade import Upgrade
from orchestrator.settings import Settings
from orchestrator.team import Team, load_team
from tests.patience import BUSY, PATIENCE
from tests.wire import asked_for_team_events, read, validate

TEAM = """
team: helpdesk
agents:
  front:
    description: Welcomes callers.
    instructions: Find out what the caller needs.
    voice: marin
    handoffs: [billing]
  billing:
    description: Invoices.
    instructions: Solve questions about invoices.
    voice: cedar
    turn_detection: {type: semantic_vad, eagerness: low}
    handoffs: [front]
"""


def helpdesk() -> Team:
    """Load a team of two agents."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "agents.yaml"
        path.write_text(TEAM, encoding="utf-8")
        return load_team(path, environ={})


def serving_only(team: Team, **said: Any) -> Teams:
    """Return the teams of a server that serves one; `said` is what its version has beside it."""
    return Teams([Version(team=team, **said)])


def only(teams: Teams) -> Version:
    """Return the version of the only team."""
    (served,) = teams
    return served.current


def keep_sound(calls: Calls, folder: Path, pause_in: Collection[str] = ()) -> None:
    """Keep the sound of the calls from here on."""
    calls.recordings = Recordings(folder)
    keeping = only(calls.teams).keeping
    keeping.recordings, keeping.pause_in = calls.recordings, pause_in


class ScriptedCall:
    """Stands where a running call stands: remembers what the caller did; the test says what the agents do."""

    def __init__(self, *, place: Place, caller: Caller, lookers: Lookers | None = None, **_: object) -> None:
        self.call_id, self.caller, self.place = place.call, caller, place
        # Who is told of what happens in it.
        self.lookers = lookers or Lookers()
        self.events: asyncio.Queue[Event] = asyncio.Queue()
        self.settings: CallerSettings | None = None
        self.left = asyncio.Event()
        self.leaving = False
        # What the core would remember, as far as anybody looks.
        self.state: Any = SimpleNamespace(at_rest=True, phase=Phase.TALKING)

    def refusal(self, agent: str) -> str | None:
        return None if agent == "billing" else f"There is no agent {agent!r} in this team."

    def seat_refusal(self, agent: str, seat: str) -> str | None:
        if self.leaving:
            return "The call is ending."
        return self.refusal(agent) or ("The seat 'taken' is taken." if seat == "taken" else None)

    def close(self) -> None:
        """Let go of nothing: nothing runs."""

    def when_known(self, do: Callable[[], None]) -> None:
        """Do it at once: nothing is to be told any more."""
        do()

    def feed(self, event: Event) -> None:
        self.events.put_nowait(event)
        if isinstance(event, CallerLeft):
            self.caller.end(event.ending, event.reason)
            self.left.set()

    def end(self, ending: Ending, reason: str) -> None:
        """End the call as the core would."""
        self.caller.end(ending, reason)
        self.left.set()

    async def run(
        self, settings: Callable[[], CallerSettings], variables: Mapping[str, Any], taken_over: object = None
    ) -> None:
        self.settings = settings()
        await self.left.wait()

    async def next(self) -> Event:
        """Wait for the next event of the caller."""
        return await asyncio.wait_for(self.events.get(), PATIENCE)


@dataclass
class Gateway:
    """A served application; `calls` are those begun so far."""

    app: FastAPI
    port: int
    calls: list[ScriptedCall] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)  # set when there is one

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def connect(self, path: str = "/v1/realtime?model=helpdesk", **options: Any) -> connect:
        """Connect as a caller."""
        return connect(f"ws://127.0.0.1:{self.port}{path}", max_size=None, **options)

    async def post(self, path: str, **request: Any) -> httpx.Response:
        """Send a POST request."""
        async with httpx.AsyncClient(base_url=self.url) as client:
            return await client.post(path, **request)


class QuietServer(uvicorn.Server):
    """A server that leaves the process's signals alone."""

    def capture_signals(self) -> nullcontext[None]:  # type: ignore[override]
        return nullcontext()


@asynccontextmanager
async def serve_app(app: FastAPI, **options: Any) -> AsyncIterator[int]:
    """Serve an application on a free port of loopback; yields the port."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen()  # callers may connect before the server is up
    options = {"ws": Upgrade, **options}
    config = uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=5, **options)
    server = QuietServer(config)
    async with asyncio.TaskGroup() as group:
        serving = group.create_task(server.serve([listening]), name="server")
        try:
            yield listening.getsockname()[1]
        finally:
            server.should_exit = True
            await serving


@asynccontextmanager
async def serve(
    monkeypatch: pytest.MonkeyPatch,
    *,
    server_frame: int = 0,
    ws: Any = Upgrade,
    team: Team | None = None,
    teams: Teams | None = None,
    fleet: Member | None = None,
    **said: Any,
) -> AsyncIterator[Gateway]:
    """Serve the helpdesk, or another team, or several, with scripted calls.

    `said` are settings, `server_frame` is the server's own limit, `ws` is who speaks WebSocket for it.
    """
    settings = Settings(**{"drain": 0.0, "max_lag": BUSY, **said})
    app = create_app(teams=teams or serving_only(team or helpdesk()), settings=settings, fleet=fleet)
    gateway = Gateway(app, 0)

    def start(**given: Any) -> ScriptedCall:
        gateway.calls.append(ScriptedCall(**given))
        gateway.news.set()
        return gateway.calls[-1]

    monkeypatch.setattr(calls_module, "RunningCall", start)
    async with serve_app(app, ws=ws, ws_max_size=server_frame or settings.max_frame) as gateway.port:
        yield gateway


async def receive(socket: ClientConnection) -> dict[str, Any]:
    """Return the next server event, checked against the official client's types."""
    event = read(await asyncio.wait_for(socket.recv(), PATIENCE))
    validate(event, team_events=asked_for_team_events(socket))
    return event


async def receive_all(socket: ClientConnection) -> list[dict[str, Any]]:
    """Return the events until the socket closes."""
    events = []
    with suppress(ConnectionClosed):
        while True:
            events.append(await receive(socket))
    return events


async def send(socket: ClientConnection, **event: Any) -> None:
    """Send a client event."""
    await socket.send(json.dumps(event))
