"""The tasks of a call are named after it and end with it."""

from __future__ import annotations

import asyncio
from contextvars import ContextVar

from orchestrator.runner.tasks import Tasks

WHERE: ContextVar[str] = ContextVar("WHERE", default="elsewhere")


async def test_a_task_has_a_name_and_the_context_of_the_call() -> None:
    """Whoever's task it is in which it is started: what it logs is the call's."""
    tasks, seen = Tasks("rtc_1"), []

    async def work() -> None:
        seen.append(WHERE.get())

    token = WHERE.set("in the call")
    async with tasks.open():
        WHERE.reset(token)
        task = tasks.start(work(), "tool:find")

    assert task.get_name() == "rtc_1:tool:find"
    assert seen == ["in the call"]


async def test_a_call_waits_for_its_tasks() -> None:
    """None outlives it."""
    tasks, ended = Tasks("rtc_1"), asyncio.Event()

    async def work() -> None:
        await asyncio.sleep(0)
        ended.set()

    async with tasks.open():
        tasks.start(work(), "work")

    assert ended.is_set()
