"""A chat-completions server on loopback: speaks HTTP and server-sent events, says what a test tells it to."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

SECONDS = 10.0  # of patience; nothing here takes one


Reply = list[str] | tuple[int, str] | bytes


class ChatServer:
    """Answers each request with the next of `answers`: pieces to stream, a status and a body, or bytes as they are."""

    def __init__(self) -> None:
        self.answers: list[Reply] = []
        # Every request: its header lines and its body.
        self.requests: list[tuple[str, dict[str, Any]]] = []
        # Set by each request.
        self.asked = asyncio.Event()
        # Cleared to hold an answer before its last piece.
        self.gate = asyncio.Event()
        self.gate.set()
        # A caller hung up before the answer was over.
        self.broken = asyncio.Event()
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection until its peer closes it."""
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
        for at, piece in enumerate(answer):
            if at == len(answer) - 1:
                await self.gate.wait()
            if piece == "HANG UP":
                writer.transport.abort()
                raise ConnectionResetError
            data = f"data: {piece}\n\n".encode()
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
    await asyncio.wait_for(listening.wait_closed(), SECONDS)


def text(*pieces: str) -> list[str]:
    """Return the chunks of an answer in words, with the mark of the end."""
    chunks = [json.dumps({"choices": [{"index": 0, "delta": {"content": piece}}]}) for piece in pieces]
    return [*chunks, "[DONE]"]


def calls(*pieces: dict[str, Any]) -> list[str]:
    """Return the chunks of an answer made of pieces of function calls."""
    chunks = [json.dumps({"choices": [{"index": 0, "delta": {"tool_calls": [piece]}}]}) for piece in pieces]
    return [*chunks, "[DONE]"]


def end(reason: str, **usage: Any) -> list[str]:
    """Return the last chunks of an answer as OpenAI sends them: why it ended, what it cost."""
    stopped = {"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]}
    return [json.dumps(stopped), json.dumps({"choices": [], "usage": usage or None}), "[DONE]"]
