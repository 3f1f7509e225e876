"""A service on loopback that answers HTTP requests with what a test wants, byte by byte."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.proxy import listening


@dataclass(frozen=True)
class Got:
    """A request that has come."""

    method: str
    target: str
    headers: dict[str, str]  # by lower-case name
    body: bytes
    names: tuple[str, ...]  # of its headers, in lower case, as often as they came

    @property
    def json(self) -> Any:
        """Its body."""
        return json.loads(self.body)


@dataclass
class Service:
    """The service: `answers` are given one after another, the last one again and again."""

    answers: list[bytes]
    got: list[Got] = field(default_factory=list)
    connections: int = 0
    port: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        self.connections += 1
        while True:
            try:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            except (asyncio.IncompleteReadError, OSError):
                return
            first, *lines = head.strip().split("\r\n")
            pairs = [(name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines)]
            headers = dict(pairs)
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            method, target = first.split(" ")[:2]
            self.got.append(Got(method, target, headers, body, tuple(name for name, _ in pairs)))
            answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            if not answer:
                await asyncio.Event().wait()  # never answers
            writer.write(answer)
            await writer.drain()


def answer(
    body: Any = None,
    status: str = "200 OK",
    *,
    content: bytes | None = None,
    kind: str = "application/json",
    **more: str,
) -> bytes:
    """Return an answer: a body as JSON, or content as it is; `more` are headers, with underscores for hyphens."""
    content = json.dumps(body).encode() if content is None else content
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(content)}", f"Content-Type: {kind}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in more.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


@asynccontextmanager
async def service(*answers: bytes) -> AsyncIterator[Service]:
    """Run a service while the block lasts."""
    made = Service(list(answers))
    async with listening(made.serve) as made.port:
        yield made
