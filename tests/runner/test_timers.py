"""The timers of a call run out once, are restarted, and stop."""

from __future__ import annotations

import asyncio

from orchestrator.core.effects import StartTimer
from orchestrator.core.events import TimerExpired
from orchestrator.core.ids import Timer, TimerKind
from orchestrator.runner.timers import Timers
from tests.patience import PATIENCE

CALL, SILENCE = Timer(TimerKind.CALL), Timer(TimerKind.SILENCE)


async def test_a_timer_that_runs_out_is_fed_back() -> None:
    """Once; one that was stopped, or started again for longer, does not."""
    events: asyncio.Queue[TimerExpired] = asyncio.Queue()
    timers = Timers(events.put_nowait)
    timers.start(StartTimer(SILENCE, 0.0))
    timers.stop(SILENCE)
    timers.start(StartTimer(CALL, 3600.0))
    timers.start(StartTimer(CALL, 0.0))

    assert await asyncio.wait_for(events.get(), PATIENCE) == TimerExpired(CALL)
    assert events.empty()
    timers.stop(CALL)  # one that has run out, or never ran, may be stopped too


async def test_all_timers_stop_together() -> None:
    """Nothing of them is left in the event loop."""
    events: asyncio.Queue[TimerExpired] = asyncio.Queue()
    timers = Timers(events.put_nowait)
    handles = []
    for timer in (CALL, SILENCE):
        timers.start(StartTimer(timer, 3600.0))
        handles.append(timers._handles[timer])
    timers.stop_all()

    assert all(handle.cancelled() for handle in handles)
