"""Journals on their way to a Redis that is paused, restarted, emptied or full: nothing is lost, nothing is doubled."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest

from orchestrator.fleet import lines as lines_module
from orchestrator.fleet import wire as wire_module
from orchestrator.fleet.port import Lost, Reason
from tests.fleet.nodes import HEADER, Owner, claimed, node, restart, until, up
from tests.patience import PATIENCE
from tests.redis_server import RedisServer, redis_server


@pytest.fixture
def own_redis() -> Iterator[RedisServer]:
    """Run a server that a test may do anything to, and that forgets all when it is stopped."""
    with redis_server() as server:
        yield server


async def test_a_redis_that_was_restarted_without_its_data_gets_whole_journals(
    own_redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Calls that run, calls that began meanwhile; and the tokens that callers have stay good."""
    monkeypatch.setattr(wire_module, "PATIENCE", 0.1)
    async with node(own_redis.url) as first, node(own_redis.url) as second:
        held = first.begin("call_1", HEADER, Owner())
        for number in range(10):
            held.put(f"before {number}")
        await held.confirmed()
        own_redis.stop()
        await until(lambda: not up(first))
        held.put("meanwhile")
        new = first.begin("call_2", HEADER, Owner())
        new.put("new")
        assert await second.claim(held.token) == Lost(Reason.UNREACHABLE)
        assert await second.nodes() == []
        assert await second.find("call_1") is None
        assert await second.claim_orphan() is None
        assert first.figures()["journal_unsent"] == 3
        assert await new.confirmed(0.01)

        monkeypatch.setattr(wire_module, "PATIENCE", PATIENCE)
        own_redis.start()
        await until(lambda: up(first) and up(second))
        held.put("after")
        await until(lambda: first.figures()["journal_unsent"] == 0 and held.complete)

        taken = await claimed(second, held.token)
        assert taken.lines == [*(f"before {number}" for number in range(10)), "meanwhile", "after"]
        assert (await claimed(second, new.token)).lines == ["new"]


async def test_what_waits_is_written_together(redis: RedisServer) -> None:
    """Within a second, by the holders of all calls; and at the latest when the node leaves."""
    async with node(redis.url) as second:
        async with node(redis.url) as first:
            owners = [Owner() for _ in range(3)]
            calls = [first.begin(f"call_{number}", HEADER, owner) for number, owner in enumerate(owners)]
            for held, owner in zip(calls, owners, strict=True):
                owner.writes = partial(held.put, "a")
                held.soon()
            await until(lambda: [held.lines.confirmed for held in calls] == [2, 2, 2])
            calls[0].soon()

        found = [(await claimed(second, held.token)).lines for held in calls]
        assert found == [["a", "a"], ["a"], ["a"]]


async def test_a_call_that_says_nothing_is_sent_again_as_well(own_redis: RedisServer) -> None:
    """Its renewal shows that Redis does not know it any more; a call that cannot be taken over can be found again."""
    async with node(own_redis.url) as first, node(own_redis.url) as second:
        held, local = first.begin("call_1", HEADER, Owner()), first.begin("call_2", HEADER, Owner())
        held.put("a")
        local.strand()
        await held.confirmed()
        await restart(own_redis, first, second)
        for call in ("call_1", "call_2"):
            with own_redis.client() as client:
                await until(lambda call=call: client.exists(f"{{orchestrator}}:call:{call}"))  # type: ignore[misc]
            assert await second.find(call) is not None
        await until(lambda: held.lines.confirmed == 2)
        assert (await claimed(second, held.token)).lines == ["a"]
        assert await second.claim(local.token) == Lost(Reason.STRANDED)


async def test_a_redis_that_keeps_its_data_gets_what_it_misses() -> None:
    """Lines that it has are not doubled, whether their answers had come or not."""
    with redis_server("--appendonly", "yes", "--appendfsync", "always") as server:
        async with node(server.url) as first, node(server.url) as second:
            held = first.begin("call_1", HEADER, Owner())
            for number in range(200):
                held.put(f"line {number}")  # the last of them are on their way when it is killed
            server.stop()
            held.put("meanwhile")
            server.start()
            await until(lambda: up(first) and up(second) and first.figures()["journal_unsent"] == 0)

            assert (await claimed(second, held.token)).lines == [
                *(f"line {number}" for number in range(200)),
                "meanwhile",
            ]


async def test_a_node_that_took_over_has_the_journal_in_memory_too(own_redis: RedisServer) -> None:
    """So that a Redis without data gets it from there, and former tokens stay used."""
    async with node(own_redis.url) as first, node(own_redis.url) as second:
        held = first.begin("call_1", HEADER, Owner())
        held.put("a")
        await held.confirmed()
        taken = await claimed(second, held.token)
        taken.held.put("b")
        taken.held.arrived()
        await restart(own_redis, first, second)
        with own_redis.client() as client:
            await until(lambda: client.llen("{orchestrator}:log:call_1") == 3)
        taken.held.arrived()
        assert await first.claim(held.token) == Lost(Reason.USED)
        assert (await claimed(first, taken.held.token)).lines == ["a", "b"]


async def test_a_paused_redis_holds_nobody_up(own_redis: RedisServer) -> None:
    """A thousand lines are on their way, the rest waits; when it goes on it has all of them once."""
    async with node(own_redis.url) as first, node(own_redis.url) as second:
        held, other = first.begin("call_1", HEADER, Owner()), first.begin("call_2", HEADER, Owner())
        await held.confirmed()
        own_redis.pause()
        for number in range(1500):
            held.put(f"line {number}")
            if number < 300:
                other.put(f"line {number}")
        assert held.resumable
        assert other.resumable
        own_redis.go_on()
        await until(lambda: first.figures()["journal_unsent"] == 0)

        assert (await claimed(second, held.token)).lines == [f"line {number}" for number in range(1500)]
        assert (await claimed(second, other.token)).lines == [f"line {number}" for number in range(300)]


async def test_a_redis_that_is_silent_is_given_up(own_redis: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its connection may be dead; it is tried again, and caught up."""
    monkeypatch.setattr(wire_module, "SILENCE", 0.2)
    async with node(own_redis.url) as first, node(own_redis.url) as second:
        held = first.begin("call_1", HEADER, Owner())
        await held.confirmed()
        own_redis.pause()
        held.put("a")
        await until(lambda: not up(first))
        held.put("b")
        own_redis.go_on()
        await until(lambda: up(first) and up(second) and first.figures()["journal_unsent"] == 0)
        assert (await claimed(second, held.token)).lines == ["a", "b"]


async def test_a_call_that_redis_does_not_take_for_too_long_is_given_up(
    own_redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The memory of a node is limited; the call goes on."""
    monkeypatch.setattr(lines_module, "KEPT", 50)
    owner, quiet = Owner(), Owner()
    async with node(own_redis.url) as first, node(own_redis.url) as second:
        held, other = first.begin("call_1", HEADER, owner), first.begin("call_2", HEADER, quiet)
        own_redis.stop()
        await until(lambda: not up(first))
        for _ in range(60):
            held.put("a")
        other.put("a")
        assert (owner.told, quiet.told) == (["stranded"], [])
        own_redis.start()
        await until(lambda: up(first) and up(second) and held.complete and other.complete)
        with own_redis.client() as client:
            await until(lambda: client.hget("{orchestrator}:call:call_1", "state") == b"local")
        assert await second.claim(held.token) == Lost(Reason.STRANDED)
        await until(lambda: other.lines.confirmed == 2)
        assert (await claimed(second, other.token)).lines == ["a"]


async def test_a_journal_whose_beginning_is_nowhere_is_given_up(
    own_redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Redis lost it, and the node keeps the last lines only."""
    monkeypatch.setattr(lines_module, "KEPT", 20)
    owner = Owner()
    async with node(own_redis.url) as fleet:
        held = fleet.begin("call_1", HEADER, owner)
        for _ in range(40):
            held.put("a")
            await held.confirmed()
        await restart(own_redis, fleet)
        await until(lambda: owner.told == ["stranded"])
        assert not held.resumable


async def test_a_call_that_ended_while_redis_was_away_is_ended_there(own_redis: RedisServer) -> None:
    """Also one that began meanwhile, and one that was released."""
    with redis_server("--appendonly", "yes", "--appendfsync", "always") as server:
        async with node(server.url) as first, node(server.url) as second:
            held, left = first.begin("call_1", HEADER, Owner()), first.begin("call_2", HEADER, Owner())
            await left.confirmed()
            server.stop()
            await until(lambda: not up(first))
            held.end()
            left.put("last")
            left.release()
            new = first.begin("call_3", HEADER, Owner())
            new.end()
            server.start()
            await until(lambda: up(first) and up(second) and not first._journals.calls)

            for one in (held, new):
                assert await second.claim(one.token) == Lost(Reason.ENDED)
            assert (await claimed(second, left.token)).lines == ["last"]


async def test_a_full_redis_stops_no_call(own_redis: RedisServer, capsys: pytest.CaptureFixture[str]) -> None:
    """Its nodes stay; when there is room again it gets what it misses. It is told once."""
    async with node(own_redis.url) as first, node(own_redis.url) as second:
        held = first.begin("call_1", HEADER, Owner())
        held.put("a")
        await held.confirmed()
        with own_redis.client() as client:
            client.config_set("maxmemory", "1")
            held.put("b")
            await until(lambda: first._journals._full)
            held.put("c")
            assert up(first)
            assert len(await second.nodes()) == 2
            assert await second.claim(held.token) == Lost(Reason.UNREACHABLE)
            until_renewed = first._wire._since
            await until(lambda: first._wire._since > until_renewed + 1.5)
            assert client.exists(f"{{orchestrator}}:node:{first.node}")
            client.config_set("maxmemory", "0")
        await until(lambda: first.figures()["journal_unsent"] == 0)
        assert (await claimed(second, held.token)).lines == ["a", "b", "c"]
    told = capsys.readouterr().out
    assert told.count("cluster full") == 1
    assert told.count("cluster takes journals again") == 1


async def test_scripts_that_redis_forgot_are_loaded_again(redis: RedisServer) -> None:
    """Somebody flushed them: the connection is made anew."""
    async with node(redis.url) as first, node(redis.url) as second:
        held = first.begin("call_1", HEADER, Owner())
        await held.confirmed()
        with redis.client() as client:
            client.script_flush()
        held.put("a")
        await until(lambda: first.figures()["journal_unsent"] == 0)
        await until(lambda: up(first) and up(second))
        await until(lambda: not second._renewing)
        assert (await claimed(second, held.token)).lines == ["a"]


async def test_of_calls_that_ended_while_redis_is_away_only_so_many_are_remembered(
    own_redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The oldest are left to those who look for orphans."""
    monkeypatch.setattr("orchestrator.fleet.journals.LEFT_BEHIND", 2)
    async with node(own_redis.url) as fleet:
        own_redis.stop()
        await until(lambda: not up(fleet))
        for number in range(5):
            fleet.begin(f"call_{number}", HEADER, Owner()).end()
        fleet._journals.tick()
        assert list(fleet._journals.calls) == ["call_3", "call_4"]


async def test_away_and_back_is_told_once(own_redis: RedisServer, capsys: pytest.CaptureFixture[str]) -> None:
    """However often it is tried meanwhile."""
    async with node(own_redis.url) as fleet:
        own_redis.stop()
        await until(lambda: not up(fleet) and fleet._wire._told)
        reason = fleet._wire._reason
        await until(lambda: fleet._wire._reason != reason or "refused" in reason)
        own_redis.start()
        await until(lambda: up(fleet))
    told = capsys.readouterr().out
    assert told.count("cluster out of reach") == 1
    assert told.count("cluster connected") == 2
