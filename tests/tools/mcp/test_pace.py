"""How fast a server may speak."""

from __future__ import annotations

import asyncio

from orchestrator.tools.mcp.pace import Pace
from orchestrator.trials.simulated_time import SimulatedLoop


def test_what_comes_too_fast_waits_for_the_next_second() -> None:
    """A flood is read at the pace that is allowed; what comes slowly never waits."""

    async def take(messages: int, pause: float, at_once: int = 1) -> float:
        pace, loop = Pace(10), asyncio.get_running_loop()
        began = loop.time()
        for _ in range(messages):
            await pace.take(at_once)
            await asyncio.sleep(pause)
        return loop.time() - began - messages * pause

    with asyncio.Runner(loop_factory=SimulatedLoop) as runner:
        assert 8.5 < runner.run(take(100, 0.0)) < 10.5
        assert runner.run(take(100, 0.2)) < 0.01
        assert 8.5 < runner.run(take(2, 0.0, at_once=50)) < 10.5
