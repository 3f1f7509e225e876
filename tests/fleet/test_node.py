"""Nodes of a fleet on a real Redis: who holds a call, who takes it over, and who is fenced."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

import pytest
from redis import Redis

from orchestrator.fleet.port import Address, Claimed, Load, Lost, Reason
from orchestrator.fleet.sealing import SealError
from tests.fleet.nodes import HEADER, Owner, claimed, node, until
from tests.redis_server import RedisServer


async def test_a_line_is_in_redis_before_put_returns(redis: RedisServer) -> None:
    """So that a process that is killed the moment after has lost nothing that it told anybody."""
    async with node(redis.url) as fleet:
        held = fleet.begin("call_1", HEADER, Owner())
        await held.confirmed()
        for number in range(50):
            held.put(f"line {number}")

        with redis.client() as client:  # the event loop has not run since
            await_length(client, 51)
        assert held.lines.confirmed == 1
        assert await held.confirmed()
        assert (held.index, held.lines.confirmed) == (50, 51)


def await_length(client: Redis, length: int) -> None:
    """Wait, without the event loop, until the journal is so long: the kernel has it, and Redis reads it soon."""
    for _ in range(10_000):
        if client.llen("{orchestrator}:log:call_1") == length:
            return
    raise AssertionError(client.llen("{orchestrator}:log:call_1"))


async def test_another_node_gets_all_lines(redis: RedisServer) -> None:
    """In order, with the header, whether the node that held the call lives or not."""
    owner = Owner()
    async with node(redis.url) as first, node(redis.url) as second:
        held = first.begin("call_1", HEADER, owner)
        lines = [f"line {number}" for number in range(120)]
        for line in lines:
            held.put(line)
        await held.confirmed()

        taken = await claimed(second, held.token)

        assert (taken.call_id, taken.header, taken.lines, taken.from_node) == ("call_1", HEADER, lines, first.node)
        assert (taken.held.epoch, taken.held.index, taken.held.resumable) == (2, 120, True)
        assert 0 <= taken.silent < 60
        assert 0 <= taken.age < 60
        await until(lambda: owner.told == ["fenced"])
        assert not held.resumable
        assert await held.confirmed() is False


async def test_who_took_over_is_taken_over_from(redis: RedisServer) -> None:
    """The journal goes on where it was, however often the call changes hands."""
    async with node(redis.url) as first, node(redis.url) as second:
        held = first.begin("call_1", HEADER, Owner())
        held.put("a")
        await held.confirmed()
        taken = await claimed(second, held.token)
        taken.held.put("b")
        await taken.held.confirmed()
        back = await claimed(first, taken.held.token)
        back.held.put("c")
        again = await claimed(first, back.held.token)

        assert (again.lines, again.held.epoch, again.from_node) == (["a", "b", "c"], 4, first.node)


async def test_of_two_who_come_at_once_one_has_the_call(redis: RedisServer) -> None:
    """The other is fenced; when the caller was heard the token is used up."""
    async with node(redis.url) as first, node(redis.url) as second, node(redis.url) as third:
        held = first.begin("call_1", HEADER, Owner())
        await held.confirmed()

        found = await asyncio.gather(second.claim(held.token), third.claim(held.token))

        one, other = sorted((one.held for one in found if isinstance(one, Claimed)), key=lambda held: held.epoch)
        await until(lambda: not one.resumable)
        assert other.resumable
        other.arrived()
        assert await other.confirmed()
        assert await first.claim(held.token) == Lost(Reason.USED)


async def test_a_token_stays_good_until_its_caller_is_heard(redis: RedisServer) -> None:
    """The connection may have been lost before they had the new one; whoever comes last has the call."""
    async with node(redis.url) as first, node(redis.url) as second, node(redis.url) as third:
        held = first.begin("call_1", HEADER, Owner())
        held.put("a")
        await held.confirmed()
        await claimed(third, held.token)
        lost = await claimed(second, held.token)
        lost.held.put("b")
        await lost.held.confirmed()
        assert await third.look("call_1", 1) is None
        again = await claimed(third, held.token)

        assert (again.lines, again.held.epoch) == (["a", "b"], 4)
        await until(lambda: not lost.held.resumable)
        again.held.arrived()
        assert await again.held.confirmed()
        for used in (held.token, lost.held.token):
            assert await second.claim(used) == Lost(Reason.USED)
        assert await second.look("call_1", 3) is Reason.USED
        assert isinstance(await second.claim(again.held.token), Claimed)


async def test_a_stale_owner_is_fenced_by_what_it_writes(redis: RedisServer) -> None:
    """Without the message of who claimed: its line is refused, and those that are on their way too."""
    owner = Owner()
    async with node(redis.url) as first, node(redis.url) as second:
        held = first.begin("call_1", HEADER, owner)
        held.put("a")
        await held.confirmed()
        with redis.client() as client:  # as another node would
            client.hset("{orchestrator}:call:call_1", mapping={"node": "other", "epoch": "2"})
        held.put("b")
        held.put("c")

        assert await held.confirmed() is False
        assert owner.told == ["fenced"]
        held.put("d")
        other = await second.claim(first._tokens.make("call_1", 2))
        assert not isinstance(other, Lost)
        assert list(other.lines) == ["a"]
        assert first.figures()["calls_fenced_total"] == 1


async def test_a_stale_owner_that_says_nothing_is_fenced_by_its_renewal(redis: RedisServer) -> None:
    """Within a second, if no message reaches it."""
    owner = Owner()
    async with node(redis.url) as fleet:
        held = fleet.begin("call_1", HEADER, owner)
        await held.confirmed()
        with redis.client() as client:
            client.hset("{orchestrator}:call:call_1", mapping={"node": "other", "epoch": "2"})
        await until(lambda: owner.told == ["fenced"])


async def test_what_is_asked_before_something_irrevocable_tells_a_stale_owner(redis: RedisServer) -> None:
    """Also when all its lines were confirmed before it was paused."""
    async with node(redis.url) as fleet:
        held = fleet.begin("call_1", HEADER, Owner())
        assert await held.confirmed()
        with redis.client() as client:
            client.hset("{orchestrator}:call:call_1", mapping={"node": "other", "epoch": "2"})
        assert await held.confirmed() is False


async def test_a_released_call_is_anybodys(redis: RedisServer) -> None:
    """Its owner says nothing more, and is told nothing."""
    owner = Owner()
    async with node(redis.url) as first, node(redis.url) as second:
        held = first.begin("call_1", HEADER, owner)
        held.put("a")
        held.release()
        held.put("b")
        await until(lambda: not first._journals.calls)
        taken = await claimed(second, held.token)

        assert taken.lines == ["a"]
        assert owner.told == []


async def test_a_call_that_ended_cannot_be_claimed(redis: RedisServer) -> None:
    """Its journal is deleted."""
    async with node(redis.url) as first, node(redis.url) as second:
        held = first.begin("call_1", HEADER, Owner())
        held.put("a")
        held.end()
        await until(lambda: not first._journals.calls)

        assert await second.claim(held.token) == Lost(Reason.ENDED)
        with redis.client() as client:
            assert client.exists("{orchestrator}:log:call_1") == 0
            assert client.zcard("{orchestrator}:leases") == 0
            assert 0 < int(client.pttl("{orchestrator}:call:call_1")) <= 600_000


async def test_a_stranded_call_goes_on_where_it_is(redis: RedisServer) -> None:
    """It can be found; nobody can take it over, and nothing of its journal is left."""
    async with node(redis.url) as first, node(redis.url) as second:
        held = first.begin("call_1", HEADER, Owner())
        held.put("a")
        held.strand()
        held.put("b")
        with redis.client() as client:
            await until(lambda: client.hget("{orchestrator}:call:call_1", "state") == b"local")

        assert await second.claim(held.token) == Lost(Reason.STRANDED)
        assert await second.find("call_1") == Address(first.node, "http://127.0.0.1:8000")
        with redis.client() as client:
            assert client.exists("{orchestrator}:log:call_1") == 0
        assert not held.resumable
        held.release()
        await until(lambda: not first._journals.calls)
        assert await second.claim(held.token) == Lost(Reason.ENDED)


async def test_a_journal_that_grows_too_long_is_given_up(redis: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the caller's side is told, so that it can tell the caller."""
    monkeypatch.setattr("orchestrator.fleet.lines.LONGEST", 2000)
    owner = Owner()
    async with node(redis.url) as fleet:
        held = fleet.begin("call_1", HEADER, owner)
        for _ in range(30):
            held.put("x" * 100)
        assert owner.told == ["stranded"]
        assert not held.resumable
        late = Owner()
        held.watch(late)
        assert late.told == ["stranded"]


@pytest.mark.parametrize("token", ["", "rt_", "rt_AAAA", "ek_abc", "rt_" + "A" * 500, "rt_é"])
async def test_what_is_no_token_of_ours_is_refused(token: str, redis: RedisServer) -> None:
    """Whatever it is."""
    async with node(redis.url) as fleet:
        assert await fleet.claim(token) == Lost(Reason.FORGED)


async def test_a_token_of_another_secret_is_refused(redis: RedisServer) -> None:
    """Since it was not one of these nodes that made it."""
    async with node(redis.url) as first, node(redis.url, secret="z" * 32) as second:
        held = first.begin("call_1", HEADER, Owner())
        await held.confirmed()
        assert await second.claim(held.token) == Lost(Reason.FORGED)


async def test_a_token_of_a_call_that_is_not_there_is_refused(redis: RedisServer) -> None:
    """It may have ended long ago."""
    async with node(redis.url) as fleet:
        assert await fleet.claim(fleet._tokens.make("call_0", 1)) == Lost(Reason.UNKNOWN)


async def test_nobody_can_read_a_journal_in_redis(redis: RedisServer) -> None:
    """Neither header nor lines."""
    async with node(redis.url) as fleet:
        held = fleet.begin("call_1", {"card": "4242"}, Owner())
        held.put("my card is 4242 " * 100)
        await held.confirmed()
        with redis.client() as client:
            lines = client.lrange("{orchestrator}:log:call_1", 0, -1)
        assert len(lines) == 2
        assert not any(b"4242" in line for line in lines)


async def test_a_journal_that_was_tampered_with_is_refused(redis: RedisServer) -> None:
    """Lines in another order, or of another call."""
    async with node(redis.url) as first, node(redis.url) as second:
        held = first.begin("call_1", HEADER, Owner())
        held.put("a")
        held.put("b")
        await held.confirmed()
        with redis.client() as client:
            line = client.lindex("{orchestrator}:log:call_1", 1)
            client.lset("{orchestrator}:log:call_1", 2, line)
        taken = await second.claim(held.token)
        assert isinstance(taken, Claimed)
        assert taken.lines[0] == "a"
        with pytest.raises(SealError):
            taken.lines[1]


async def test_a_journal_of_another_secret_is_refused(redis: RedisServer) -> None:
    """Not even its header can be read."""
    async with node(redis.url) as first, node(redis.url) as second:
        held = first.begin("call_1", HEADER, Owner())
        held.put("a")
        await held.confirmed()
        with redis.client() as client:
            client.lset("{orchestrator}:log:call_1", 0, b"x" * 40)
        assert await second.claim(held.token) == Lost(Reason.STRANDED)


async def test_whoever_takes_a_call_over_gets_its_last_checkpoint(redis: RedisServer) -> None:
    """With how many lines it stands for; nobody can read it in Redis, and one that is not ours is none."""
    async with node(redis.url) as first, node(redis.url) as second:
        held = first.begin("call_1", HEADER, Owner())
        held.put("a")
        held.keep(b"one")
        held.put("b")
        held.keep(b"two" * 1000)
        held.put("c")
        await held.confirmed()
        with redis.client() as client:
            assert b"two" not in (client.hget("{orchestrator}:call:call_1", "checkpoint") or b"two")
        taken = await claimed(second, held.token)
        assert (taken.checkpoint, taken.lines) == ((2, b"two" * 1000), ["a", "b", "c"])
        with redis.client() as client:
            client.hset("{orchestrator}:call:call_1", "checkpoint", b"x" * 40)
        again = await claimed(first, taken.held.token)
        assert (again.checkpoint, again.lines) == (None, ["a", "b", "c"])


async def test_a_checkpoint_of_lines_that_redis_has_lost_is_none(redis: RedisServer) -> None:
    """It stands for lines that nobody has."""
    async with node(redis.url) as first, node(redis.url) as second:
        held = first.begin("call_1", HEADER, Owner())
        held.put("a")
        held.put("b")
        held.keep(b"state")
        await held.confirmed()
        with redis.client() as client:
            client.rpop("{orchestrator}:log:call_1")
        taken = await claimed(second, held.token)
        assert (taken.checkpoint, taken.lines) == (None, ["a"])


async def test_the_end_of_a_call_is_the_end_of_its_checkpoint(redis: RedisServer) -> None:
    """And so is a journal that was given up."""
    async with node(redis.url) as fleet:
        for end in ("end", "strand"):
            held = fleet.begin(f"call_{end}", HEADER, Owner())
            held.keep(b"state")
            getattr(held, end)()
        await until(lambda: not fleet._journals._waiting and not fleet._wire._waiting)
        with redis.client() as client:
            assert client.hget("{orchestrator}:call:call_end", "checkpoint") is None
            assert client.hget("{orchestrator}:call:call_strand", "checkpoint") is None


async def test_nodes_see_each_other(redis: RedisServer) -> None:
    """With what each tells of itself; one that leaves is gone at once."""
    async with node(redis.url, node_url="https://one.example") as first:
        async with node(redis.url, port=8001) as second:
            second.show(lambda: Load(calls=3, lag=0.5, draining=True, teams={"clinic": "abc"}))
            await until(lambda: not second._renewing)
            second._renew()
            await until(lambda: not second._renewing)

            found = await first.nodes()

            assert [one.address for one in found] == [
                Address(first.node, "https://one.example"),
                Address(second.node, "http://127.0.0.1:8001"),
            ]
            assert found[1].load == Load(3, 0.5, draining=True, teams={"clinic": "abc"})
            assert found[0].started <= found[1].started
        assert [one.address.node for one in await first.nodes()] == [first.node]


async def test_a_node_that_listens_everywhere_is_called_by_the_address_that_redis_sees(redis: RedisServer) -> None:
    """Others cannot call 0.0.0.0."""
    async with node(redis.url, host="0.0.0.0", api_keys="k" * 16) as fleet:
        await until(lambda: not fleet._renewing)
        assert [one.address.url for one in await fleet.nodes()] == ["http://127.0.0.1:8000"]


async def test_nobody_who_only_writes_to_redis_is_a_node(redis: RedisServer) -> None:
    """Requests are sent to the address of a node, with the keys that they carry."""
    async with node(redis.url) as first, node(redis.url) as second:
        held = first.begin("call_1", HEADER, Owner())
        await held.confirmed()
        await until(lambda: not (first._renewing or second._renewing))
        first._renewing = True  # it is not told anew meanwhile
        with redis.client() as client:
            sealed = client.hget(f"{{orchestrator}}:node:{second.node}", "url")
            for url in (b"http://evil.example", b"", sealed):
                async with node(redis.url) as third:
                    client.hset(f"{{orchestrator}}:node:{first.node}", "url", url)
                    found = await third.find("call_1")
                    known = [one.address.node for one in await third.nodes()]

                assert found is None
                assert known == [second.node, third.node]


async def test_a_node_of_another_version_tells_more_or_less(redis: RedisServer) -> None:
    """What is not known of it is as it is at first, and what it tells besides is passed over."""
    async with node(redis.url) as fleet:
        await until(lambda: not fleet._renewing)
        fleet._renewing = True  # it is not told anew meanwhile
        with redis.client() as client:
            client.hset(f"{{orchestrator}}:node:{fleet.node}", "load", '{"calls": 3, "mood": "good"}')
        assert [one.load for one in await fleet.nodes()] == [Load(calls=3)]


async def test_a_call_is_found_where_it_is(redis: RedisServer) -> None:
    """Not by the node that holds it, and no call that nobody holds."""
    async with node(redis.url) as first, node(redis.url) as second:
        held = first.begin("call_1", HEADER, Owner())
        await held.confirmed()

        assert await second.find("call_1") == Address(first.node, "http://127.0.0.1:8000")
        assert await first.find("call_1") is None
        assert await second.find("call_2") is None
        held.release()
        await until(lambda: not first._journals.calls)
        assert await second.find("call_1") is None


async def test_a_holder_that_fails_harms_no_other_call(redis: RedisServer) -> None:
    """Its mistake is logged."""

    class Broken(Owner):
        def fenced(self) -> None:
            raise RuntimeError("broken")

    async with node(redis.url) as first, node(redis.url) as second:
        held, other = first.begin("call_1", HEADER, Broken()), first.begin("call_2", HEADER, Owner())
        await held.confirmed()
        await claimed(second, held.token)
        await until(lambda: not held.resumable)
        other.put("a")
        assert await other.confirmed()


async def test_the_header_of_a_claim_is_what_was_given(redis: RedisServer) -> None:
    """However long it is."""
    header = {"team": {"instructions": "Be kind. ü " * 20_000}}
    async with node(redis.url) as first, node(redis.url) as second:
        held = first.begin("call_1", header, Owner())
        await held.confirmed()
        taken = await claimed(second, held.token)
        assert taken.header == header
        assert replace(taken, lines=["x"]).lines == ["x"]


@pytest.mark.parametrize("jump", [3600.0, -3600.0, 2.0, -2.0])
async def test_a_wall_clock_that_jumps_takes_no_call_from_a_node_that_lives(
    redis: RedisServer, monkeypatch: pytest.MonkeyPatch, jump: float
) -> None:
    """All times are Redis's, or monotonic: leases stay as they are, nobody finds an orphan, nodes agree on the time."""
    real = time.time
    async with node(redis.url) as first, node(redis.url) as second:
        held = first.begin("call_1", HEADER, Owner())
        held.put("a")
        await held.confirmed()
        await until(lambda: not (first._renewing or second._renewing))
        monkeypatch.setattr(time, "time", lambda: real() + jump)
        for fleet in (first, second):
            fleet._renew()
        await until(lambda: not (first._renewing or second._renewing))
        with redis.client() as client:
            lease = client.zscore("{orchestrator}:leases", "call_1")
        assert isinstance(lease, float)

        assert 0.0 < lease / 1000 - real() < 4.0
        assert await second.claim_orphan() is None
        assert abs(first.now() - second.now()) < 0.5
        assert abs(first.now() - real()) < 1.0
        assert {one.address.node for one in await first.nodes()} == {first.node, second.node}
        taken = await claimed(second, held.token)
        assert (taken.lines, taken.silent < 4.0, taken.age < 60.0) == (["a"], True, True)
