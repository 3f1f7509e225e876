"""Calls are left to other nodes before this one stops, each in a quiet moment, so that nobody is cut off.

A moment is quiet when nobody speaks, all that was said has been heard, and nothing is outstanding: no answer, no
function, no handoff. A call that has had none when the time is over is left as it is, as it would be by a crash: what
was being said then is said again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection

import structlog

from orchestrator.core.state import Phase, State
from orchestrator.gateway.open_call import OpenCall
from orchestrator.gateway.resuming import checkpoint

LOOK_SECONDS = 0.05  # between two looks for a quiet moment
LEAVING = "the server is shutting down"
log = structlog.get_logger("orchestrator")


def quiet(state: State, now: float) -> bool:
    """Return whether a call can be left now, in its own seconds, without anybody noticing.

    A caller who is away notices nothing at all.
    """
    if state.phase is Phase.AWAY:
        return True
    return checkpoint.quiet(state) and not state.caller.playback.remaining(now)


async def move_out(calls: Callable[[], Collection[OpenCall]], seconds: float) -> None:
    """Leave all calls whose callers can come back, at the latest after some seconds."""
    clock = asyncio.get_running_loop().time
    until, moved = clock() + seconds, 0
    while waiting := [call for call in calls() if call.resumable]:
        late = clock() >= until
        for call in waiting:
            if late or quiet(call.running.state, call.running.now):
                call.release(LEAVING)
                moved += 1
        await asyncio.sleep(LOOK_SECONDS)
    if moved:
        log.info("calls moved out", calls=moved)
