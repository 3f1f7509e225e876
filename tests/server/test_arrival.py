"""Connections that bring a request: soon, and one only."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from fastapi import FastAPI, Request, WebSocket
from websockets.asyncio.client import connect

from orchestrator.server import arrival
from orchestrator.server.arrival import ONE_REQUEST, Arrival
from tests.gateway.serving import serve_app
from tests.patience import PATIENCE

LONG = 16 * 1024 * 1024
HEAD = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n"


@asynccontextmanager
async def served() -> AsyncIterator[int]:
    """Serve one address that repeats what it is sent, over HTTP and over a WebSocket."""
    app = FastAPI()

    @app.post("/")
    async def repeat(request: Request) -> str:
        return (await request.body()).decode()

    @app.get("/long")
    async def long() -> str:
        return "x" * LONG

    @app.websocket("/")
    async def repeat_text(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.send_text(await websocket.receive_text())

    async with serve_app(app, http=Arrival, headers=[ONE_REQUEST]) as port:
        yield port


@pytest.mark.parametrize(
    "said", [b"", b"POST / HT", HEAD, HEAD + b"\r\nab"], ids=["nothing", "half a line", "half a head", "half a body"]
)
async def test_what_does_not_come_in_time_is_cut(monkeypatch: pytest.MonkeyPatch, said: bytes) -> None:
    """Silence, and a request that drips."""
    monkeypatch.setattr(arrival, "ARRIVAL_SECONDS", 0.1)
    async with served() as port, asyncio.timeout(PATIENCE):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(said)
        with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
            await reader.readexactly(1)
        writer.close()


async def test_a_connection_brings_one_request() -> None:
    """It is answered, and the connection closed; what came behind is not read."""
    async with served() as port, asyncio.timeout(PATIENCE):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write((HEAD + b"\r\nabcd") * 2)
        answer = await reader.read()
        writer.close()
    assert answer.startswith(b"HTTP/1.1 200")
    assert answer.count(b"HTTP/1.1") == 1
    assert b"connection: close" in answer
    assert answer.endswith(b'"abcd"')


UPGRADE = (
    b"Host: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET / HTTP/1.1\r\n" + UPGRADE + b"Content-Length: 0\r\n\r\n", b"101"),
        (b"POST / HTTP/1.1\r\n" + UPGRADE + b"\r\n", b"400"),
        (b"GET / HTTP/1.0\r\n" + UPGRADE + b"\r\n", b"400"),
        (b"GET / HTTP/1.1\r\n" + UPGRADE + b"Content-Length: 5\r\n\r\nhello", b"400"),
        (b"GET / HTTP/1.1\r\n" + UPGRADE + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\n" + UPGRADE + b"\r\n\x81\x82\0\0\0\0{}", b"400"),
        ((b"GET / HTTP/1.1\r\n" + UPGRADE + b"\r\n") * 2, b"400"),
    ],
    ids=["right", "method", "old", "body", "chunks", "frame behind", "request behind"],
)
async def test_p52_only_what_can_be_upgraded_is(request_: bytes, status: bytes) -> None:
    """P52: a method, a body, or bytes behind it that no handshake has are refused, and the connection is closed."""
    async with served() as port, asyncio.timeout(PATIENCE):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request_)
        assert (await reader.readline()).split()[1] == status
        if status == b"400":
            await reader.read()
        writer.close()


async def test_a_websocket_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its request is here: it is not cut when a silent connection that came later is."""
    monkeypatch.setattr(arrival, "ARRIVAL_SECONDS", 0.1)
    async with served() as port, asyncio.timeout(PATIENCE), connect(f"ws://127.0.0.1:{port}/") as client:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
            await reader.readexactly(1)
        writer.close()
        await client.send("still here")
        assert await client.recv() == "still here"


async def test_p52_an_answer_that_is_not_read_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """P52: it would hold a descriptor for ever; whoever reads later gets what was on the way."""
    monkeypatch.setattr(arrival, "ARRIVAL_SECONDS", 0.1)
    monkeypatch.setattr(arrival, "ANSWER_SECONDS", 0.1)
    async with served() as port, asyncio.timeout(PATIENCE):
        with socket.socket() as peer:
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
            peer.setblocking(False)
            loop = asyncio.get_running_loop()
            await loop.sock_connect(peer, ("127.0.0.1", port))
            await loop.sock_sendall(peer, b"GET /long HTTP/1.1\r\nHost: x\r\n\r\n")
            for _ in range(3):  # one after the other, each of which is cut
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
                    await reader.readexactly(1)
                writer.close()
            read = 0
            while data := await loop.sock_recv(peer, 1024 * 1024):
                read += len(data)
    assert read < LONG
