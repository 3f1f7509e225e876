"""The application as a node: what it tells of itself, and who is asked for the others."""

from __future__ import annotations

from typing import Any

import httpx

from tests.gateway.resuming.nodes import nodes
from tests.gateway.resuming.test_continuing import talk


async def listed(url: str) -> tuple[int, dict[str, Any]]:
    """Return status and body of the list of nodes."""
    async with httpx.AsyncClient(base_url=url.replace("ws://", "http://")) as client:
        answer = await client.get("/v1/nodes")
        return answer.status_code, answer.json()


async def test_the_nodes_are_listed() -> None:
    """By any of them, with their calls and what they serve."""
    async with nodes() as both, both.one.caller() as caller:
        await talk(both, caller)
        status, body = await listed(both.two.url)

        assert status == 200
        one, two = body["data"]
        assert (one["id"], one["calls"], one["draining"], one["this"]) == ("one", 1, False, False)
        assert (two["id"], two["calls"], two["this"]) == ("two", 0, True)
        assert list(one["teams"]) == ["helpdesk"]


async def test_a_server_of_its_own_is_one_node() -> None:
    """So that who looks need not know which it is."""
    from tests.calls import desk

    async with desk() as alone:
        status, body = await listed(alone.url)

    assert status == 200
    (node,) = body["data"]
    assert (node["calls"], node["draining"], node["this"]) == (0, False, True)
    assert list(node["teams"]) == ["helpdesk"]
