"""What blocks the event loop is named in the log, while it does."""

from __future__ import annotations

import asyncio
import re
import threading
import time
from collections.abc import Iterator, MutableMapping
from typing import Any

import pytest
import structlog

from orchestrator.server import watchdog
from orchestrator.server.watchdog import watching
from orchestrator.tools import CallView, FunctionTool, Tool
from tests.patience import PATIENCE

Lines = list[MutableMapping[str, Any]]
ENDLESS = re.compile(r"(a+)+$")


class Told:
    """Collects what is logged, and tells of it."""

    def __init__(self) -> None:
        self.lines: Lines = []
        self.news = threading.Event()

    def __call__(self, logger: Any, method: str, event: MutableMapping[str, Any]) -> Any:
        self.lines.append(dict(event))
        self.news.set()
        raise structlog.DropEvent

    def heard(self) -> bool:
        """Wait for a line; return whether one came since the last that was waited for."""
        came = self.news.wait(PATIENCE)
        self.news.clear()
        return came

    def of(self, event: str) -> Lines:
        """Return the lines of an event."""
        return [line for line in self.lines if line["event"] == event]


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Iterator[Told]:
    """Collect what is logged; half a second is long for a test."""
    monkeypatch.setattr(watchdog, "EVERY", 0.01)
    monkeypatch.setattr(watchdog, "BLOCKED", 0.05)
    before, collector = structlog.get_config(), Told()
    structlog.configure(processors=[collector])
    yield collector
    structlog.configure(**before)


async def ran(tool: Tool) -> None:
    """Run a tool in a task that is named as those of a call are."""
    work = tool.run("{}", CallView("call_1", "front"), seconds=PATIENCE)
    await asyncio.get_running_loop().create_task(work, name=f"call_1:tool:{tool.name}")


async def test_p51_a_tool_that_blocks_the_event_loop_is_named(told: Told) -> None:
    """P51: while it does, with the call, the tool and the line; and when the loop runs again."""

    def named() -> Lines:
        """A busy machine may keep the whole process from running, which is told too."""
        return [line for line in told.of("event loop is blocked") if line["task"] == "call_1:tool:slow"]

    async def slow() -> str:
        while not named():
            assert told.heard()  # blocks until the log says so
        return "over"

    with watching():
        await ran(FunctionTool(slow))
        blocked = told.lines.index(named()[0])
        while "event loop runs again" not in [line["event"] for line in told.lines[blocked:]]:
            assert await asyncio.to_thread(told.heard)

    assert re.search(rf"{re.escape(__file__)}:\d+ slow", told.lines[blocked]["where"])
    assert all(line["seconds"] >= 0.05 for line in told.of("event loop runs again"))


async def test_p51_a_tool_that_holds_the_interpreter_is_named(told: Told) -> None:
    """P51: from the thread that it is in; the event loop itself waits."""
    text = "a" * 16

    def named() -> bool:
        """A busy machine may keep the whole process from running, which is told too."""
        lines = [line for line in told.of("event loop is blocked") if line["task"] is None]
        return any(f"{__file__}:" in (line["tools"] or {}).get("tool:greedy", "") for line in lines)

    def greedy() -> str:
        nonlocal text
        while not named():
            ENDLESS.match(text + "b")  # holds the interpreter, twice as long with each letter
            text += "a"
        return "over"

    with watching():
        await ran(FunctionTool(greedy))

    assert named()


async def test_p51_a_loop_that_runs_is_not_told_of(told: Told) -> None:
    """P51: neither tools in threads nor `async` ones that wait block it."""
    gate, began = threading.Event(), asyncio.Event()

    async def waits() -> None:
        began.set()
        await asyncio.get_running_loop().run_in_executor(None, gate.wait, PATIENCE)

    tools = FunctionTool(waits), FunctionTool(gate.wait, name="thread")  # to make one takes a while
    with watching():
        both = asyncio.gather(*map(ran, tools))
        await began.wait()
        ends = asyncio.get_running_loop().time() + 0.2
        await asyncio.get_running_loop().run_in_executor(None, time.sleep, ends - asyncio.get_running_loop().time())
        gate.set()
        await both

    # A busy machine may keep the whole process from running, which is told; but no tool is named for it.
    assert [line for line in told.lines if "tool" in (line.get("task") or "")] == []


def test_p51_a_watchdog_ends() -> None:
    """P51: its thread goes with the block."""

    async def watched() -> None:
        with watching():
            pass

    asyncio.run(watched())
    for thread in threading.enumerate():
        if thread.name == "watchdog":
            thread.join(PATIENCE)

    assert all(thread.name != "watchdog" for thread in threading.enumerate())
