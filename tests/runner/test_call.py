"""One running call: events in, effects performed, everything closed at the end. In-process fakes, real core."""

from __future__ import annotations

import asyncio

import pytest

from orchestrator.core.events import CallerLeft, CallerSpoke, Ending
from tests.patience import PATIENCE
from tests.runner.fakes import Ear, Provider, call, started


async def test_p33_a_call_leaves_nothing_behind() -> None:
    """P33: session closed, tasks gone, timers cancelled; events after the end mean nothing."""
    provider, ear = Provider(), Ear()
    running = call(provider, ear)
    task, session = await started(running, provider)
    running.feed(CallerLeft())
    await asyncio.wait_for(task, PATIENCE)
    running.feed(CallerSpoke("frame", 20.0))

    assert session.closed
    assert ear.ended == (Ending.LEFT, "hang-up")
    assert running._timers._handles == {}
    assert [one for one in asyncio.all_tasks() if one is not asyncio.current_task()] == []


async def test_cancelling_a_call_hangs_up() -> None:
    """The gateway may stop at any moment."""
    provider, ear = Provider(), Ear()
    task, session = await started(call(provider, ear), provider)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert session.closed
    assert ear.ended == (Ending.LEFT, "cancelled")


async def test_a_mistake_of_ours_ends_only_this_call_and_with_a_word() -> None:
    """An exception inside is logged; the caller is closed with 1011."""
    provider, ear = Provider(), Ear(broken=True)
    task, session = await started(call(provider, ear), provider)
    session.frames.put_nowait('{"type":"rate_limits.updated"}')
    await asyncio.wait_for(task, PATIENCE)

    assert ear.ended == (Ending.FAILED, "internal error")
    assert session.closed
