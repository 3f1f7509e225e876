"""Two nodes in one process: two applications on real sockets, one scripted service behind them, one fleet."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Any

from fastapi import FastAPI
from websockets.asyncio.client import connect

from orchestrator.fleet.port import Address
from orchestrator.fleet.starting import fleet_for
from orchestrator.gateway.calls import Calls
from orchestrator.gateway.resuming.cluster import Member
from orchestrator.gateway.teams.teams import Teams
from orchestrator.server.app import create_app
from orchestrator.server.loading import load
from orchestrator.server.serve import Deployment, running
from orchestrator.settings import Settings
from orchestrator.testing import ScriptedRealtime
from orchestrator.testing.script import Ears
from tests.calls import TEAM, TOOLS, CallerClient
from tests.gateway.resuming.fleets import MemoryFleet, Store
from tests.patience import BUSY, PATIENCE


class Station:
    """One node."""

    def __init__(self, name: str, app: FastAPI, fleet: MemoryFleet) -> None:
        self.name, self.app, self.fleet, self.url = name, app, fleet, ""
        self.calls: Calls = app.state.calls
        self._sockets: list[Any] = []

    @asynccontextmanager
    async def caller(self, query: str = "events=team,resume", **how: Any) -> AsyncIterator[CallerClient]:
        """Connect a caller."""
        async with connect(f"{self.url}/v1/realtime?model=helpdesk&{query}", max_size=None, **how) as socket:
            self._sockets.append(socket)
            client = CallerClient(socket)
            await client.until("session.created")
            yield client
        await client.reading
        assert client.wrong == []

    async def refused(self, query: str) -> tuple[str, int]:
        """Connect a caller who is refused; return the code of the `error` event, and that of the close."""
        return await refused(self.url, query)

    @asynccontextmanager
    async def back(self, caller: CallerClient, more: str = "") -> AsyncIterator[CallerClient]:
        """Connect a caller who comes back to their call."""
        async with self.caller(f"resume={token_of(caller)}&events=team{more}") as again:
            yield again

    async def quiet(self) -> None:
        """Wait until no call is open."""
        await asyncio.wait_for(self.calls.emptied.wait(), PATIENCE)

    async def kill(self) -> None:
        """Be gone as a process that is killed: nothing is told to anybody, and all sockets break."""
        self.fleet.kill()
        for socket in self._sockets:
            cut(socket)
        await self.quiet()


async def refused(url: str, query: str) -> tuple[str, int]:
    """Connect a caller who is refused; return the code of the `error` event, and that of the close."""
    async with connect(f"{url}/v1/realtime?model=helpdesk&{query}") as socket:
        event = json.loads(await asyncio.wait_for(socket.recv(), PATIENCE))
        await asyncio.wait_for(socket.wait_closed(), PATIENCE)
        assert socket.close_code is not None
        return str(event["error"]["code"]), socket.close_code


def cut(socket: Any) -> None:
    """Let a socket break, without a close frame."""
    socket.transport.abort()


def token_of(caller: CallerClient) -> str:
    """Return the newest token that a caller was given."""
    return str(caller.of("team.call.resumable")[-1]["token"])


class Nodes:
    """All of it."""

    def __init__(self, service: ScriptedRealtime, store: Store, stations: list[Station], folder: Path) -> None:
        self.service, self.store, self.folder = service, store, folder
        self.one, self.two = stations

    def go(self) -> None:
        """Let the tool go on that waits for it."""
        (self.folder / "go").touch()


@asynccontextmanager
async def nodes(
    text: str = TEAM,
    tools: str = TOOLS,
    files: Mapping[str, str] = MappingProxyType({}),
    ears: Ears | None = None,
    redis: str = "",
    **overrides: Any,
) -> AsyncIterator[Nodes]:
    """Serve a team from two nodes; `files` are those beside its own, `overrides` are settings of both.

    `redis` is the address of a real one, which they share then.
    """
    settings = Settings(**{"port": 0, "drain": 0.0, "max_lag": BUSY, **overrides})
    with TemporaryDirectory() as folder:
        async with ScriptedRealtime(ears=ears) as service, AsyncExitStack() as stack:
            path = Path(folder) / "agents.yaml"
            path.write_text(text.format(url=service.url), encoding="utf-8")
            for name, written in {"tools.py": tools, **files}.items():
                (path.parent / name).write_text(written, encoding="utf-8")
            store, stations = Store(), list[Station]()
            for name in ("one", "two"):
                teams, fleet = Teams([load(path, settings)]), store.node(name)
                member: Member | None = fleet
                if redis:
                    member = fleet_for(Settings(cluster=redis, secret="s" * 32), 8000)
                app = create_app(teams=teams, settings=settings, fleet=member)
                station = Station(name, app, fleet)
                station.url = await stack.enter_async_context(running(Deployment(teams, app), settings))
                fleet.address = Address(name, station.url.replace("ws://", "http://"))
                stations.append(station)
            yield Nodes(service, store, stations, path.parent)


class FrontEnd:
    """What stands before two nodes: connections go to the one until they are cut, and then to the other."""

    def __init__(self, both: Nodes) -> None:
        self._ports = [int(station.url.rpartition(":")[2]) for station in (both.one, both.two)]
        self._writers: list[asyncio.StreamWriter] = []
        self._at = 0
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve a connection until either side closes it."""
        inward, outward = await asyncio.open_connection("127.0.0.1", self._ports[self._at])
        self._writers += [writer, outward]
        with suppress(OSError):
            await asyncio.gather(pump(reader, outward), pump(inward, writer))

    def cut(self) -> None:
        """Break all connections; those that come now go to the other node."""
        self._at = 1
        for writer in self._writers:
            writer.transport.abort()


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass on what comes, to the end."""
    with suppress(OSError):
        while read := await reader.read(65_536):
            writer.write(read)
    writer.close()


@asynccontextmanager
async def in_front(both: Nodes) -> AsyncIterator[FrontEnd]:
    """Listen before two nodes."""
    front = FrontEnd(both)
    server = await asyncio.start_server(front.serve, "127.0.0.1", 0)
    front.port = server.sockets[0].getsockname()[1]
    async with server:
        yield front
        front.cut()
