"""Notices that nothing has come for too long; what comes costs it one look at the clock."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class IdleTimer:
    """A limit on silence."""

    def __init__(self, seconds: float, late: Callable[[], None]) -> None:
        # The limit, and what to do when it is passed.
        self._seconds, self._late = seconds, late
        # The clock, and when something last came.
        self._clock = asyncio.get_running_loop().time
        self._last = self._clock()
        # The next look.
        self._handle = asyncio.get_running_loop().call_later(seconds, self._look)

    def touch(self) -> None:
        """Note that something has come."""
        self._last = self._clock()

    def stop(self) -> None:
        """IdleTimer no more."""
        self._handle.cancel()

    def _look(self) -> None:
        rest = self._last + self._seconds - self._clock()
        if rest <= 0:
            self._late()
        else:
            self._handle = asyncio.get_running_loop().call_later(rest, self._look)
