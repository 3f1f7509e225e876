"""Where mahilo's clients connect, and how they are refused."""

from __future__ import annotations

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.gateway.mahilo.clients import ws
from tests.gateway.serving import serve
from tests.mahilo import mahilo


async def test_the_health_socket_is_closed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is a WebSocket, and begins no call."""
    async with serve(monkeypatch) as gateway, connect(f"{ws(gateway)}/health") as socket:
        await socket.wait_closed()

    assert (socket.close_code, gateway.calls) == (1000, [])


@pytest.mark.parametrize("path", ["/ws", "/ws/front", "/ws/voice-stream/front", "/health", "/messages"])
async def test_nothing_is_served_when_it_is_off(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The addresses do not exist then."""
    async with serve(monkeypatch, mahilo=False) as gateway:
        with pytest.raises(InvalidStatus, match="404"):
            await connect(f"{ws(gateway)}{path}")


async def test_a_full_server_refuses_before_the_handshake(monkeypatch: pytest.MonkeyPatch) -> None:
    """As it refuses every caller."""
    async with serve(monkeypatch, max_calls=1) as gateway, mahilo(ws(gateway), "front"):
        with pytest.raises(InvalidStatus, match="503"):
            await connect(f"{ws(gateway)}/ws/billing")


async def test_a_wrong_key_is_a_line_and_1008(monkeypatch: pytest.MonkeyPatch) -> None:
    """The client prints it."""
    async with (
        serve(monkeypatch, api_keys="a-key-of-this-server", mahilo=True) as gateway,
        connect(f"{ws(gateway)}/ws/front", additional_headers={"api-key": "another"}) as socket,
    ):
        line = await socket.recv()
        await socket.wait_closed()

    assert str(line).startswith("Error: Incorrect API key.")
    assert socket.close_code == 1008
