"""Calls that nobody holds any more, and claims that are repeated."""

from __future__ import annotations

import asyncio

import pytest

from orchestrator.fleet import claiming as claiming_module
from orchestrator.fleet.node import RedisFleet
from orchestrator.fleet.port import Claimed, Lost, Reason
from tests.fleet.nodes import HEADER, Owner, claimed, node, until
from tests.redis_server import RedisServer


async def orphaned(fleet: RedisFleet) -> Claimed | None:
    """Look for an orphan as somebody does who looks now and then."""
    return await fleet._claiming.orphan(0.0)


def forget(redis: RedisServer, node_id: str) -> None:
    """Let the leases of a node be over, as if it had been killed a while ago."""
    with redis.client() as client:
        client.delete(f"{{orchestrator}}:node:{node_id}")
        for call in client.zrange("{orchestrator}:leases", 0, -1):
            client.zadd("{orchestrator}:leases", {call: 1})


@pytest.fixture(autouse=True)
def short_lease(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let an orphan be looked at for a tenth of a second before it is taken."""
    monkeypatch.setattr(claiming_module, "LEASE", 0.1)


async def test_a_call_to_which_nobody_came_back_is_taken_by_one_node(redis: RedisServer) -> None:
    """With its journal, so that it can be ended; and by one only."""
    async with node(redis.url) as first, node(redis.url) as second:
        held = first.begin("call_1", HEADER, Owner())
        held.put("a")
        held.release()
        await until(lambda: not first._journals.calls)
        found: list[Claimed] = []
        while not found:
            looked = await asyncio.gather(orphaned(first), orphaned(second))
            found = [one for one in looked if one is not None]

        assert [(one.call_id, list(one.lines), one.held.epoch) for one in found] == [("call_1", ["a"], 2)]
        found[0].held.end()
        await until(lambda: not first._journals.calls and not second._journals.calls)
        assert await first.claim(held.token) == Lost(Reason.ENDED)


async def test_a_released_call_is_left_alone_for_two_minutes(redis: RedisServer) -> None:
    """Its caller may come back."""
    async with node(redis.url) as fleet:
        held = fleet.begin("call_1", HEADER, Owner())
        held.release()
        await until(lambda: not fleet._journals.calls)
        assert await fleet.claim_orphan() is None
        assert fleet._claiming._silent == {}
        assert isinstance(await fleet.claim(held.token), Claimed)


async def test_nobody_comes_back_after_two_minutes(redis: RedisServer) -> None:
    """Whoever looks for orphans ends the call."""
    async with node(redis.url) as fleet:
        held = fleet.begin("call_1", HEADER, Owner())
        held.release()
        await until(lambda: not fleet._journals.calls)
        forget(redis, "nobody")
        assert await fleet.claim(held.token) == Lost(Reason.EXPIRED)


async def test_a_call_of_a_node_that_lives_is_no_orphan(redis: RedisServer) -> None:
    """Whatever its lease says: a full Redis does not renew it, and one whose clock jumps believes it to be over."""
    async with node(redis.url) as first, node(redis.url) as second:
        held = first.begin("call_1", HEADER, Owner())
        await held.confirmed()
        with redis.client() as client:
            client.zadd("{orchestrator}:leases", {"call_1": 1})
            assert await orphaned(second) is None
            await until(lambda: client.zscore("{orchestrator}:leases", "call_1") != 1)
        assert held.resumable


async def test_a_call_of_this_node_that_it_does_not_have_is_an_orphan(redis: RedisServer) -> None:
    """The answer to its claim was lost, and the caller did not come again."""
    async with node(redis.url) as first, node(redis.url) as second:
        held = first.begin("call_1", HEADER, Owner())
        held.put("a")
        await held.confirmed()
        await claimed(second, held.token)
        second._journals.calls.clear()  # as if the answer had never come
        found: Claimed | None = None
        while found is None:
            with redis.client() as client:
                client.zadd("{orchestrator}:leases", {"call_1": 1})
            assert await orphaned(first) is None
            found = await orphaned(second)

        assert (list(found.lines), found.held.epoch) == (["a"], 3)


async def test_a_call_whose_caller_has_gone_is_finished_by_another_node_if_its_own_dies(redis: RedisServer) -> None:
    """With all of its journal; nobody comes back to it, and while its node lives it is finished there."""
    async with node(redis.url) as second:
        async with node(redis.url) as first:
            held = first.begin("call_1", HEADER, Owner())
            held.put("a")
            held.put("b")
            held.over()
            held.put("nothing comes after that")
            await until(lambda: first.figures()["journal_unsent"] == 0)
            assert await second.claim(held.token) == Lost(Reason.ENDED)
            assert await second.look("call_1", 1) is Reason.ENDED
            with redis.client() as client:
                client.zadd("{orchestrator}:leases", {"call_1": 1})
                assert await orphaned(second) is None
                await until(lambda: client.zscore("{orchestrator}:leases", "call_1") != 1)
        forget(redis, first.node)
        found: Claimed | None = None
        while found is None:
            found = await orphaned(second)

        assert (list(found.lines), found.held.epoch) == (["a", "b"], 2)
        found.held.end()
        await until(lambda: not second._journals.calls)


async def test_an_orphan_is_looked_at_for_a_while_before_it_is_taken(redis: RedisServer) -> None:
    """Its node may be about to renew it."""
    async with node(redis.url) as first, node(redis.url) as second:
        held = first.begin("call_1", HEADER, Owner())
        await held.confirmed()
        forget(redis, first.node)

        assert await orphaned(second) is None
        assert list(second._claiming._silent) == [b"call_1"]


async def test_a_call_that_nobody_can_take_over_dies_with_its_node(redis: RedisServer) -> None:
    """Nothing of it is left."""
    async with node(redis.url) as fleet:
        with redis.client() as client:
            client.hset(
                "{orchestrator}:call:call_1", mapping={"node": "gone", "epoch": 1, "state": "local", "began": 1}
            )
            client.zadd("{orchestrator}:leases", {"call_1": 1, "call_2": 1})  # of one of them nothing else is known
            while client.zcard("{orchestrator}:leases"):
                assert await orphaned(fleet) is None
            assert await fleet.claim(fleet._tokens.make("call_1", 1)) == Lost(Reason.ENDED)


async def test_a_claim_whose_answer_was_lost_can_be_repeated_there(redis: RedisServer) -> None:
    """By the node that made it; nowhere else."""
    async with node(redis.url) as first, node(redis.url) as second:
        held = first.begin("call_1", HEADER, Owner())
        held.put("a")
        await held.confirmed()
        taken = await claimed(second, held.token)
        taken.held.arrived()
        await taken.held.confirmed()
        second._journals.calls.clear()  # as if the answer had never come

        assert await first.claim(held.token) == Lost(Reason.USED)
        again = await claimed(second, held.token)
        assert (again.lines, again.held.epoch) == (["a"], taken.held.epoch)


async def test_a_long_journal_lets_others_have_their_turn(redis: RedisServer) -> None:
    """While it is decrypted."""
    async with node(redis.url) as first, node(redis.url) as second:
        held = first.begin("call_1", HEADER, Owner())
        for number in range(1800):
            held.put(f"line {number}")
            if number % 500 == 0:
                await held.confirmed(60)
        await held.confirmed(60)
        taken = await claimed(second, held.token)
        assert taken.lines == [f"line {number}" for number in range(1800)]


async def test_whether_a_call_can_be_claimed_is_seen_without_claiming_it(redis: RedisServer) -> None:
    """For who has a token that is not to be used yet."""
    async with node(redis.url) as first, node(redis.url) as second:
        held = first.begin("call_1", HEADER, Owner())
        assert await held.confirmed()
        assert first.token("call_1", 1) == held.token
        assert await second.look("call_1", 1) is None
        assert await second.look("call_1", 0) is Reason.USED
        assert await second.look("call_2", 1) is Reason.UNKNOWN
        held.strand()
        assert await held.confirmed()
        await until(lambda: held.settled and not first._wire._waiting)
        assert await second.look("call_1", 1) is Reason.STRANDED
        held.end()
        await until(lambda: not first._journals.calls)
        assert await second.look("call_1", 1) is Reason.ENDED
        first._wire.drop("for a test")
        assert await first.look("call_1", 1) is Reason.UNREACHABLE
