"""Connections whose first line says which worker they are for."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from orchestrator.server import relay
from orchestrator.server.relay import Sorter, pair
from tests.patience import PATIENCE

LONG = b"x" * 4_000_000


class Echo(asyncio.Protocol):
    """Stands for the protocol of a worker: repeats what it reads, behind a name."""

    def __init__(self, name: bytes) -> None:
        self.name, self.transport = name, asyncio.Transport()
        self.closed = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(self.name)

    def data_received(self, data: bytes) -> None:
        self.transport.write(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed.set()


@asynccontextmanager
async def sorting() -> AsyncIterator[tuple[int, list[Echo]]]:
    """Serve a port whose requests for `/other` are relayed; yields it, and what serves relayed ones."""
    loop, relayed = asyncio.get_running_loop(), list[Echo]()

    def elsewhere(request: bytes) -> socket.socket | None:
        if not request.startswith(b"GET /other"):
            return None
        ours, theirs = pair()
        theirs.setblocking(False)

        async def take() -> None:
            _, echo = await loop.create_connection(lambda: Echo(b"there:"), sock=theirs)
            relayed.append(echo)

        tasks.append(loop.create_task(take()))
        return ours

    tasks: list[asyncio.Task[None]] = []
    server = await loop.create_server(lambda: Sorter(set(), lambda: Echo(b"here:"), elsewhere), "127.0.0.1", 0)
    async with server, asyncio.timeout(PATIENCE):
        yield server.sockets[0].getsockname()[1], relayed


@pytest.mark.parametrize(("path", "name"), [(b"/mine", b"here:"), (b"/other", b"there:")])
async def test_p73_a_request_reaches_its_worker_whole(path: bytes, name: bytes) -> None:
    """P73: its first line in pieces, then more than the network holds at once, both ways."""
    async with sorting() as (port, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        first = b"GET " + path + b" HTTP/1.1\r\n"
        for piece in (first[:6], first[6:], LONG):
            writer.write(piece)
            await asyncio.sleep(0)
        assert await reader.readexactly(len(name + first + LONG)) == name + first + LONG
        writer.close()
        await writer.wait_closed()


async def test_p73_either_side_may_close(monkeypatch: pytest.MonkeyPatch) -> None:
    """P73: the other one is closed too."""
    async with sorting() as (port, relayed):
        for close_far in (True, False):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"GET /other HTTP/1.1\r\n")
            await reader.readuntil(b"\n")
            far = relayed.pop()
            if close_far:
                far.transport.close()
                assert await reader.read() == b""
            writer.close()
            await writer.wait_closed()
            await far.closed.wait()


async def test_p73_who_sends_no_line_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """P73: after the same time as without TLS."""
    monkeypatch.setattr(relay, "ARRIVAL_SECONDS", 0.05)
    async with sorting() as (port, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /mine")
        with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
            await reader.readexactly(1)
        writer.close()
