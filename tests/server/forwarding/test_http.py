"""One HTTP request on its way to another node."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from starlette.types import Message
from structlog.testing import capture_logs

from orchestrator.server.forwarding.http import Unanswered, answered, forward, pass_on

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ndate: never\r\nserver: other\r\n"


@asynccontextmanager
async def answering(answer: bytes) -> AsyncIterator[str]:
    """Serve one answer, whatever is asked, and close; yields the URL."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"


async def sent(url: str) -> list[Message]:
    """Return what is sent to the client."""
    messages: list[Message] = []

    async def send(message: Message) -> None:
        messages.append(message)

    async with answered("GET", url, [(b"x-a", b"\xe4")], b"") as response:
        await pass_on(response, send)
    return messages


async def test_an_answer_is_passed_on_as_it_comes() -> None:
    """Its status, its headers but for those of the connection, and its body."""
    async with answering(HEAD + b"content-length: 5\r\nconnection: close\r\n\r\nhello") as url:
        start, *body = await sent(url)

    assert start["status"] == 200
    assert start["headers"] == [(b"content-type", b"text/plain"), (b"content-length", b"5")]
    assert b"".join(message["body"] for message in body) == b"hello"
    assert [message["more_body"] for message in body][-1] is False


async def test_an_answer_that_breaks_off_is_not_made_whole() -> None:
    """It has no end, so that the client notices."""
    async with answering(HEAD + b"content-length: 50\r\n\r\nhello") as url:
        with capture_logs() as logs:
            messages = await sent(url)

    assert all(message.get("more_body", True) for message in messages)
    assert [log["event"] for log in logs] == ["forwarded answer broke off"]


@pytest.mark.parametrize("answer", [b"", b"nonsense\r\n\r\n"])
async def test_no_answer_is_an_exception(answer: bytes) -> None:
    """Whatever comes instead."""
    async with answering(answer) as url:
        with pytest.raises(Unanswered):
            await sent(url)


@pytest.mark.parametrize(("answer", "begun"), [(b"", False), (HEAD + b"content-length: 50\r\n\r\nhello", True)])
async def test_all_of_it_takes_a_bounded_time(answer: bytes, begun: bool) -> None:
    """Nothing by then is no answer; one that is not whole is not made whole."""
    messages: list[Message] = []

    async def send(message: Message) -> None:
        messages.append(message)

    async with holding(answer) as url:
        with capture_logs() as logs:
            if begun:
                await forward("GET", url, [], b"", send, seconds=0.2)
            else:
                with pytest.raises(Unanswered, match="not over within"):
                    await forward("GET", url, [], b"", send, seconds=0.2)

    assert all(message.get("more_body", True) for message in messages)
    assert bool([log for log in logs if log["event"] == "forwarded answer broke off"]) is begun


@asynccontextmanager
async def holding(answer: bytes) -> AsyncIterator[str]:
    """Serve the beginning of an answer, and no end; yields the URL."""
    over = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        await over.wait()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        over.set()
