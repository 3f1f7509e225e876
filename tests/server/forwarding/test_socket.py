"""One WebSocket on its way to another node, and how its end is passed on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from starlette.types import Message
from websockets.asyncio.server import ServerConnection, serve

from orchestrator.gateway import closing
from orchestrator.server.forwarding.http import Unanswered
from orchestrator.server.forwarding.socket import opened, pass_frames
from tests.patience import PATIENCE

Handler = Callable[[ServerConnection], Awaitable[None]]


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[str]:
    async with serve(handler, "127.0.0.1", 0) as server:
        yield f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}/"


async def passed(url: str, *given: Message) -> list[Message]:
    """Return what a client is sent that sends some messages."""
    waiting: asyncio.Queue[Message] = asyncio.Queue()
    messages: list[Message] = []
    for message in given:
        waiting.put_nowait(message)

    async def send(message: Message) -> None:
        messages.append(message)

    there = await opened(url, [], [], 1_000_000)
    await asyncio.wait_for(pass_frames(there, waiting.get, send), PATIENCE)
    await there.close()
    return messages


def left(code: int, reason: str = "") -> Message:
    return {"type": "websocket.disconnect", "code": code, "reason": reason}


async def ended(*given: Message) -> tuple[int | None, str | None]:
    """Return how a client's socket ends for the other node."""
    seen: asyncio.Future[tuple[int | None, str | None]] = asyncio.get_running_loop().create_future()

    async def handler(socket: ServerConnection) -> None:
        await socket.wait_closed()
        seen.set_result((socket.close_code, socket.close_reason))

    async with serving(handler) as url:
        await passed(url, *given)
        return await asyncio.wait_for(seen, PATIENCE)


async def test_an_address_that_is_none_does_not_show_what_was_asked() -> None:
    """A key may be in the query."""
    with pytest.raises(Unanswered) as told:
        await opened("nowhere?api_key=k123", [], [], 1_000_000)
    assert "k123" not in str(told.value)


async def test_the_end_of_a_client_is_passed_on() -> None:
    """With its code and its reason; one that was lost is lost, since the other node may wait for it."""
    assert await ended(left(4321, "so long")) == (4321, "so long")
    assert await ended(left(1000)) == (1000, "")
    assert (await ended(left(1005)))[0] == 1000
    assert (await ended(left(1006)))[0] == 1006


async def test_frames_are_passed_on_in_order() -> None:
    """Text and binary, both ways."""

    async def echo(socket: ServerConnection) -> None:
        for _ in range(2):
            await socket.send(await socket.recv())
        await socket.close(4000, "enough")

    received: list[Message] = [
        {"type": "websocket.receive", "text": "é"},
        {"type": "websocket.receive", "bytes": b"\xff"},
    ]
    async with serving(echo) as url:
        messages = await passed(url, *received)

    assert messages[:2] == [{"type": "websocket.send", "text": "é"}, {"type": "websocket.send", "bytes": b"\xff"}]
    assert messages[2] == {"type": "websocket.close", "code": 4000, "reason": "enough"}


async def test_a_node_that_was_lost_is_told() -> None:
    """With a code of its own; a close without a code is a plain one."""

    async def vanish(socket: ServerConnection) -> None:
        socket.transport.abort()

    async def leave(socket: ServerConnection) -> None:
        await socket.recv()

    async with serving(vanish) as url:
        assert (await passed(url))[-1]["code"] == closing.NODE_LOST
    async with serving(leave) as url:
        assert (await passed(url, {"type": "websocket.receive", "text": "x"}))[-1]["code"] == closing.OVER


async def test_the_end_of_a_node_is_told_whatever_the_client_sends() -> None:
    """What is sent too late is dropped."""

    async def leave(socket: ServerConnection) -> None:
        await socket.close(4000)

    async with serving(leave) as url:
        there = await opened(url, [], [], 1_000_000)
        await asyncio.wait_for(there.wait_closed(), PATIENCE)
        messages: list[Message] = []

        async def receive() -> Message:
            return {"type": "websocket.receive", "text": "x"}

        async def send(message: Message) -> None:
            messages.append(message)

        await asyncio.wait_for(pass_frames(there, receive, send), PATIENCE)

    assert [message["code"] for message in messages] == [4000]
