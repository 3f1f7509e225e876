"""Calls go on elsewhere by a real Redis: what the tests beside this one do with a fleet in memory, once over."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack

import pytest
from websockets.exceptions import InvalidStatus

from orchestrator.fleet.port import Claimed, Lost
from tests.gateway.resuming.nodes import cut, nodes, token_of
from tests.gateway.resuming.test_continuing import knows, smaller, talk
from tests.patience import PATIENCE
from tests.redis_server import redis_server
from tests.test_hooks import until


@pytest.fixture(scope="module")
def redis() -> Iterator[str]:
    """Run a server; return its address."""
    with redis_server() as server:
        yield server.url


async def test_a_call_goes_on_when_its_connection_is_lost(redis: str) -> None:
    """On the other node, with what was said on both, and then on the first again."""
    async with nodes(redis=redis) as both, both.one.caller() as caller:
        await talk(both, caller, "My name is Ada.")
        cut(caller.socket)
        async with both.two.back(caller) as second:
            await talk(both, second, "My order is 48213.")
            cut(second.socket)
            async with both.one.back(second) as third:
                await third.until("team.call.resumed")
                await knows(both, 2, "My name is Ada.", "My order is 48213.")

                assert third.call == caller.call
        await both.one.quiet()
        assert await both.two.refused(f"resume={token_of(third)}") == ("call_not_resumable", 4404)


async def test_a_node_lets_go_of_a_call_that_another_has(redis: str) -> None:
    """It is told at once: its caller is closed with 1012, and the old token is worth nothing once they were heard."""
    async with nodes(redis=redis) as both, both.one.caller() as caller:
        await talk(both, caller)
        async with both.two.back(caller) as again:
            await again.until("team.call.resumed")

            assert (await caller.closed())[0] == 1012
            await both.one.quiet()
            await talk(both, again, "Still here.")
            assert await both.two.refused(f"resume={token_of(caller)}") == ("call_not_resumable", 4404)


async def test_a_caller_whose_new_token_got_lost_comes_back_with_the_one_before(redis: str) -> None:
    """As when the node that took the call over is killed in the middle of the handshake."""
    async with nodes(redis=redis) as both, both.one.caller() as caller:
        await talk(both, caller, "My name is Ada.")
        cut(caller.socket)
        async with both.two.back(caller) as lost:
            await lost.until("team.call.resumable")
            cut(lost.socket)  # they said nothing: perhaps they never read it
        async with both.one.back(caller) as again:
            await again.until("team.call.resumed")
            await talk(both, again, "Can you hear me?")

            assert again.call == caller.call


async def test_a_node_that_stops_leaves_its_calls(redis: str) -> None:
    """In a quiet moment; nothing is said again."""
    async with nodes(redis=redis, drain=PATIENCE) as both, both.one.caller() as caller:
        await talk(both, caller)
        await asyncio.wait_for(both.one.calls.drain(), PATIENCE)
        assert (await caller.closed())[0] == 1012
        async with both.two.back(caller) as again:
            await again.until("team.call.resumed")
            await talk(both, again, "And now?", "Now it is right.")

            assert len(again.of("response.done")) == 1


async def test_many_who_come_back_at_once_do_not_exceed_the_limit(redis: str) -> None:
    """It is looked at again once Redis has answered; who is too many comes back a moment later, with the same token."""
    async with nodes(redis=redis) as both, AsyncExitStack() as stack:
        callers = [await stack.enter_async_context(both.one.caller()) for _ in range(4)]
        for caller in callers:
            await talk(both, caller)
            cut(caller.socket)
        await both.one.quiet()
        smaller(both.two, max_calls=1)
        fleet, asked, answer = both.two.calls.fleet, list[str](), asyncio.Event()
        assert fleet is not None
        claim = fleet.claim

        async def slow(token: str) -> Claimed | Lost:
            asked.append(token)
            await answer.wait()
            return await claim(token)

        fleet.claim = slow  # type: ignore[method-assign]
        backs = [both.two.back(caller) for caller in callers]
        coming = [asyncio.ensure_future(one.__aenter__()) for one in backs]
        await until(lambda: len(asked) == len(callers))
        answer.set()
        came = await asyncio.gather(*coming, return_exceptions=True)
        refused = [one for one in came if isinstance(one, InvalidStatus)]
        for one, back in zip(came, backs, strict=True):
            if not isinstance(one, BaseException):
                await back.__aexit__(None, None, None)
        await both.two.quiet()
        for caller, one in zip(callers, came, strict=True):
            if one in refused:
                async with both.two.back(caller) as again:
                    await again.until("team.call.resumed")

    assert [one.response.status_code for one in refused] == [503, 503]
    assert [one.response.headers["retry-after"] for one in refused] == ["1", "1"]


async def test_several_callers_stay_where_they_are(redis: str) -> None:
    """Both are told so."""
    async with nodes(redis=redis) as both, both.one.caller() as caller:
        await talk(both, caller)
        async with both.one.caller(f"events=team,resume&call={caller.call}&agent=billing") as joined:
            stays = await caller.until("team.call.resumable", 2)
            also = await joined.until("team.call.resumable")

            assert (stays["seconds"], also["seconds"]) == (0, 0)
