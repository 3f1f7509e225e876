"""An event loop in simulated time: when nothing is ready, its clock jumps to the next timer.

What is computed takes no time here, however long it takes: work for an executor is done at once, and the clock stands
still while a thread works whose result is awaited (`orchestrator/threads.py`). So the order and the times of what
happens are the same in every run, on every machine. What lies outside this process cannot be hurried: while it is
awaited (`outside`), time passes as on the wall, and while it is connected the clock gives it a moment before each jump.

Loopback sockets are real. What one side of this process writes, the other can read at once, so no data is in flight
when the clock jumps.
"""

from __future__ import annotations

import asyncio
import selectors
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from orchestrator.threads import running

MOMENT = 0.3  # seconds on the wall, for what is outside to answer a ping
HANGS = 30.0  # seconds on the wall, after which a thread counts as one that hangs: the clock goes on without it


class OutOfTime(Exception):
    """What runs in the loop has taken longer, on the wall, than it may."""


class JumpingSelector(selectors.DefaultSelector):
    """A selector that waits for nothing but work: it counts the seconds that it was asked to wait for."""

    def __init__(self) -> None:
        super().__init__()
        # Simulated seconds.
        self.elapsed = 0.0
        # Returns how many threads work of whose results the loop waits; how many of them are given up.
        self.working: Callable[[], int] = lambda: 0
        self._given_up = 0
        # How much of what is awaited lies outside this process; how many connections lead there.
        self.outside = self.connections = 0
        # When all must be over, on the wall; None: never.
        self.deadline: float | None = None

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Return what is ready; if nothing is, let `timeout` seconds pass at once, unless something is under way."""
        self._look_at_the_wall()
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if timeout is None:
            return self._wait_for_real(None)
        working = self.working()
        self._given_up = min(self._given_up, working)
        if working > self._given_up:
            ready = self._wait_for_real(HANGS)
            if not ready:
                self._given_up = working
            return ready
        if self.outside:
            return self._wait(timeout)
        if self.connections and (ready := super().select(min(timeout, MOMENT))):
            return ready
        self.elapsed += timeout
        return []

    def _wait(self, timeout: float) -> list[tuple[selectors.SelectorKey, int]]:
        began = time.monotonic()
        ready = self._wait_for_real(timeout)
        self.elapsed += min(timeout, time.monotonic() - began) if ready else timeout
        return ready

    def _wait_for_real(self, timeout: float | None) -> list[tuple[selectors.SelectorKey, int]]:
        left = None if self.deadline is None else max(0.0, self.deadline - time.monotonic())
        return super().select(min((one for one in (timeout, left) if one is not None), default=None))

    def _look_at_the_wall(self) -> None:
        if self.deadline is not None and time.monotonic() > self.deadline:
            self.deadline = None  # what is cleaned up now may take its time
            raise OutOfTime


class SimulatedLoop(asyncio.SelectorEventLoop):
    """An event loop in simulated time."""

    def __init__(self) -> None:
        self._selecting = JumpingSelector()
        super().__init__(self._selecting)
        self._selecting.working = lambda: running(self)

    def time(self) -> float:
        """Return seconds since the loop began."""
        return self._selecting.elapsed

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:  # type: ignore[override]
        """Do work for an executor now, in this thread: then it is done in the order in which it was asked for."""
        done: asyncio.Future[Any] = self.create_future()
        try:
            done.set_result(func(*args))
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException as error:
            done.set_exception(error)
        return done

    @contextmanager
    def outside(self) -> Iterator[None]:
        """Let time pass as on the wall while something outside this process is awaited."""
        self._selecting.outside += 1
        try:
            yield
        finally:
            self._selecting.outside -= 1

    @contextmanager
    def connected(self) -> Iterator[None]:
        """Give what is outside this process a moment before each jump of the clock."""
        self._selecting.connections += 1
        try:
            yield
        finally:
            self._selecting.connections -= 1

    def end_within(self, seconds: float) -> None:
        """Raise `OutOfTime` out of the loop when so many seconds have passed on the wall."""
        self._selecting.deadline = time.monotonic() + seconds
