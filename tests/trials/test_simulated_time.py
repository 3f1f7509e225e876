"""Simulated time: it jumps where nothing works, stands still for threads, and passes for what is outside."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine
from itertools import count
from typing import Any

import pytest

from orchestrator.threads import Threads
from orchestrator.trials import simulated_time
from orchestrator.trials.simulated_time import OutOfTime, SimulatedLoop
from tests.patience import PATIENCE


def run(work: Coroutine[Any, Any, Any], *, seconds: float | None = None) -> Any:
    """Run something in simulated time; return its result."""
    with asyncio.Runner(loop_factory=SimulatedLoop) as runner:
        loop = runner.get_loop()
        assert isinstance(loop, SimulatedLoop)
        if seconds is not None:
            loop.end_within(seconds)
        return runner.run(work)


def now() -> float:
    """Return the time of the loop that runs."""
    return asyncio.get_running_loop().time()


def test_an_hour_passes_at_once() -> None:
    """Timers run out in their order."""
    ran: list[str] = []

    async def work() -> float:
        asyncio.get_running_loop().call_later(1800, ran.append, "half")
        await asyncio.sleep(3600)
        return now()

    assert run(work()) == 3600
    assert ran == ["half"]


def test_time_stands_still_while_a_thread_works() -> None:
    """However long it takes: a time limit of the call does not run out meanwhile."""
    gate = threading.Event()

    async def work() -> float:
        asyncio.get_running_loop().call_later(60, gate.set)
        opened = threading.Timer(0.05, gate.set)
        opened.start()
        async with asyncio.timeout(1):
            assert await Threads(1).run(lambda: gate.wait(PATIENCE), "tool:x")
        return now()

    assert run(work()) == 0


def test_a_thread_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time goes on without it, after a moment on the wall, and only once."""
    monkeypatch.setattr(simulated_time, "HANGS", 0.05)
    gate = threading.Event()

    async def hang() -> None:
        threads, began = Threads(2), time.monotonic()
        async with asyncio.timeout(10):
            running = asyncio.ensure_future(threads.run(gate.wait, "tool:x"))
            for _ in range(100):
                await asyncio.sleep(0.01)
            assert time.monotonic() - began < 100 * 0.05
            await running

    async def work() -> float:
        with pytest.raises(TimeoutError):
            await hang()
        return now()

    try:
        assert run(work()) == 10
    finally:
        gate.set()


def test_work_for_an_executor_is_done_in_order() -> None:
    """At once and in this thread, also when it fails."""
    done: list[int] = []

    async def work() -> float:
        await asyncio.gather(*(asyncio.to_thread(done.append, number) for number in range(5)))
        with pytest.raises(ZeroDivisionError):
            await asyncio.to_thread(lambda: 1 // 0)
        return now()

    assert run(work()) == 0
    assert done == [0, 1, 2, 3, 4]


def test_a_loop_stops_at_what_stops_the_process() -> None:
    """Work that exits is no failure of the work."""
    with pytest.raises(SystemExit):
        run(asyncio.to_thread(lambda: exec("raise SystemExit(3)")))


@pytest.mark.parametrize("kept", [False, True])
def test_what_is_outside_is_waited_for(kept: bool) -> None:
    """As long as it takes on the wall while it is awaited; for a moment before each jump while it is connected."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)

    async def work() -> float:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, SimulatedLoop)
        threading.Timer(0.02, theirs.send, (b"x",)).start()
        with loop.connected() if kept else loop.outside():
            async with asyncio.timeout(PATIENCE):
                assert await loop.sock_recv(ours, 1) == b"x"
        return now()

    with ours, theirs:
        passed = run(work())
    assert passed == 0 if kept else 0 < passed < PATIENCE


def test_a_wait_outside_in_which_nothing_comes_takes_its_time() -> None:
    """Then the clock of the call is exact."""

    async def work() -> float:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, SimulatedLoop)
        began = time.monotonic()
        with loop.outside():
            await asyncio.sleep(0.05)
        assert time.monotonic() - began >= 0.05
        with loop.connected():
            await asyncio.sleep(0.01)
        return now()

    assert run(work()) == pytest.approx(0.06)


async def be_busy() -> None:
    """Work for ever."""
    for _ in count():
        await asyncio.sleep(1)


async def wait_for_nothing() -> None:
    """Wait for what never comes, without a timer."""
    await asyncio.Event().wait()


async def wait_outside() -> None:
    """Wait, on the wall, for somebody who does not answer."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, SimulatedLoop)
    with loop.outside():
        await asyncio.sleep(PATIENCE)


async def wait_for_a_thread() -> None:
    """Wait for a thread that hangs."""
    released = threading.Event()
    try:
        await Threads(1).run(released.wait, "tool:x")
    finally:
        released.set()


@pytest.mark.parametrize("forever", [be_busy, wait_for_nothing, wait_outside, wait_for_a_thread])
def test_the_wall_has_the_last_word(forever: Callable[[], Awaitable[None]]) -> None:
    """A loop that would not end is ended; what is cleaned up then may take its time."""
    cleaned: list[bool] = []

    async def work() -> None:
        try:
            await forever()
        finally:
            await asyncio.sleep(1)
            cleaned.append(True)

    with pytest.raises(OutOfTime):
        run(work(), seconds=0.02)
    assert cleaned == [True]
