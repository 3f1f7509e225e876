"""Functions in threads: bounded for each tool, and never in the way of the process."""

from __future__ import annotations

import asyncio
import contextvars
import subprocess
import sys
import threading

import pytest

from orchestrator.threads import Threads
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
