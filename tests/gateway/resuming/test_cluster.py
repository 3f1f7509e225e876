"""The application as a node: what it tells of itself, and who is asked for the others."""

from __future__ import annotations

from typing import Any

import httpx

from tests.gateway.resuming.nodes import nodes
from tests.gateway.resuming.test_continuing import talk


async def listed(url: str, **headers: str) -> tuple[int, dict[str, Any]]:
    """Return status and body of the list of nodes."""
    async with httpx.AsyncClient(base_url=url.replace("ws://", "http://"), headers=headers) as client:
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


async def test_a_key_sees_which_of_its_teams_nodes_serve() -> None:
    """Others are not there for it."""
    keys = ("all" * 8, "mine" * 8 + ":helpdesk", "other" * 8 + ":elsewhere")
    seen = []
    async with nodes(api_keys=",".join(keys)) as both:
        for key in keys:
            status, body = await listed(both.one.url, authorization=f"Bearer {key.partition(':')[0]}")
            seen.append([list(node["teams"]) for node in body["data"]])
            assert status == 200

    assert seen == [[["helpdesk"]] * 2, [["helpdesk"]] * 2, [[]] * 2]
