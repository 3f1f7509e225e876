"""Connections for requests of tools: shared while a scope lasts, and closed with it."""

from __future__ import annotations

import httpx

from orchestrator.outside.pools import Way, connections, pooling
from tests.tools.http.service import answer, service

HERE = Way(private=True)


async def ask(port: int, way: Way = HERE) -> httpx.Response:
    """Ask a service on loopback once."""
    async with connections(way) as client:
        return await client.get(f"http://127.0.0.1:{port}/")


async def test_connections_are_kept_within_a_scope() -> None:
    """One request after another uses the same; a scope within another has its own."""
    async with service(answer("x")) as found, pooling():
        for _ in range(3):
            assert (await ask(found.port)).json() == "x"
        assert found.connections == 1
        async with pooling():
            await ask(found.port)
        await ask(found.port)
        assert found.connections == 2


async def test_without_a_scope_each_request_has_its_own() -> None:
    """Nothing is left open."""
    async with service(answer("x")) as found:
        for _ in range(2):
            await ask(found.port)
        assert found.connections == 2


async def test_no_cookies_are_kept() -> None:
    """One call must not be known by what another one was given."""
    async with service(answer("x", Set_Cookie="session=1; Path=/")) as found, pooling():
        for _ in range(2):
            await ask(found.port)

    assert all("cookie" not in each.headers for each in found.got)
