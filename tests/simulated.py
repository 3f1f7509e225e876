"""An event loop whose clock does not wait: it jumps to the next timer when there is nothing else to do.

Sockets on loopback are real: what one side of this process writes the other can read at once, so nothing is on its way
while the clock jumps. Threads are not waited for: nothing that runs in one may be part of a simulated hour.
"""

from __future__ import annotations

import asyncio
import selectors


class Patient(selectors.DefaultSelector):
    """A selector that asks once and lets the time go by."""

    def __init__(self) -> None:
        super().__init__()
        self.passed = 0.0  # seconds that the clock has jumped

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Return what is ready; if nothing is, jump by `timeout` rather than wait."""
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if timeout is None:
            return super().select(None)
        self.passed += timeout
        return []


class SimulatedLoop(asyncio.SelectorEventLoop):
    """An event loop in simulated time."""

    def __init__(self) -> None:
        self._patient = Patient()
        super().__init__(self._patient)

    def time(self) -> float:
        """Return seconds since the loop began."""
        return self._patient.passed
