"""The socket of a media stream: what matters of what comes, and how it ends."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest
from fastapi import WebSocket
from structlog.testing import capture_logs

from orchestrator.gateway.phone import stream_socket as module
from orchestrator.gateway.phone.media_streams import Pressed, Started
from orchestrator.gateway.phone.stream_socket import StreamSocket

START = '{"event":"start","start":{"streamSid":"MZ1","callSid":"CA1"}}'
PRESSED = '{"event":"dtmf","dtmf":{"digit":"1"}}'


def socket_with(*frames: str, code: int | None = 1000) -> StreamSocket:
    """Return a socket on which some frames come, then its end, if it has one."""
    received: list[dict[str, Any]] = [{"type": "websocket.connect"}]
    received += [{"type": "websocket.receive", "text": frame} for frame in frames]
    if code is not None:
        received.append({"type": "websocket.disconnect", "code": code})

    async def receive() -> dict[str, Any]:
        if not received:
            await asyncio.Event().wait()
        return received.pop(0)

    async def send(message: Any) -> None:
        assert message["type"] == "websocket.accept"

    scope = {"type": "websocket", "headers": [], "path": "/", "query_string": b""}
    return StreamSocket(WebSocket(scope, cast("Any", receive), send))


async def test_a_stream_starts() -> None:
    """Whatever comes before."""
    assert await socket_with(PRESSED, START).start() == Started("MZ1", "CA1")


async def test_a_stream_that_does_not_start_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """Closed before, or too late."""
    assert await socket_with(PRESSED).start() is None
    monkeypatch.setattr(module, "START_SECONDS", 0.01)
    assert await socket_with(PRESSED, code=None).start() is None


async def test_invalid_messages_are_logged_once() -> None:
    """And passed over."""
    socket = socket_with(START, "{", "[]", '{"event":"other"}', PRESSED)
    await socket.start()
    with capture_logs() as logs:
        assert await socket.next() == Pressed("1")

    assert [log["event"] for log in logs] == ["invalid phone message ignored"]


@pytest.mark.parametrize(("code", "lost"), [(1000, False), (1001, False), (1006, True)])
async def test_a_socket_that_was_lost_is_known(code: int, lost: bool) -> None:
    """By the code with which it ends."""
    socket = socket_with(START, code=code)
    await socket.start()

    assert await socket.next() is None
    assert socket.lost is lost
