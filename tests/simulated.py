"""An event loop in simulated time: when nothing is ready, its clock jumps to the next timer.

Loopback sockets are real. What one side of this process writes, the other can read at once, so no data is in flight
when the clock jumps. The clock does not wait for threads, so nothing that is simulated may run in one.
"""

from __future__ import annotations

import asyncio
import selectors


class JumpingSelector(selectors.DefaultSelector):
    """A selector that never waits: it counts the seconds that it was asked to wait for."""

    def __init__(self) -> None:
        super().__init__()
        self.elapsed = 0.0  # simulated seconds

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Return what is ready; if nothing is, let `timeout` seconds pass at once."""
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if timeout is None:
            return super().select(None)
        self.elapsed += timeout
        return []


class SimulatedLoop(asyncio.SelectorEventLoop):
    """An event loop in simulated time."""

    def __init__(self) -> None:
        self._selecting = JumpingSelector()
        super().__init__(self._selecting)

    def time(self) -> float:
        """Return seconds since the loop began."""
        return self._selecting.elapsed
