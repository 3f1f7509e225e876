"""A caller's WebSocket on picows: ASGI's messages, and frames past them."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from itertools import pairwise
from typing import Any

import pytest
from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from picows import WSTransport
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, ConnectionClosedError
from websockets.frames import Frame, Opcode

from orchestrator.gateway import caller_socket as caller_socket_module
from orchestrator.gateway.caller_socket import EXTENSION, LEFT, CallerSocket, Leaving
from orchestrator.gateway.inbox import Inbox
from orchestrator.protocol.share import SHARE, Share
from tests.gateway.serving import serve_app
from tests.patience import PATIENCE

Hold = Callable[[WebSocket], Awaitable[None]]


@asynccontextmanager
async def talking(hold: Hold, **options: Any) -> AsyncIterator[ClientConnection]:
    """Serve sockets with a handler that finds them accepted; yields a client."""
    app = FastAPI()

    async def accepted(websocket: WebSocket) -> None:
        await websocket.accept()
        await hold(websocket)

    app.add_api_websocket_route("/", accepted)
    async with serve_app(app, **options) as port, connect(f"ws://127.0.0.1:{port}/", max_size=None) as client:
        yield client


async def echo(websocket: WebSocket) -> None:
    while (message := await websocket.receive())["type"] == "websocket.receive":
        await websocket.send(
            {"type": "websocket.send", **{key: message[key] for key in ("text", "bytes") if key in message}}
        )


async def send_raw(client: ClientConnection, *frames: Frame) -> None:
    """Send frames as they are, whatever the protocol says to them."""
    for frame in frames:
        client.transport.write(frame.serialize(mask=True))


async def fill(websocket: WebSocket) -> None:
    """Write until a peer that does not read, and the kernel, take no more."""
    socket: CallerSocket = websocket.scope["extensions"][EXTENSION]
    with suppress(TimeoutError):
        while True:
            while socket.write("x" * 100_000):
                pass
            await asyncio.wait_for(websocket.send_text("more"), 0.05)  # the kernel may have found some room


async def test_messages_come_and_go() -> None:
    """Texts, bytes, and messages in pieces; several at once stay in order."""
    async with talking(echo) as client, asyncio.timeout(PATIENCE):
        for message in ("one", b"two", "", b"", "ü" * 100_000):
            await client.send(message)
            assert await client.recv() == message
        await client.send(iter(["in ", "three ", "pieces"]))
        assert await client.recv() == "in three pieces"
        await client.send(iter([b"of ", b"bytes"]))
        assert await client.recv() == b"of bytes"
        await send_raw(client, *(Frame(Opcode.TEXT, str(number).encode()) for number in range(50)))
        assert [await client.recv() for _ in range(50)] == [str(number) for number in range(50)]


async def test_frames_are_taken_as_they_come(monkeypatch: pytest.MonkeyPatch) -> None:
    """What came before is received first; each is taken in the context of who asked for it; none after the block."""
    name: contextvars.ContextVar[str] = contextvars.ContextVar("name", default="nobody")
    heard: list[tuple[str | None, str]] = []
    first, third = asyncio.Event(), asyncio.Event()
    put = Inbox.put

    def noticed(inbox: Inbox, text: str | None, whole: bytes = b"") -> None:
        put(inbox, text, whole)
        first.set()

    monkeypatch.setattr(Inbox, "put", noticed)

    async def hold(websocket: WebSocket) -> None:
        name.set("somebody")
        socket: CallerSocket = websocket.scope["extensions"][EXTENSION]

        def take(frame: str | None) -> None:
            heard.append((frame, name.get()))
            if frame is None:
                third.set()

        await first.wait()
        with socket.inbox.diverted(take):
            heard.append((await websocket.receive_text(), "received"))
            await third.wait()
        assert socket.write("now")

    async with talking(hold) as client, asyncio.timeout(PATIENCE):
        await client.send("one")
        await first.wait()
        await client.send("two")
        await client.send(b"binary")
        assert await client.recv() == "now"
        await client.send("late")

    assert heard == [("one", "received"), ("two", "somebody"), (None, "somebody")]


async def test_many_frames_at_once_leave_others_their_turn() -> None:
    """All are taken, in order; the event loop is free between two shares of them."""
    many = 10 * SHARE
    heard: list[str | None] = []
    turns: list[int] = []
    whole = asyncio.Event()

    def take(frame: str | None) -> None:
        heard.append(frame)
        if len(heard) == many:
            whole.set()

    async def hold(websocket: WebSocket) -> None:
        socket: CallerSocket = websocket.scope["extensions"][EXTENSION]
        with socket.inbox.diverted(take):
            await websocket.send_text("ready")
            while not whole.is_set():
                turns.append(len(heard))
                await asyncio.sleep(0)
        await websocket.send_text("all")

    async with talking(hold) as client, asyncio.timeout(PATIENCE):
        assert await client.recv() == "ready"
        await send_raw(client, *(Frame(Opcode.TEXT, str(number).encode()) for number in range(many)))
        assert await client.recv() == "all"
    assert heard == [str(number) for number in range(many)]
    assert max(later - earlier for earlier, later in pairwise(turns)) <= SHARE


async def test_what_came_before_a_goodbye_is_taken() -> None:
    """Though there was too much of it for a moment."""
    heard: list[str | None] = []
    over = asyncio.Event()

    async def hold(websocket: WebSocket) -> None:
        socket: CallerSocket = websocket.scope["extensions"][EXTENSION]
        with socket.inbox.diverted(heard.append):
            await websocket.send_text("ready")
            assert (await websocket.receive())["type"] == "websocket.disconnect"
        over.set()

    async with talking(hold) as client, asyncio.timeout(PATIENCE):
        assert await client.recv() == "ready"
        frames = [Frame(Opcode.TEXT, str(number).encode()) for number in range(3 * SHARE)]
        client.transport.write(b"".join(frame.serialize(mask=True) for frame in (*frames, Frame(Opcode.CLOSE, b""))))
        await over.wait()
    assert heard == [str(number) for number in range(3 * SHARE)]


@pytest.mark.parametrize(
    ("frames", "code"),
    [
        ([Frame(Opcode.TEXT, b"\xff")], 1007),
        ([Frame(Opcode.TEXT, b"\xff", fin=False), Frame(Opcode.CONT, b"")], 1007),
        ([Frame(Opcode.CONT, b"on")], 1002),
        ([Frame(Opcode.TEXT, b"a", fin=False), Frame(Opcode.TEXT, b"b")], 1002),
        ([Frame(Opcode.TEXT, b"a" * 1001)], 1009),
        ([Frame(Opcode.TEXT, b"a" * 600, fin=False), Frame(Opcode.CONT, b"a" * 600)], 1009),
    ],
    ids=["text", "text in pieces", "no beginning", "two at once", "large", "large in pieces"],
)
async def test_what_breaks_the_protocol_closes_the_socket(frames: list[Frame], code: int) -> None:
    """With the code that the protocol has for it; what comes behind means nothing."""
    ends: list[Any] = []

    async def hold(websocket: WebSocket) -> None:
        while (message := await websocket.receive())["type"] != "websocket.disconnect":
            ends.append(message)

    async with talking(hold, ws_max_size=1000) as client, asyncio.timeout(PATIENCE):
        await send_raw(client, *frames, Frame(Opcode.TEXT, b"behind"))
        with pytest.raises(ConnectionClosedError):
            await client.recv()
        assert client.close_code == code
    assert ends == []


def head(bits: int, opcode: int) -> bytes:
    """Return an empty frame of a client, with any bits before its opcode."""
    return bytes([bits | opcode, 0x80, 0, 0, 0, 0])


WHOLE, BITS, CONTROL = 0x80, (0x10, 0x20, 0x40, 0x70), (8, 9, 10)
RESERVED = [head(WHOLE | bit, opcode) for bit in BITS for opcode in (0, 1, 2, *CONTROL)]
UNKNOWN = [head(WHOLE, opcode) for opcode in (*range(3, 8), *range(11, 16))]
IN_PIECES = [head(0, opcode) for opcode in CONTROL]


@pytest.mark.parametrize("said", [*RESERVED, *UNKNOWN, *IN_PIECES], ids=lambda said: said[:1].hex())
async def test_p52_what_the_protocol_reserves_is_refused(said: bytes) -> None:
    """P52: bits and kinds of frames that have no meaning, and control frames in pieces, close the socket with 1002."""
    async with talking(echo) as client, asyncio.timeout(PATIENCE):
        client.transport.write(said)
        with pytest.raises(ConnectionClosedError):
            await client.recv()
        assert client.close_code == 1002


@pytest.mark.parametrize("opcode", [Opcode.PING, Opcode.PONG, Opcode.CONT])
async def test_p53_frames_without_words_count_too(monkeypatch: pytest.MonkeyPatch, opcode: Opcode) -> None:
    """P53: a flood of them is read in shares, and the last ping is answered; what is said behind them is heard."""
    shares: list[bool] = []
    within = Share.within

    def noticed(inbox: Share) -> bool:
        shares.append(within(inbox))
        return shares[-1]

    monkeypatch.setattr(Share, "within", noticed)
    async with talking(echo) as client, asyncio.timeout(PATIENCE):
        first = [Frame(Opcode.BINARY, b"", fin=False)] if opcode is Opcode.CONT else []
        last = [Frame(Opcode.CONT, b"")] if opcode is Opcode.CONT else []
        await send_raw(client, *first, *[Frame(opcode, b"", fin=opcode is not Opcode.CONT)] * 500, *last)
        await (await client.ping())
        await client.send("heard")
        while await client.recv() != "heard":
            pass
    assert len(shares) >= 500
    assert not all(shares)


async def test_p53_little_is_read_after_our_goodbye(monkeypatch: pytest.MonkeyPatch) -> None:
    """P53: a peer that goes on sending is cut, long before a frame of it could be whole."""
    gone = asyncio.Event()
    read: list[int] = []
    disconnected, updated = CallerSocket.on_ws_disconnected, Leaving.buffer_updated

    def noticed(socket: CallerSocket, transport: WSTransport) -> None:
        disconnected(socket, transport)
        gone.set()

    def counted(leaving: Leaving, nbytes: int) -> None:
        read.append(nbytes)
        updated(leaving, nbytes)

    monkeypatch.setattr(CallerSocket, "on_ws_disconnected", noticed)
    monkeypatch.setattr(Leaving, "buffer_updated", counted)
    async with talking(lambda websocket: websocket.close(3000, "no key")) as client, asyncio.timeout(PATIENCE):
        client.transport.write(Frame(Opcode.TEXT, b"x" * 8_000_000).serialize(mask=True))
        await gone.wait()
    assert sum(read) < 2 * LEFT


@pytest.mark.parametrize(
    ("payload", "told", "answer"),
    [(b"", 1005, 1000), (b"\x03\xe8", 1000, 1000), (b"\x0f\xa1bye", 4001, 4001)],
    ids=["no code", "1000", "4001"],
)
async def test_a_goodbye_is_answered(payload: bytes, told: int, answer: int) -> None:
    """With the same code; one without a code too."""
    codes: asyncio.Queue[int] = asyncio.Queue()

    async def hold(websocket: WebSocket) -> None:
        with pytest.raises(WebSocketDisconnect) as caught:
            await websocket.receive_text()
        codes.put_nowait(caught.value.code)

    async with talking(hold) as client, asyncio.timeout(PATIENCE):
        await send_raw(client, Frame(Opcode.CLOSE, payload))
        with pytest.raises(ConnectionClosed):
            await client.recv()
        assert client.close_code == answer
        assert await codes.get() == told


async def test_a_goodbye_of_ours_has_code_and_reason() -> None:
    """A code that the library has no name for is a code too."""
    async with talking(lambda websocket: websocket.close(4008, "too slow")) as client, asyncio.timeout(PATIENCE):
        with pytest.raises(ConnectionClosedError):
            await client.recv()
        assert (client.close_code, client.close_reason) == (4008, "too slow")


async def test_a_peer_that_reads_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is written beyond what the network takes, and in the end the socket is cut."""
    monkeypatch.setattr(caller_socket_module, "CLOSE_SECONDS", 0.1)
    full, gone = asyncio.Event(), asyncio.Event()
    disconnected = CallerSocket.on_ws_disconnected

    def noticed(socket: CallerSocket, transport: WSTransport) -> None:
        disconnected(socket, transport)
        gone.set()

    monkeypatch.setattr(CallerSocket, "on_ws_disconnected", noticed)

    async def hold(websocket: WebSocket) -> None:
        await fill(websocket)
        full.set()

    async with talking(hold) as client, asyncio.timeout(PATIENCE):
        client.transport.pause_reading()
        await full.wait()
        await gone.wait()
        client.transport.resume_reading()
        with suppress(ConnectionClosed):
            while True:
                await client.recv()
        assert client.close_code == 1006


async def test_p36_pings_are_answered_to_who_reads() -> None:
    """P36: the answers to a peer that reads nothing would pile up; once it reads it gets them again."""
    waiting: list[int] = []
    full = asyncio.Event()

    async def hold(websocket: WebSocket) -> None:
        await fill(websocket)
        socket: CallerSocket = websocket.scope["extensions"][EXTENSION]
        assert socket._transport is not None
        buffer = socket._transport.underlying_transport
        waiting.append(buffer.get_write_buffer_size())
        full.set()
        assert await websocket.receive_text() == "pinged"
        waiting.append(buffer.get_write_buffer_size())
        await websocket.send_text("end")
        await echo(websocket)

    async with talking(hold) as client, asyncio.timeout(PATIENCE):
        client.transport.pause_reading()
        await full.wait()
        await send_raw(client, *[Frame(Opcode.PING, b"x" * 125)] * 5_000, Frame(Opcode.TEXT, b"pinged"))
        client.transport.resume_reading()
        while await client.recv() != "end":
            pass
        await (await client.ping())
    assert waiting[1] <= waiting[0]


async def test_a_peer_that_is_gone() -> None:
    """The application is told; what it sends all the same is an error to it, and no news."""
    told: asyncio.Queue[str] = asyncio.Queue()

    async def hold(websocket: WebSocket) -> None:
        socket: CallerSocket = websocket.scope["extensions"][EXTENSION]
        told.put_nowait((await websocket.receive())["type"])
        assert socket.write("into the void")
        await socket.send({"type": "websocket.send", "text": "too"})

    async with talking(hold) as client, asyncio.timeout(PATIENCE):
        client.transport.abort()
        assert await told.get() == "websocket.disconnect"
