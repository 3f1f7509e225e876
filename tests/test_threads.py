"""Functions in threads: bounded for each tool, and never in the way of the process."""

from __future__ import annotations

import asyncio
import contextvars
import subprocess
import sys
import threading
import time
from traceback import FrameSummary

import pytest
import structlog

from orchestrator import threads as module
from orchestrator.threads import SHORTEST_PAUSE, Hanging, Threads, places, running
from tests.patience import PATIENCE


async def test_a_result_and_an_error_come_back() -> None:
    """What the function returns or raises is what the caller of `run` gets."""
    threads = Threads(1)

    assert await threads.run(lambda: threading.current_thread().name, "tool:x") == "tool:x"
    with pytest.raises(ZeroDivisionError):
        await threads.run(lambda: 1 // 0, "tool:x")


async def test_exiting_is_an_error() -> None:
    """`sys.exit()` in a function does not end the process."""
    with pytest.raises(RuntimeError, match="SystemExit"):
        await Threads(1).run(lambda: sys.exit(3), "tool:x")


async def test_context_variables_are_seen() -> None:
    """Such as the `call` and `agent` of the log."""
    name: contextvars.ContextVar[str] = contextvars.ContextVar("name")
    name.set("call_1")

    assert await Threads(1).run(name.get, "tool:x") == "call_1"


async def test_further_runs_wait_for_a_thread() -> None:
    """Never more threads than the limit; a cancelled run keeps its thread until the function ends."""
    threads, gate = Threads(1), threading.Event()
    first = asyncio.ensure_future(threads.run(gate.wait, "tool:slow"))
    second = asyncio.ensure_future(threads.run(lambda: "second", "tool:x"))
    done, _ = await asyncio.wait({first, second}, timeout=0)

    assert not done

    first.cancel()
    gate.set()
    assert await asyncio.wait_for(second, PATIENCE) == "second"


async def test_a_system_without_threads_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its permit is released: the next run does not wait forever."""

    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    threads = Threads(1)
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        with pytest.raises(RuntimeError, match="can't start"):
            await threads.run(lambda: "never", "tool:x")

    assert await asyncio.wait_for(threads.run(lambda: "now", "tool:x"), PATIENCE) == "now"


def test_a_hanging_function_does_not_keep_the_process() -> None:
    """A server with a tool that hangs forever can still be stopped."""
    script = """
import asyncio, threading
from orchestrator.threads import Threads
async def main():
    try:
        async with asyncio.timeout(0.05):
            await Threads(1).run(threading.Event().wait, "tool:stuck")
    except TimeoutError:
        print("over")
asyncio.run(main())
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=PATIENCE, check=True)

    assert done.stdout == "over\n"


def test_a_closed_event_loop_is_not_an_error() -> None:
    """A function may end after its event loop."""
    gate = threading.Event()

    async def leave() -> None:
        asyncio.ensure_future(Threads(1).run(gate.wait, "tool:late"))  # noqa: RUF006
        await asyncio.sleep(0)

    asyncio.run(leave())
    thread = next(each for each in threading.enumerate() if each.name == "tool:late")
    gate.set()
    thread.join(PATIENCE)

    assert not thread.is_alive()


class Line:
    """A function that hangs until its gate opens."""

    def __init__(self) -> None:
        self.gate, self.begun = threading.Event(), 0

    def wait(self) -> str:
        self.begun += 1
        self.gate.wait(PATIENCE)
        return "over"


async def give_up(threads: Threads, line: Line) -> str:
    """Start a run and give it up once it has begun; return where it was, or why it was refused."""
    begun = line.begun
    run = asyncio.ensure_future(threads.run(line.wait, "tool:hangs"))
    async with asyncio.timeout(PATIENCE):
        while not run.done() and line.begun == begun:  # noqa: ASYNC110 - a thread tells nobody
            await asyncio.sleep(0)
    run.cancel()
    with pytest.raises((asyncio.CancelledError, Hanging)) as raised:
        await run
    return str(raised.value) if isinstance(raised.value, Hanging) else raised.value.__notes__[-1]


async def settled(threads: Threads, hanging: int) -> None:
    """Wait until so many runs hang."""
    async with asyncio.timeout(PATIENCE):
        while threads._hanging != hanging:  # noqa: ASYNC110 - nobody is told
            await asyncio.sleep(0)


async def test_p51_a_run_that_is_given_up_frees_its_place() -> None:
    """P51: the thread hangs on, and the next run does not wait for it; the note says where it hangs."""
    threads, line = Threads(1), Line()

    assert f"{__file__}:" in await give_up(threads, line)
    assert await asyncio.wait_for(threads.run(lambda: "ran", "tool:x"), PATIENCE) == "ran"
    line.gate.set()
    await settled(threads, 0)


async def test_p51_the_circuit_breaks_and_closes(monkeypatch: pytest.MonkeyPatch) -> None:
    """P51: with all places lost one run is tried after a pause that doubles; one that ends in time closes it."""
    threads, line, clock = Threads(2), Line(), [100.0]
    monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda real=time.monotonic: real() + clock[0])
    for _ in range(3):  # the third is tried at once
        await give_up(threads, line)
    assert await give_up(threads, line) == "3 runs of it hang"
    clock[0] += SHORTEST_PAUSE
    await give_up(threads, line)
    clock[0] += SHORTEST_PAUSE
    assert await give_up(threads, line) == "4 runs of it hang"
    clock[0] += SHORTEST_PAUSE

    assert await threads.run(lambda: "works again", "tool:x") == "works again"
    assert await threads.run(lambda: "and again", "tool:x") == "and again"
    assert line.begun == 4
    line.gate.set()
    await settled(threads, 0)


async def test_p51_threads_that_hang_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """P51: whatever happens, a tool keeps no more threads than that; once they end it works."""
    monkeypatch.setattr(module, "MOST_HANGING", 3)
    monkeypatch.setattr(module, "SHORTEST_PAUSE", 0)
    threads, line = Threads(1), Line()
    for _ in range(6):
        await give_up(threads, line)

    assert line.begun == 3
    line.gate.set()
    await settled(threads, 0)
    assert await threads.run(line.wait, "tool:x") == "over"


async def test_p51_a_function_that_holds_the_processor_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """P51: every call had less of it meanwhile."""
    monkeypatch.setattr(module, "BUSY", 0.0)

    with structlog.testing.capture_logs() as logs:
        await Threads(1).run(lambda: sum(range(100_000)), "tool:count")

    assert [(line["event"], line["thread"]) for line in logs] == [("a thread held the processor", "tool:count")]


def test_p51_a_place_is_told_from_the_inside() -> None:
    """P51: what started the code is left out, unless there is nothing else."""
    ours, theirs = (
        [FrameSummary(module.__file__, 1, "work")],
        [FrameSummary("crm.py", 2, "f"), FrameSummary("x.py", 3, "g")],
    )

    assert places([*ours, *theirs]) == "x.py:3 g < crm.py:2 f"
    assert places(ours) == f"{module.__file__}:1 work"


def test_a_thread_that_computes_gives_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once it has worked for a millisecond, and not before."""
    now, rests = 100.0, list[float]()
    monkeypatch.setattr("orchestrator.threads.time.perf_counter", lambda: now)
    monkeypatch.setattr("orchestrator.threads.time.sleep", rests.append)
    give_way = module.GivingWay()
    for now in (100.0005, 100.0015, 100.002, 100.003):  # noqa: B007 - the clock reads it
        give_way()

    assert rests == [module.REST, module.REST]


async def test_runs_that_are_awaited_are_counted() -> None:
    """Of an event loop, for a clock that stands still meanwhile: also those that end badly or are given up."""
    loop, threads, gate = asyncio.get_running_loop(), Threads(2), threading.Event()
    waiting = [asyncio.ensure_future(threads.run(gate.wait, "tool:slow")) for _ in range(2)]
    await asyncio.sleep(0)
    assert running(loop) == 2
    waiting[0].cancel()
    await asyncio.wait({waiting[0]})
    assert running(loop) == 1
    gate.set()
    await waiting[1]
    with pytest.raises(ZeroDivisionError):
        await threads.run(lambda: 1 // 0, "tool:x")
    assert running(loop) == 0
