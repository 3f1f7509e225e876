"""An event loop in simulated time, in a thread of its own, that runs only while somebody waits for it.

So a call can be held from a plain function, and from a test that runs in an event loop itself. Between two things that
the test does, no time passes for the call.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from random import Random
from typing import Any, TypeVar

from orchestrator.protocol.ids import DRAW
from orchestrator.trials.simulated_time import OutOfTime, SimulatedLoop

Result = TypeVar("Result")
REAL_SECONDS = 120.0  # that one thing may take, on the wall
LOOKS_UP = 0.2  # seconds on the wall between two looks whether an interrupt came in the instant before a wait began
SLOW = f"the team was not done after {REAL_SECONDS:g} seconds on the wall"


class OwnLoop:
    """Runs coroutines to their end, one after another; tasks that they leave behind go on with the next one."""

    def __init__(self, seed: str) -> None:
        # In which ids are the same in each run.
        self._context = copy_context()
        self._context.run(DRAW.set, Random(seed).randbytes)
        # The thread, which lives as long as the loop.
        self._thread = ThreadPoolExecutor(1, "team under test")
        # The loop in it.
        self._runner = asyncio.Runner(loop_factory=SimulatedLoop)

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Return what a coroutine returns, or raise what it raises. An interrupt from the keyboard cancels it.

        Raises `TimeoutError` when it takes more than two minutes on the wall.
        """
        __tracebackhide__ = True
        try:
            return self._wait(self._thread.submit(self._end, work))
        except KeyboardInterrupt:
            self._runner.get_loop().call_soon_threadsafe(self._cancel_all)
            raise

    def _wait(self, ended: Future[Result]) -> Result:
        while not wait([ended], LOOKS_UP).done:
            pass  # a signal that comes between these two lines and the wait itself would not end it
        return ended.result()

    def _end(self, work: Coroutine[Any, Any, Result]) -> Result:
        self._set_deadline()
        try:
            return self._runner.run(work, context=self._context)
        except OutOfTime:
            raise TimeoutError(SLOW) from None

    def close(self) -> None:
        """Cancel what still runs, and end loop and thread."""
        self._thread.submit(self._close).result()
        self._thread.shutdown()

    def _close(self) -> None:
        self._set_deadline()  # the last one may be over: who looks around in a debugger takes his time
        self._runner.close()

    def _set_deadline(self) -> None:
        loop = self._runner.get_loop()
        assert isinstance(loop, SimulatedLoop)
        loop.end_within(REAL_SECONDS)

    def _cancel_all(self) -> None:
        for task in asyncio.all_tasks(self._runner.get_loop()):
            task.cancel()
