"""A receiver of finished calls, as somebody would write it: an HTTP server on this machine."""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from hashlib import sha256
from typing import Any

from tests.patience import PATIENCE

SECRET = "a secret that nobody guesses"


class Receiver:
    """Takes calls; the first answers are those that it was given, then 204."""

    def __init__(self, answers: Sequence[int]) -> None:
        self.answers = list(answers)
        self.requests: list[tuple[dict[str, str], bytes]] = []
        self.url = ""
        self._changed = asyncio.Condition()

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Read one request and answer it."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        lines = [line.partition(": ") for line in head.split("\r\n")[1:] if line]
        headers = {name.lower(): value for name, _, value in lines}
        body = await reader.readexactly(int(headers["content-length"]))
        status = self.answers.pop(0) if self.answers else 204
        async with self._changed:
            self.requests.append((headers, body))
            self._changed.notify_all()
        where = "Location: /elsewhere\r\n" if status == 302 else ""
        writer.write(f"HTTP/1.1 {status} Said\r\n{where}Content-Length: 0\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()

    async def got(self, count: int) -> list[dict[str, Any]]:
        """Wait until so many requests have come; return their bodies, whose signatures are right."""
        async with asyncio.timeout(PATIENCE), self._changed:
            await self._changed.wait_for(lambda: len(self.requests) >= count)
        for headers, body in self.requests:
            parts = dict(part.split("=", 1) for part in headers["x-orchestrator-signature"].split(","))
            signed = hmac.new(SECRET.encode(), f"{parts['t']}.".encode() + body, sha256).hexdigest()
            assert hmac.compare_digest(signed, parts["v1"])
            assert headers["x-orchestrator-delivery"] == json.loads(body)["id"]
        return [json.loads(body) for _, body in self.requests]


@asynccontextmanager
async def receiving(*answers: int, port: int = 0) -> AsyncIterator[Receiver]:
    """Serve a receiver on loopback."""
    receiver = Receiver(answers)
    server = await asyncio.start_server(receiver.answer, "127.0.0.1", port)
    async with server:
        receiver.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/calls"
        yield receiver
