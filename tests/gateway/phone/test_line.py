"""One media stream: it is left when the last words were heard, or nobody is there to hear them."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any, cast

import pytest
from fastapi import WebSocket

from orchestrator.gateway.phone import line as module
from orchestrator.gateway.phone.line import Line
from orchestrator.gateway.phone.media_streams import Started
from orchestrator.gateway.phone.stream_socket import StreamSocket
from tests.patience import PATIENCE

PIECE = base64.b64encode(bytes(800)).decode()  # 100 ms


class Socket:
    """What a line is on: keeps what is sent."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.marked = asyncio.Event()
        messages = iter([{"type": "websocket.connect"}])

        async def receive() -> dict[str, Any]:
            return next(messages)

        async def send(message: Any) -> None:
            self.sent.append(json.loads(message["text"]) if "text" in message else message)
            if self.sent[-1].get("event") == "mark":
                self.marked.set()

        self.websocket = WebSocket({"type": "websocket", "headers": []}, cast("Any", receive), send)

    async def line(self) -> Line:
        """Return a line on it."""
        await self.websocket.accept()
        return Line(StreamSocket(self.websocket), Started("MZ1"), lambda: None)

    @property
    def closed(self) -> bool:
        """Whether the line has closed it."""
        return self.sent[-1]["type"] == "websocket.close" if "type" in self.sent[-1] else False


async def nothing() -> None:
    """Hear nothing."""
    await asyncio.Event().wait()


async def test_it_is_closed_when_the_last_words_were_heard() -> None:
    """The mark behind them says so."""
    socket = Socket()
    line = await socket.line()
    async with asyncio.TaskGroup() as group:
        serving = group.create_task(line.serve(nothing(), "call"))
        line.play("item", PIECE, 100.0)
        line.leave()
        await asyncio.wait_for(socket.marked.wait(), PATIENCE)
        assert not serving.done()
        assert line.returned("m1") == ("item", 100.0)
        await asyncio.wait_for(line.closed.wait(), PATIENCE)

    assert socket.closed


@pytest.mark.parametrize("gone", [True, False])
async def test_nobody_is_waited_for_who_does_not_hear(gone: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has hung up, or whose telephone returns no marks."""
    monkeypatch.setattr(module, "SLACK_SECONDS", 0.0)
    socket = Socket()
    line = await socket.line()
    line.play("item", PIECE, 100.0)
    if gone:
        line.gone()
    line.leave(0.01)
    await asyncio.wait_for(line.serve(nothing(), "call"), PATIENCE)

    assert socket.closed
    assert line.outstanding


async def test_what_is_cleared_was_not_heard() -> None:
    """The telephone is told, and how much of each item was heard is returned."""
    line = await Socket().line()
    line.play("item", PIECE, 100.0)

    assert [item for item, _ in line.clear()] == ["item"]
    assert not line.outstanding
