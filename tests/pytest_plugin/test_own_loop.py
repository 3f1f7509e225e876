"""An event loop in simulated time, in a thread of its own."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from orchestrator.protocol.ids import make_id
from orchestrator.pytest_plugin import own_loop
from orchestrator.pytest_plugin.own_loop import OwnLoop
from orchestrator.trials import simulated_time


@pytest.fixture
def loop() -> Iterator[OwnLoop]:
    """A loop."""
    made = OwnLoop("seed")
    yield made
    made.close()


async def test_a_coroutine_runs_to_its_end_although_another_loop_runs(loop: OwnLoop) -> None:
    """In simulated time: an hour is nothing."""

    async def wait() -> float:
        await asyncio.sleep(3600)
        return asyncio.get_running_loop().time()

    assert loop.run(wait()) == 3600


def test_what_it_raises_is_raised(loop: OwnLoop) -> None:
    """And the loop can be used again."""

    async def fail() -> None:
        raise KeyError("x")

    async def count() -> int:
        return 1

    with pytest.raises(KeyError):
        loop.run(fail())
    assert loop.run(count()) == 1


def test_tasks_go_on_with_the_next_coroutine(loop: OwnLoop) -> None:
    """Between two of them no time passes."""
    seen: list[float] = []

    async def tick() -> None:
        while True:
            await asyncio.sleep(1)
            seen.append(asyncio.get_running_loop().time())

    async def begin() -> asyncio.Task[None]:
        return asyncio.get_running_loop().create_task(tick())

    task = loop.run(begin())
    assert seen == []
    loop.run(asyncio.sleep(2.5))
    assert seen == [1, 2]
    assert not task.done()


def test_ids_are_the_same_in_each_run() -> None:
    """They follow from the seed."""

    async def make() -> str:
        return make_id("sess_")

    made = []
    for seed in ("a", "a", "b"):
        loop = OwnLoop(seed)
        made.append(loop.run(make()))
        loop.close()

    assert made[0] == made[1] != made[2]


def test_no_thread_is_left() -> None:
    """Nor a task: what still ran was cancelled."""
    loop, before = OwnLoop(""), threading.active_count()
    cancelled: list[bool] = []

    async def wait() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.append(True)

    async def begin() -> None:
        tasks.append(asyncio.get_running_loop().create_task(wait()))
        await asyncio.sleep(0)

    tasks: list[asyncio.Task[None]] = []
    loop.run(begin())
    loop.close()

    assert cancelled == [True]
    assert threading.active_count() == before


@pytest.mark.parametrize("wakes", [True, False])
def test_an_interrupt_from_the_keyboard_is_heard(loop: OwnLoop, wakes: bool) -> None:
    """Although the test waits for something that never comes; also one that comes just before it waits, and so does not
    wake it: as if another thread had taken it."""

    async def wait() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        await asyncio.Event().wait()

    loop.run(asyncio.sleep(0))  # the thread is there
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # shells let background jobs ignore interrupts
    mask = signal.pthread_sigmask(signal.SIG_UNBLOCK if wakes else signal.SIG_BLOCK, {signal.SIGINT})
    try:
        with pytest.raises(KeyboardInterrupt):
            loop.run(wait())
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        signal.signal(signal.SIGINT, before)


def test_a_loop_that_was_left_alone_for_long_can_be_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """By somebody who looked around in a debugger, while a task waits."""
    loop, tasks = OwnLoop(""), []

    async def begin() -> None:
        tasks.append(asyncio.get_running_loop().create_task(asyncio.sleep(5)))

    loop.run(begin())
    monkeypatch.setattr(simulated_time, "time", SimpleNamespace(monotonic=lambda: time.monotonic() + 3600))
    loop.close()

    assert tasks[0].cancelled()


def test_what_takes_too_long_is_given_up(loop: OwnLoop, monkeypatch: pytest.MonkeyPatch) -> None:
    """On the wall: simulated time costs nothing."""
    monkeypatch.setattr(own_loop, "REAL_SECONDS", -1.0)

    with pytest.raises(TimeoutError, match="on the wall"):
        loop.run(asyncio.sleep(1))
