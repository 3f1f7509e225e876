"""A scripted chat-completions server on loopback: HTTP and server-sent events."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tests.patience import PATIENCE

# What a request is answered with: chunks to stream, a status and a body, or raw bytes and then a lost connection.
Reply = list[str] | tuple[int, str] | bytes


class ChatServer:
    """Answers each request with the next of `answers`; the chunk "HANG UP" drops the connection there."""

    def __init__(self) -> None:
        # Answers still to give.
        self.answers: list[Reply] = []
        # Every request: its head and its body.
        self.requests: list[tuple[str, dict[str, Any]]] = []
        # Set when a request has come.
        self.asked = asyncio.Event()
        # Clear it to hold answers before their last chunk.
        self.gate = asyncio.Event()
        self.gate.set()
        # Set when a connection was lost before the answer was complete.
        self.broken = asyncio.Event()
        # The base URL.
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection until the client closes it."""
        try:
            while head := (await _head(reader)).decode():
                length = int(next(line for line in head.lower().splitlines() if "content-length" in line).split(":")[1])
                self.requests.append((head, json.loads(await reader.readexactly(length))))
                self.asked.set()
                await self._answer(self.answers.pop(0), writer)
        except ConnectionError:
            self.broken.set()
        finally:
            writer.close()

    async def _answer(self, answer: Reply, writer: asyncio.StreamWriter) -> None:
        if isinstance(answer, bytes):
            writer.write(answer)
            await writer.drain()
            raise ConnectionResetError
        if isinstance(answer, tuple):
            status, body = answer
            data = body.encode()
            writer.write(f"HTTP/1.1 {status} Said\r\nContent-Length: {len(data)}\r\n\r\n".encode() + data)
            await writer.drain()
            return
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
        for index, chunk in enumerate(answer):
            if index == len(answer) - 1:
                await self.gate.wait()
            if chunk == "HANG UP":
                writer.transport.abort()
                raise ConnectionResetError
            data = f"data: {chunk}\n\n".encode()
            writer.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
            await writer.drain()
        writer.write(b"0\r\n\r\n")
        await writer.drain()


async def _head(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return b""


@asynccontextmanager
async def chat_server() -> AsyncIterator[ChatServer]:
    """Run a server on a free port."""
    server = ChatServer()
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    async with listening:
        yield server
    await asyncio.wait_for(listening.wait_closed(), PATIENCE)


def text(*pieces: str) -> list[str]:
    """Return the chunks of an answer in text, and `[DONE]`."""
    chunks = [json.dumps({"choices": [{"index": 0, "delta": {"content": piece}}]}) for piece in pieces]
    return [*chunks, "[DONE]"]


def calls(*pieces: dict[str, Any]) -> list[str]:
    """Return the chunks of an answer made of parts of function calls, and `[DONE]`."""
    chunks = [json.dumps({"choices": [{"index": 0, "delta": {"tool_calls": [piece]}}]}) for piece in pieces]
    return [*chunks, "[DONE]"]


def end(reason: str, **usage: Any) -> list[str]:
    """Return the last chunks of an answer as OpenAI sends them: the finish reason, the usage, and `[DONE]`."""
    stopped = {"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]}
    return [json.dumps(stopped), json.dumps({"choices": [], "usage": usage or None}), "[DONE]"]
