"""A call that a node holds, without Redis: what is sent of it, and what its holder is told."""

from __future__ import annotations

import asyncio

import structlog

from orchestrator.fleet.held import HeldCall, Identity, State
from orchestrator.fleet.lines import Lines
from orchestrator.fleet.sealing import Sealer
from tests.fleet.nodes import Owner


class Pushed:
    """Takes the place of what sends journals."""

    def __init__(self) -> None:
        self.times = self.later = 0
        self.kept: list[tuple[int, bytes]] = []

    def push(self, held: HeldCall, /) -> None:
        """Count."""
        self.times += 1

    def soon(self, held: HeldCall, /) -> None:
        """Count."""
        self.later += 1

    def keep(self, held: HeldCall, place: int, checkpoint: bytes, /) -> None:
        """Remember it."""
        self.kept.append((place, checkpoint))

    def arrived(self, held: HeldCall, /) -> None:
        """Count."""
        self.times += 1


def made(owner: Owner | None = None) -> tuple[HeldCall, Pushed]:
    """Make a call whose header was sent."""
    pushed = Pushed()
    of = Identity("call_1", "node_1", 3, "rt_token", began=0.0)
    held = HeldCall(of, Sealer("secret").seal("call_1"), pushed, Lines(), owner)
    held.put("{}")
    return held, pushed


def words(command: bytes) -> list[bytes]:
    """Read a command as Redis does."""
    count, _, rest = command.partition(b"\r\n")
    found = []
    while rest:
        length, _, rest = rest.partition(b"\r\n")
        found.append(rest[: int(length[1:])])
        rest = rest[int(length[1:]) + 2 :]
    assert int(count[1:]) == len(found)
    return found


def test_a_line_is_one_command_with_its_place() -> None:
    """So that Redis passes over it when it comes twice."""
    held, pushed = made()
    held.put("a")

    command, count = held.append(1500)

    found = words(command)
    assert (found[0], found[6:11], count) == (b"EVALSHA", [b"call_1", b"node_1", b"3", b"1500", b"0"], 2)
    assert Sealer("secret").seal("call_1").open(1, found[12]) == "a"
    assert (held.epoch, held.token, held.index, held.complete, pushed.times) == (3, "rt_token", 1, True, 2)
    command, count = held.append(1500)
    assert (words(command)[10:], count) == ([b"2"], 0)


def test_a_holder_writes_what_waits_when_it_is_time() -> None:
    """While the call is held; a checkpoint does not come before lines that were not sent."""
    owner = Owner()
    held, pushed = made(owner)
    held.append(0)
    owner.writes = lambda: held.put("a")
    held.soon()
    held.write()
    assert (pushed.times, pushed.later, held.complete) == (2, 1, False)
    held.keep(b"known")
    assert (pushed.times, pushed.kept) == (3, [])
    command, count = held.append(1500)
    held.keep(b"known")

    seal = Sealer("secret").seal("call_1")
    assert (count, seal.open(1, words(command)[11])) == (1, "a")
    assert [place for place, _ in pushed.kept] == [2]
    held.end()
    held.soon()
    held.write()
    assert (pushed.times, pushed.later) == (4, 1)


def test_a_call_whose_holder_fails_at_writing_has_no_journal_any_more() -> None:
    """Its holder is told, and others write."""
    owner = Owner()
    held, _ = made(owner)
    owner.writes = lambda: held.put(1)  # type: ignore[arg-type]
    with structlog.testing.capture_logs() as logged:
        held.write()

    assert [line["event"] for line in logged] == ["call failed", "call cannot be taken over any more"]
    assert (held.state, owner.told) == (State.STRANDED, ["stranded"])


def test_a_state_is_told_after_the_lines() -> None:
    """As one command."""
    held, _ = made()
    held.append(0)
    held.release()

    assert not held.complete
    assert words(held.settle(20))[6:] == [b"call_1", b"node_1", b"3", b"20", b"released"]
    assert held.complete
    held.again(1)
    assert not held.complete


def test_nothing_is_put_after_the_end() -> None:
    """Nor is it released, or stranded."""
    held, _ = made()
    held.end()
    held.put("a")
    held.release()
    held.strand()
    held.lose("whatever")

    assert (held.state, held.resumable, held.index) == (State.ENDED, False, 0)
    assert not held.fence()


def test_a_fenced_call_says_nothing_more() -> None:
    """Its holder is told once; also one that comes later."""
    owner, late = Owner(), Owner()
    held, pushed = made(owner)

    assert held.fence()
    assert not held.fence()
    held.put("a")
    held.end()
    held.watch(late)

    assert (owner.told, late.told, pushed.times, held.complete) == (["fenced"], ["fenced"], 1, True)


def test_who_released_a_call_is_not_told_who_took_it() -> None:
    """It was meant to be taken."""
    owner = Owner()
    held, _ = made(owner)
    held.release()

    assert not held.fence()
    assert owner.told == []


def test_a_call_without_a_holder_yet_loses_nothing() -> None:
    """It was claimed a moment ago."""
    held, _ = made()
    held.lose("Redis has lost its journal")
    owner = Owner()
    held.watch(owner)

    assert owner.told == ["stranded"]


async def test_who_waits_for_redis_waits_for_all_lines_so_far() -> None:
    """Those before are not enough."""
    held, _ = made()
    held.put("a")
    waiting = asyncio.ensure_future(held.confirmed(60))
    await asyncio.sleep(0)
    held.append(0)
    held.confirm(1)
    await asyncio.sleep(0)
    assert not waiting.done()
    held.confirm(2)

    assert await waiting


async def test_who_waits_is_let_go_when_the_call_is_lost() -> None:
    """With the answer that it is."""
    held, _ = made()
    waiting = asyncio.ensure_future(held.confirmed(60))
    await asyncio.sleep(0)
    held.fence()

    assert await waiting is False
    assert await held.confirmed() is False


async def test_nobody_waits_for_a_call_that_nobody_can_take_over() -> None:
    """It is this node's."""
    held, _ = made()
    held.strand()

    assert await held.confirmed()


async def test_a_redis_that_does_not_answer_keeps_nobody_waiting() -> None:
    """Nobody else can claim the call then."""
    held, _ = made()
    held.append(0)

    assert await held.confirmed(0.0)


def test_a_checkpoint_stands_for_the_lines_that_were_sent() -> None:
    """One that comes while lines wait is dropped: there will be another."""
    held, pushed = made()
    held.put("a")
    held.keep(b"early")
    held.append(0)
    held.keep(b"state")
    held.end()
    held.keep(b"late")

    ((place, sealed),) = pushed.kept
    assert (place, Sealer("secret").seal("call_1").open_checkpoint(2, sealed)) == (2, b"state")
