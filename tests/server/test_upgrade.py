"""Requests for a WebSocket: what the application may answer, and what uvicorn does with them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import structlog
from fastapi import FastAPI, WebSocket
from fastapi.responses import JSONResponse
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosedError, InvalidStatus

from orchestrator.server import upgrade as upgrade_module
from tests.gateway.serving import serve_app
from tests.patience import PATIENCE

Endpoint = Callable[[WebSocket], Awaitable[None]]


def application(endpoint: Endpoint) -> FastAPI:
    app = FastAPI()
    app.add_api_websocket_route("/a place", endpoint)
    return app


async def refused(endpoint: Endpoint, path: str = "/a%20place") -> Any:
    """Return the response to a request that is not accepted."""
    async with serve_app(application(endpoint)) as port:
        with pytest.raises(InvalidStatus) as caught:
            await connect(f"ws://127.0.0.1:{port}{path}")
    return caught.value.response


async def test_the_request_is_seen_whole() -> None:
    """Path, query, headers, the peer; the subprotocol that was chosen is answered."""
    seen: dict[str, Any] = {}

    async def accept(websocket: WebSocket) -> None:
        seen.update(websocket.scope)
        await websocket.accept(subprotocol="two", headers=[(b"x-more", b"said")])

    long = "x" * 9000
    async with serve_app(application(accept)) as port:
        url = f"ws://127.0.0.1:{port}/a%20place?model=m%26m"
        async with connect(url, subprotocols=["one", "two"], additional_headers={"X-Long": long}) as client:  # type: ignore[list-item]
            assert client.subprotocol == "two"
            assert client.response is not None
            assert client.response.headers["x-more"] == "said"
    assert (seen["path"], seen["raw_path"], seen["query_string"]) == ("/a place", b"/a%20place", b"model=m%26m")
    assert (b"x-long", long.encode()) in seen["headers"]
    assert (seen["subprotocols"], seen["scheme"], seen["client"][0]) == (["one", "two"], "ws", "127.0.0.1")


async def test_a_refusal_is_a_whole_response() -> None:
    """Status, headers and body, before any upgrade."""

    async def deny(websocket: WebSocket) -> None:
        await websocket.send_denial_response(JSONResponse({"error": "busy"}, 503, {"Retry-After": "5"}))

    response = await refused(deny)
    assert (response.status_code, response.body) == (503, b'{"error":"busy"}')
    assert (response.headers["Retry-After"], response.headers["Content-Length"]) == ("5", "16")


async def test_a_refusal_without_words() -> None:
    """A close before the upgrade is 403, as a place that does not exist."""
    assert (await refused(lambda websocket: websocket.close())).status_code == 403
    assert (await refused(lambda websocket: websocket.close(), "/elsewhere")).status_code == 403


async def test_a_mistake_of_the_application_is_answered_too() -> None:
    """500 before the upgrade, with a line in the log; the same when it says nothing at all."""

    async def fail(websocket: WebSocket) -> None:
        raise RuntimeError("a mistake of ours")

    async def say_nothing(websocket: WebSocket) -> None:
        pass

    with structlog.testing.capture_logs() as logs:
        assert (await refused(fail)).status_code == 500
        assert (await refused(say_nothing)).status_code == 500
    assert [line["event"] for line in logs] == ["socket failed"]


HANDSHAKE = {
    "Host": "x",
    "Connection": "keep-alive, Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({}, "101"),
        ({"Upgrade": "WebSocket"}, "101"),
        ({"Sec-WebSocket-Key": ""}, "400"),
        ({"Sec-WebSocket-Key": "A" * 10_000}, "400"),
        ({"Sec-WebSocket-Version": "99"}, "400"),
    ],
    ids=["as Firefox", "in capitals", "no key", "long key", "version"],
)
async def test_the_handshake_is_checked(said: dict[str, str], status: str) -> None:
    """What is wrong is answered with 400, and the application is told that nothing came of it."""
    told: asyncio.Queue[str] = asyncio.Queue()

    async def accept(websocket: WebSocket) -> None:
        await websocket.accept()
        told.put_nowait((await websocket.receive())["type"])

    async with serve_app(application(accept)) as port, asyncio.timeout(PATIENCE):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        lines = ["GET /a%20place HTTP/1.1", *(f"{name}: {value}" for name, value in {**HANDSHAKE, **said}.items())]
        writer.write("\r\n".join([*lines, "", ""]).encode())
        assert (await reader.readline()).split()[1].decode() == status
        writer.close()
        assert await told.get() == "websocket.disconnect"


ODD = {
    "version": [b"\x80", b"13\xff", b"\xc3\xa9", b"13, 13", b"13;", b"\x1b[0m", b"9" * 9000, b"\xed\xb2\x80"],
    "key": [b"\x80", HANDSHAKE["Sec-WebSocket-Key"].encode() + b"\xff", b"\x01", b"A" * 9000, b"AAAA", b"\\x80"],
}


@pytest.mark.parametrize(
    ("header", "value"), [(f"Sec-WebSocket-{name.title()}", value) for name, values in ODD.items() for value in values]
)
async def test_p52_a_handshake_that_makes_no_sense_leaves_nothing(header: str, value: bytes) -> None:
    """P52: it is answered with 400, whatever bytes are in it, and the connection is closed."""
    assert await answer_to([*((name, said) for name, said in HANDSHAKE.items() if name != header), (header, value)])


@pytest.mark.parametrize("header", ["Sec-WebSocket-Key", "Sec-WebSocket-Version"])
async def test_p52_a_header_said_twice_is_no_header(header: str) -> None:
    """P52: with two keys or two versions a handshake is invalid, and so it is with none."""
    assert await answer_to([*HANDSHAKE.items(), (header, HANDSHAKE[header])])
    assert await answer_to([(name, said) for name, said in HANDSHAKE.items() if name != header])


async def test_p52_whatever_is_raised_the_connection_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """P52: also what the library was never seen to raise."""

    def stumble(protocol: object, nbytes: int) -> None:
        raise UnicodeDecodeError("ascii", b"", 0, 1, "nobody expected this")

    library = vars(upgrade_module)["WSProtocol"]
    monkeypatch.setattr(upgrade_module, "WSProtocol", type("Stumbling", (library,), {"buffer_updated": stumble}))
    assert await answer_to(list(HANDSHAKE.items()))


async def answer_to(headers: list[tuple[str, str | bytes]]) -> bool:
    """Return whether a handshake is answered with 400, and its connection closed without our doing."""
    lines = [f"{name}: ".encode() + (said if isinstance(said, bytes) else said.encode()) for name, said in headers]

    async def accept(websocket: WebSocket) -> None:
        await websocket.accept()

    async with serve_app(application(accept)) as port, asyncio.timeout(PATIENCE):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"\r\n".join([b"GET /a%20place HTTP/1.1", *lines, b"", b""]))
        answer = await reader.read()
        writer.close()
    return answer.startswith(b"HTTP/1.1 400 ")


async def test_a_peer_that_goes_before_the_answer_leaves_nothing() -> None:
    """Neither a task nor a word in the log."""
    went, told = asyncio.Event(), asyncio.Event()

    async def accept(websocket: WebSocket) -> None:
        await went.wait()
        await websocket.accept()
        assert (await websocket.receive())["type"] == "websocket.disconnect"
        told.set()

    before = asyncio.all_tasks()
    async with serve_app(application(accept)) as port, asyncio.timeout(PATIENCE):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        lines = ["GET /a%20place HTTP/1.1", *(f"{name}: {value}" for name, value in HANDSHAKE.items())]
        writer.write("\r\n".join([*lines, "", ""]).encode())
        await writer.drain()
        writer.transport.abort()
        await writer.wait_closed()
        went.set()
        await told.wait()
    assert asyncio.all_tasks() == before


async def test_a_server_that_stops_closes_its_sockets() -> None:
    """With 1012: another try helps."""
    told: list[int] = []

    async def hold(websocket: WebSocket) -> None:
        await websocket.accept()
        told.append((await websocket.receive())["code"])

    async with asyncio.timeout(PATIENCE):
        async with serve_app(application(hold)) as port:
            client = await connect(f"ws://127.0.0.1:{port}/a%20place")
        with pytest.raises(ConnectionClosedError):
            await client.recv()
    assert client.close_code == 1012
    assert told == [1012]
