"""Two nodes of a test: two gateways, and a fleet that knows which of them holds a call."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection

from orchestrator.fleet.port import Address
from tests.gateway.resuming.fleets import MemoryFleet, Store
from tests.gateway.serving import Gateway, ScriptedCall, receive, serve

SECRET = "s" * 32


class Finder(MemoryFleet):
    """Finds every call at one address; counts how often it was asked."""

    def __init__(self) -> None:
        super().__init__(Store(), "here")
        self.url: str | None = None
        self.asked: list[str] = []

    async def find(self, call_id: str) -> Address | None:
        """Return the address, if there is one."""
        self.asked.append(call_id)
        return Address("there", self.url) if self.url is not None else None


@asynccontextmanager
async def node(monkeypatch: pytest.MonkeyPatch, finder: Finder, **said: Any) -> AsyncIterator[Gateway]:
    """Serve a node that finds the calls of others by a finder."""
    async with serve(monkeypatch, fleet=finder, secret=SECRET, **said) as gateway:
        yield gateway


@asynccontextmanager
async def two(monkeypatch: pytest.MonkeyPatch, **said: Any) -> AsyncIterator[tuple[Gateway, Gateway]]:
    """Serve a node without calls, and one that has them all, to which the first forwards."""
    finder = Finder()
    async with node(monkeypatch, finder, **said) as here, node(monkeypatch, Finder(), **said) as there:
        finder.url = there.url
        yield here, there


@asynccontextmanager
async def calling(gateway: Gateway, key: str = "k-123") -> AsyncIterator[tuple[ClientConnection, ScriptedCall, str]]:
    """Call a node; yields the caller's socket, the call, and its id."""
    async with gateway.connect(additional_headers={"api-key": key}) as socket:
        session = (await receive(socket))["session"]["id"]
        yield socket, gateway.calls[-1], session
