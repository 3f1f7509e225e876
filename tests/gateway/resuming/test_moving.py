"""Calls leave a node that stops, each in a quiet moment, and their callers find them on another."""

from __future__ import annotations

import asyncio

import pytest
from websockets.exceptions import InvalidStatus

from orchestrator.gateway import calls as calls_module
from orchestrator.testing import call, say
from tests.gateway.resuming.nodes import nodes, token_of
from tests.gateway.resuming.test_continuing import knows, talk
from tests.patience import PATIENCE
from tests.test_hooks import until


async def test_a_call_leaves_a_node_that_stops_and_nothing_is_said_twice() -> None:
    """Its caller is closed with 1012, comes back elsewhere, and hears nothing but what they ask for."""
    async with nodes(drain=PATIENCE) as both, both.one.caller() as caller:
        await talk(both, caller)
        await asyncio.wait_for(both.one.calls.drain(), PATIENCE)

        assert (await caller.closed())[0] == 1012
        assert both.store.calls[caller.call].state == "released"
        with pytest.raises(InvalidStatus):  # a node that stops takes no call, and the token stays good
            async with both.one.back(caller):
                pass
        async with both.two.back(caller) as again:
            await again.until("team.call.resumed")
            await knows(both, 1, "My invoice is wrong.")
            await talk(both, again, "And now?", "Now it is right.")

            said = [event["transcript"] for event in again.of("response.output_audio_transcript.done")]
            assert said == ["Now it is right."]


async def test_a_call_waits_for_a_quiet_moment() -> None:
    """A tool that runs is waited for, and the answer that follows."""
    async with nodes(drain=PATIENCE) as both, both.one.caller() as caller:
        both.service.reply("front", call("wait_long"))
        both.service.reply("front", say("It is done."))
        await caller.type("Do it.")
        await caller.until("team.tool.called")
        draining = asyncio.get_running_loop().create_task(both.one.calls.drain())
        both.go()
        done = await caller.until("response.output_audio_transcript.done")
        await asyncio.wait_for(draining, PATIENCE)

        assert done["transcript"] == "It is done."
        assert (await caller.closed())[0] == 1012


async def test_a_call_without_a_quiet_moment_leaves_when_the_time_is_over() -> None:
    """It goes on elsewhere as after a crash."""
    async with nodes(drain=0.0) as both, both.one.caller() as caller:
        both.service.reply("front", call("wait_for_ever"))
        await caller.type("Do it.")
        await caller.until("team.tool.called")
        await asyncio.wait_for(both.one.calls.drain(), PATIENCE)

        assert (await caller.closed())[0] == 1012
        async with both.two.back(caller) as again:
            await again.until("team.call.resumed")


async def test_who_cannot_come_back_stays_until_the_end() -> None:
    """As without a cluster: the call has the time to drain, then it is hung up."""
    async with nodes(drain=0.0) as both, both.one.caller("events=team") as caller, both.one.caller() as other:
        await talk(both, caller)
        await asyncio.wait_for(both.one.calls.drain(), PATIENCE)

        assert (await caller.closed())[0] == 1001
        assert (await other.closed())[0] == 1012
        await until(lambda: both.store.calls[caller.call].state == "ended")


async def test_nobody_leaves_while_redis_is_away() -> None:
    """Nobody could take the call over: it has the time to drain here."""
    async with nodes(drain=0.0) as both, both.one.caller() as caller:
        await talk(both, caller)
        both.store.away = True
        await asyncio.wait_for(both.one.calls.drain(), PATIENCE)

        assert (await caller.closed())[0] == 1001
        assert token_of(caller)


async def test_there_is_one_time_to_drain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who cannot come back has what the others have left of it."""

    async def slow(_: object, seconds: float) -> None:
        await asyncio.sleep(0.2)

    async with nodes(drain=PATIENCE) as both:
        given: list[float] = []

        async def emptied(seconds: float) -> bool:
            given.append(seconds)
            return True

        monkeypatch.setattr(calls_module, "move_out", slow)
        monkeypatch.setattr(both.one.calls, "_emptied", emptied)
        await both.one.calls.drain()

        assert given[0] < PATIENCE - 0.1
